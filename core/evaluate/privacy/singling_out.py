"""Singling out: does the copy tell what is true of exactly one training row?

The attacker writes predicates that hold for one copied row alone: of one column (a value that no other copied row has,
or the least or greatest number there is) and of several (cells of a copied row, numbers as "at least" or "at most").
One that holds for exactly one training row singles it out. The same predicates are tried on as many unseen rows; the
risk is what they achieve beyond that: (success - control) / (1 - control).
Giomi, Boenisch, Wehmeyer & Tasnadi (2023), "A unified framework for quantifying privacy risk in synthetic data",
arXiv 2211.10459; Article 29 Working Party, Opinion 05/2014.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...run import Run
from ..arrays import codes, numbers
from ..base import Figure, Metric, Tables, sample
from ._aimed import aimed

__all__ = ["METRIC"]

_TRIES = 1_500
_CELLS = (2, 6)
_WORK = 3e8
"""Cells looked at: large tables get fewer predicates."""
_NOTHING = 1e200  # stands for a missing number: beyond every value, and only ever tested for being equal


@dataclass(frozen=True)
class _Predicate:
    """All of these hold: column, "==", "<=" or ">=", value."""

    tests: tuple[tuple[int, str, float], ...]

    def singles_out(self, rows: NDArray[np.float64]) -> bool:
        """Whether it holds for exactly one of the (d, n) rows."""
        left: NDArray[np.float64] = rows
        for column, how, value in self.tests:
            cells = left[column]
            kept = cells == value if how == "==" else cells <= value if how == "<=" else (
                (cells >= value) & (cells < _NOTHING))
            left = left[:, kept]
        return int(left.shape[1]) == 1


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    n = min(tables.train.rows, tables.holdout.rows)
    train, holdout = (_values(sample(rows, n, rng), tables) for rows in (tables.train, tables.holdout))
    copy = _values(tables.synthetic, tables)
    is_code = np.array([c.kind in CODED for c in tables.schema])
    tries = int(np.clip(_WORK / ((2 * n + copy.shape[1]) * _CELLS[0]), 200, _TRIES))
    hits, control, guesses = np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64)
    for predicate in (*_of_one(copy, is_code, tries // 2, rng), *_of_several(copy, is_code, tries, rng)):
        run.check()
        if predicate.singles_out(copy):
            kind = int(len(predicate.tests) > 1)
            guesses[kind] += 1
            hits[kind] += predicate.singles_out(train)
            control[kind] += predicate.singles_out(holdout)
    detail = {
        name: {"guesses": int(guesses[k]), "success": int(hits[k]), "control": int(control[k])}
        for k, name in enumerate(("one_column", "several_columns"))
    }
    return aimed(int(hits.sum()), int(control.sum()), int(guesses.sum()), detail=detail)


def _values(rows: Batch, tables: Tables) -> NDArray[np.float64]:
    """(d, n) cells as numbers."""
    return np.stack([
        codes(rows[c.name]).astype(np.float64) if c.kind in CODED
        else np.nan_to_num(numbers(rows[c.name]), nan=_NOTHING)
        for c in tables.schema
    ])


def _of_one(
    copy: NDArray[np.float64], is_code: NDArray[np.bool_], most: int, rng: np.random.Generator
) -> Iterator[_Predicate]:
    """The ends of numbers, and values that one copied row has."""
    found: list[tuple[int, float]] = []
    for j, cells in enumerate(copy):
        values, count = np.unique(cells, return_counts=True)
        present = values[values < _NOTHING]
        if not is_code[j] and len(present):
            yield _Predicate(((j, "<=", float(present[0])),))
            yield _Predicate(((j, ">=", float(present[-1])),))
        found += [(j, v) for v in values[count == 1].tolist()]
    for at in rng.permutation(len(found))[:most].tolist():
        yield _Predicate(((found[at][0], "==", found[at][1]),))


def _of_several(
    copy: NDArray[np.float64], is_code: NDArray[np.bool_], tries: int, rng: np.random.Generator
) -> Iterator[_Predicate]:
    """Some cells of copied rows."""
    d, n = copy.shape
    if d < _CELLS[0]:
        return
    middle = np.median(copy, axis=1)
    for row in rng.integers(n, size=tries).tolist():
        chosen = rng.choice(d, int(rng.integers(_CELLS[0], min(d, _CELLS[1]) + 1)), replace=False).tolist()
        tests = []
        for j in chosen:
            value = float(copy[j, row])
            order = ">=" if value > middle[j] else "<="
            tests.append((j, "==" if is_code[j] or value == _NOTHING else order, value))
        yield _Predicate(tuple(tests))


METRIC = Metric("singling_out", "privacy", "lower", _measure)
