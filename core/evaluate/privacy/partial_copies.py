"""Partial copies: the share of copied rows that have suspiciously much in common with one training row.

Having a rare value in common says more than having a common one: sharing a cell counts -log(share of training rows with
that value) nats, and the overlap of a row with a table is the largest sum over the rows of the table. A row's excess is
its overlap with the training rows minus its overlap with rows of the holdout: whatever makes a row easy to match does
so on both sides. An excess is suspicious above the 99 % quantile of the excesses of unseen real rows (exact copies left
out), so unseen rows stand near 1 % by construction, a table whose rows were half copied far above it. This finds what
DCR share cannot see. Half of the holdout sets the level, the other half is what is subtracted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.intervals import wilson
from ...stats.mixed import most_shared
from ..arrays import exact_codes
from ..base import Figure, Metric, Tables, halves, sample
from ..leaks import by_risk

__all__ = ["METRIC"]

_QUERIES = 2_000
_ROWS = 40_000
_WORK, _LOOKUPS = 2e9, 300_000
"""Cells compared and cells looked up at most: wide tables are judged on fewer rows."""
_QUANTILE = 0.99
_ROUNDING = 1e-3  # nats; sums of float32


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    train = sample(tables.train, _ROWS, rng)
    split = halves(tables, rng)
    unseen, baseline = split.synthetic, sample(split.holdout, _ROWS, rng)
    width = max(len(tables.schema), 1)
    n = int(min(_QUERIES, max(100, min(_WORK / (train.rows + baseline.rows), _LOOKUPS) / width)))
    batches = train, baseline, sample(unseen, n, rng), sample(tables.synthetic, n, rng)
    known, others, ordinary, copy = exact_codes(batches, tables.schema)
    usual, found = (_excess(rows, known, others, run) for rows in (ordinary, copy))
    limit = _limit(usual, ordinary, known)
    hits, rows = int(np.count_nonzero(found > limit + _ROUNDING)), len(found)
    detail = {"rows": rows, "limit_nats": limit, "median_nats": float(np.median(found)),
              "unseen_median_nats": float(np.median(usual))}
    control = int(np.count_nonzero(usual > limit + _ROUNDING))
    return Figure(
        hits / rows, lambda: wilson(hits, rows), detail, lambda: by_risk(hits, rows, control, len(usual)))


def _excess(
    rows: NDArray[np.int32], known: NDArray[np.int32], others: NDArray[np.int32], run: Run
) -> NDArray[np.float32]:
    """(n,) overlap with the training rows minus overlap with the other real rows, in nats."""
    weight = _weights(rows, known)
    return most_shared(rows, known, weight, run.check) - most_shared(rows, others, weight, run.check)


def _weights(rows: NDArray[np.int32], known: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n, d) nats that sharing each cell with a training row counts for; values no training row has count 0."""
    out = np.zeros(rows.shape, dtype=np.float32)
    for j in range(rows.shape[1]):
        size = int(max(rows[:, j].max(initial=0), known[:, j].max(initial=0))) + 2
        counts = np.bincount(known[:, j] + 1, minlength=size)[rows[:, j] + 1]
        out[:, j] = np.where(counts > 0, np.log(len(known) / np.maximum(counts, 1)), 0.0)
    return out


def _limit(usual: NDArray[np.float32], unseen: NDArray[np.int32], known: NDArray[np.int32]) -> float:
    """The 99 % quantile of the excesses of unseen rows that are no exact copies."""
    rows = {row.tobytes() for row in known}
    is_new = np.array([row.tobytes() not in rows for row in unseen], dtype=bool)
    return float(np.quantile(usual[is_new] if is_new.any() else usual, _QUANTILE, method="higher"))


METRIC = Metric("partial_copies", "privacy", "lower", _measure)
