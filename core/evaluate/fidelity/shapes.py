"""Shapes: does each column by itself look like the real one? Mean over columns, 1 = alike.

Numbers and dates by Kolmogorov-Smirnov, categories by total variation, as in SDMetrics' column shapes
(KSComplement, TVComplement). A share of missing cells (its MissingValueSimilarity) shows in trends and two_sample_auc.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED
from ...run import Run
from ...stats.intervals import spread
from ...stats.similarity import ks_complement, tv_complement
from ..arrays import codes, numbers
from ..base import Figure, Metric, Tables, holdout_as_copy, sample

__all__ = ["METRIC"]

_ROWS = 50_000
_GROUPS = 10


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    real, copy = sample(tables.train, _ROWS, rng), sample(tables.synthetic, _ROWS, rng)
    pairs = []
    for spec in tables.schema:
        read = codes if spec.kind in CODED else numbers
        pairs.append((spec.kind in CODED, read(real[spec.name]), read(copy[spec.name])))
    run.check()
    scores = np.array([_one(*pair) for pair in pairs])
    deal = [rng.permutation(b.rows) % _GROUPS for b in (real, copy)]

    def interval() -> tuple[float, float]:
        left_out = [_mean(np.array([_one(k, a[deal[0] != g], b[deal[1] != g]) for k, a, b in pairs]))
                    for g in range(_GROUPS)]
        return spread(_mean(scores), np.array(left_out), low=0.0, high=1.0)

    detail = {c.name: None if math.isnan(s) else float(s) for c, s in zip(tables.schema, scores, strict=True)}
    return Figure(_mean(scores), interval, {"columns": detail})


def _one(is_coded: bool, real: NDArray[np.float64 | np.int64], copy: NDArray[np.float64 | np.int64]) -> float:  # noqa: FBT001
    return tv_complement(real.astype(np.int64), copy.astype(np.int64)) if is_coded else ks_complement(
        real.astype(np.float64), copy.astype(np.float64))


def _mean(scores: NDArray[np.float64]) -> float:
    return float(np.nanmean(scores)) if np.isfinite(scores).any() else math.nan


METRIC = Metric("shapes", "fidelity", "higher", _measure, ceiling=holdout_as_copy, is_sized=True)
