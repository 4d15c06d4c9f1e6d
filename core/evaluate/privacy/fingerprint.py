"""Fingerprints: how much of what only one real row has is found in the copy: training rows beside unseen ones.

A combination of two to four cells that a single real row has is its fingerprint. Whether that row was a training row or
a row of the holdout is chance to a copy that owes nothing to either (they are exchangeable), so as many fingerprints of
each are found in it, row for row; a copy with cells of training rows in it shows theirs. This finds rows copied in
part, where distances to whole rows see nothing. 0.5 = as many of each, 1 = of training rows alone.
"""

from __future__ import annotations

from itertools import combinations
from math import comb, sqrt

import numpy as np
from numpy.typing import NDArray

from ...data.keys import scramble
from ...run import Run
from ...stats.intervals import Interval
from ..arrays import exact_codes
from ..base import Figure, Metric, Tables, sample
from ..leaks import by_means

__all__ = ["METRIC"]

_CELLS = (2, 3, 4)
_SETS = 30
"""Sets of columns of each size."""
_ROWS = 50_000


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    batches = [sample(rows, _ROWS, rng) for rows in (tables.train, tables.holdout, tables.synthetic)]
    train, holdout, copy = exact_codes(batches, tables.schema)
    real = np.concatenate([train, holdout])
    found = np.zeros(len(real))
    sets = _column_sets(real.shape[1], rng)
    for columns in sets:
        run.check()
        found += _shown(real[:, columns], copy[:, columns])
    ours, theirs = found[: len(train)], found[len(train) :]
    least = 0.5 / min(len(ours), len(theirs))  # half a fingerprint more of either: where none is shown, nothing is told
    detail = {
        "sets": len(sets), "a_training_row": float(ours.mean()), "an_unseen_row": float(theirs.mean()),
        "training_rows_shown": int(np.count_nonzero(ours)), "unseen_rows_shown": int(np.count_nonzero(theirs)),
    }
    a, b = float(ours.mean()) + least, float(theirs.mean()) + least
    return Figure(a / (a + b), lambda: _interval(ours, theirs, least), detail, lambda: by_means(ours, theirs))


def _column_sets(d: int, rng: np.random.Generator) -> list[list[int]]:
    """All sets of a size where they are few, else as many by lot; the only column where there is but one."""
    found: list[list[int]] = []
    for size in _CELLS:
        if comb(d, size) <= _SETS:
            found += [list(c) for c in combinations(range(d), size)]
        else:
            found += [rng.choice(d, size, replace=False).tolist() for _ in range(_SETS)]
    return found or [list(range(d))]


def _shown(real: NDArray[np.int32], copy: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(n,) whether no other real row has the cells of this one and some copied row has."""
    keys = np.zeros(len(real) + len(copy), dtype=np.uint64)
    for column in np.concatenate([real, copy]).T:
        keys = scramble(keys + column.astype(np.uint64))
    ours, theirs = keys[: len(real)], keys[len(real) :]
    unique, first, count = np.unique(ours, return_index=True, return_counts=True)
    out = np.zeros(len(real), dtype=bool)
    out[first[count == 1]] = np.isin(unique[count == 1], theirs)
    return out


def _interval(ours: NDArray[np.float64], theirs: NDArray[np.float64], least: float) -> Interval:
    """Of a / (a + b), from the spread among rows (delta method)."""
    a, b = float(ours.mean()) + least, float(theirs.mean()) + least
    spread = b**2 * (ours.var() + least) / len(ours) + a**2 * (theirs.var() + least) / len(theirs)
    half = 1.96 * sqrt(float(spread)) / (a + b) ** 2
    return max(0.0, a / (a + b) - half), min(1.0, a / (a + b) + half)


METRIC = Metric("fingerprint", "privacy", "lower", _measure, chance=0.5)
