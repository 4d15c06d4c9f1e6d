"""Trends: does each pair of columns go together as in the real table? Mean over pairs, 1 = alike.

Two numbers by their correlation; any other pair by the total variation of their joint table, numbers in ten bins over
the real range, missing cells in a bin of their own: SDMetrics' CorrelationSimilarity and ContingencySimilarity.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...data.schema import Schema
from ...run import Run
from ...stats.intervals import spread
from ...stats.similarity import correlation_similarity, digitize, tv_complement
from ..arrays import codes, numbers
from ..base import Figure, Metric, Tables, holdout_as_copy, sample

__all__ = ["METRIC"]

_ROWS = 20_000
_PAIRS = 400
"""Wider tables are judged on this many pairs, chosen at random."""
_GROUPS = 10

Index = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class _Columns:
    """Both samples of each column: values of numbers, and codes of every column."""

    values: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    codes: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]

    @classmethod
    def read(cls, real: Batch, copy: Batch, schema: Schema) -> _Columns:
        values, coded = {}, {}
        for spec in schema:
            pair = real[spec.name], copy[spec.name]
            if spec.kind in CODED:
                coded[spec.name] = codes(pair[0]) + 1, codes(pair[1]) + 1
            else:
                values[spec.name] = numbers(pair[0], finite=True), numbers(pair[1], finite=True)
                a, b = digitize(*values[spec.name])
                coded[spec.name] = a, b
        return cls(values, coded)

    def similarity(self, first: str, second: str, keep: Index) -> float:
        """Of one pair of columns, over the rows kept of each sample."""
        if first in self.values and second in self.values:
            x, y = self.values[first], self.values[second]
            pairs = [np.stack([x[s][keep[s]], y[s][keep[s]]], axis=1) for s in (0, 1)]
            return correlation_similarity(pairs[0], pairs[1])
        a, b = self.codes[first], self.codes[second]
        width = 1 + max(int(c.max(initial=0)) for c in b)
        joint = [a[s][keep[s]] * width + b[s][keep[s]] for s in (0, 1)]
        return tv_complement(joint[0], joint[1])


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    real, copy = sample(tables.train, _ROWS, rng), sample(tables.synthetic, _ROWS, rng)
    columns = _Columns.read(real, copy, tables.schema)
    pairs = list(itertools.combinations(tables.schema.names, 2))
    if len(pairs) > _PAIRS:
        pairs = [pairs[i] for i in np.sort(rng.choice(len(pairs), size=_PAIRS, replace=False))]
    everything = np.arange(real.rows), np.arange(copy.rows)
    scores = _scores(columns, pairs, everything, run)
    deal = [rng.permutation(b.rows) % _GROUPS for b in (real, copy)]

    def interval() -> tuple[float, float]:
        kept = [(np.flatnonzero(deal[0] != g), np.flatnonzero(deal[1] != g)) for g in range(_GROUPS)]
        left_out = np.array([_mean(_scores(columns, pairs, keep, run)) for keep in kept])
        return spread(_mean(scores), left_out, low=0.0, high=1.0)

    worst = np.argsort(scores, kind="stable")[:5]
    detail = [[*pairs[i], float(scores[i])] for i in worst if math.isfinite(scores[i])]
    return Figure(_mean(scores), interval, {"pairs": len(pairs), "worst": detail})


def _scores(columns: _Columns, pairs: list[tuple[str, str]], keep: Index, run: Run) -> NDArray[np.float64]:
    out = np.empty(len(pairs))
    for i, (first, second) in enumerate(pairs):
        run.check()
        out[i] = columns.similarity(first, second, keep)
    return out


def _mean(scores: NDArray[np.float64]) -> float:
    return float(np.nanmean(scores)) if np.isfinite(scores).any() else math.nan


METRIC = Metric("trends", "fidelity", "higher", _measure, ceiling=holdout_as_copy, is_sized=True)
