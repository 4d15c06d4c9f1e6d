"""Partial copies: the share of copied rows that have suspiciously much in common with one training row.

Having a rare value in common says more than having a common one: sharing a cell counts -log(share of training rows with
that value) nats, and a row's overlap is the largest sum over all training rows. An overlap is suspicious above the 99 %
quantile of the overlaps of unseen real rows (those that are exact copies left out), so the holdout stands near 1 % by
construction, a table whose rows were half copied far above it. This finds what DCR share cannot see.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.intervals import wilson
from ...stats.mixed import most_shared
from ..arrays import exact_codes
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC"]

_QUERIES = 2_000
_TRAIN = 40_000
_WORK = 6e8
_QUANTILE = 0.99


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    width = max(len(tables.schema), 1)
    train = sample(tables.train, _TRAIN, rng)
    queries = int(min(_QUERIES, max(100, _WORK / (train.rows * width))))
    batches = train, sample(tables.holdout, queries, rng), sample(tables.synthetic, queries, rng)
    known, unseen, copy = exact_codes(batches, tables.schema)
    ordinary = most_shared(unseen, known, _weights(unseen, known), run.check)
    found = most_shared(copy, known, _weights(copy, known), run.check)
    limit = _limit(ordinary, unseen, known)
    hits, n = int(np.count_nonzero(found > limit * (1 + 1e-5))), len(found)
    detail = {"rows": n, "limit_nats": limit, "median_nats": float(np.median(found)),
              "holdout_median_nats": float(np.median(ordinary))}
    return Figure(hits / n, lambda: wilson(hits, n), detail)


def _weights(rows: NDArray[np.int32], known: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n, d) nats that sharing each cell with a training row counts for; values no training row has count 0."""
    out = np.zeros(rows.shape, dtype=np.float32)
    for j in range(rows.shape[1]):
        size = int(max(rows[:, j].max(initial=0), known[:, j].max(initial=0))) + 2
        counts = np.bincount(known[:, j] + 1, minlength=size)[rows[:, j] + 1]
        out[:, j] = np.where(counts > 0, np.log(len(known) / np.maximum(counts, 1)), 0.0)
    return out


def _limit(ordinary: NDArray[np.float32], unseen: NDArray[np.int32], known: NDArray[np.int32]) -> float:
    """The 99 % quantile of the overlaps of unseen rows that are no exact copies."""
    rows = {row.tobytes() for row in known}
    is_new = np.array([row.tobytes() not in rows for row in unseen], dtype=bool)
    return float(np.quantile(ordinary[is_new] if is_new.any() else ordinary, _QUANTILE, method="higher"))


METRIC = Metric("partial_copies", "privacy", "lower", _measure)
