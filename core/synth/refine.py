"""Refinement: choose, among more drawn rows than are wanted, those that agree with the training rows in every pair.

Rows are weighted by iterative proportional fitting (raking: Deming and Stephan 1940) towards the training rows' tables
of one and two columns, and chosen by their weights without repetition. It selects whole drawn rows and writes no cell,
so that rules, formats and the least number of subjects behind a value hold as they did.

A guard stops it: rows of the same table that neither the model nor the targets have seen. Weighting ends as soon as
the copy agrees with the training rows as well as the guard rows do (nearer would be learning their noise), or when it
agrees no better with the guard rows themselves.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch
from ..data.schema import Schema
from ..run import Run

__all__ = ["Refinement"]

OVER = 3
"""Rows drawn for each that is kept."""
_CHUNK = 50_000  # rows chosen at a time
_BINS, _VALUES = 12, 40
_MOST_PAIRS, _SWEEPS = 300, 40
_STRIDE = 0.1  # of the way to the training rows in a step, so that it can stop in between
_PRIOR = 5.0  # rows that a cell of a table is drawn to the present state by: small cells are noise
_BOUNDS = (0.2, 5.0)

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]


class _Coder:
    """Columns as codes: bins of numbers by the training rows' quantiles, the commonest categories by name."""

    def __init__(self, train: Batch, schema: Schema) -> None:
        self.edges: dict[str, Floats] = {}
        self.values: dict[str, dict[str, int]] = {}
        for spec in schema:
            column = train[spec.name]
            if spec.kind in CODED:
                counts = np.bincount(column.values[column.present], minlength=len(column.categories))
                top = [int(v) for v in np.argsort(-counts, kind="stable")[:_VALUES] if counts[v]]
                self.values[spec.name] = {column.categories[v]: i + 1 for i, v in enumerate(top)}
            else:
                known = column.floats()[column.present]
                cuts = np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]) if len(known) else known
                self.edges[spec.name] = np.unique(cuts)

    def codes(self, batch: Batch) -> dict[str, Codes]:
        """(n,) codes of every column, 0 where missing; the last one is any other category."""
        found = {}
        for name, edges in self.edges.items():
            column = batch[name]
            placed = 1 + np.searchsorted(edges, column.floats(), side="right")
            found[name] = np.where(column.present, placed, 0).astype(np.int32)
        for name, values in self.values.items():
            column = batch[name]
            table = np.array([values.get(c, len(values) + 1) for c in column.categories] or [0], dtype=np.int32)
            found[name] = np.where(column.present, table[column.values], 0).astype(np.int32)
        return found

    def width(self, name: str) -> int:
        """Codes that a column may have."""
        return len(self.edges[name]) + 2 if name in self.edges else len(self.values[name]) + 2


@dataclass(eq=False)
class Refinement:
    """Chooses rows for a copy.

    Args:
        train: rows the model learned from; what copies are drawn to.
        guard: rows of the table that it did not learn from.
        schema: the columns that count.
        errors: of every choice so far, to the training rows: (as drawn, as chosen, as unseen rows have).
        drawn, kept: rows.
    """

    train: Batch
    guard: Batch
    schema: Schema
    errors: list[tuple[float, float, float]] = field(default_factory=list, init=False)
    drawn: int = field(default=0, init=False)
    kept: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._coder = _Coder(self.train, self.schema)
        self._of_guard: float | None = None
        self._real, self._unseen = self._coder.codes(self.train), self._coder.codes(self.guard)

    def report(self) -> dict[str, Any]:
        """What it gained, in total variation of columns and pairs to the training rows, and what it cost in rows."""
        before, after, level = np.mean(self.errors, axis=0).tolist() if self.errors else (None, None, None)
        return {"before": before, "after": after, "level": level, "drawn": self.drawn, "kept": self.kept}

    def among(self, batches: Iterable[Batch], n: int, rng: np.random.Generator, run: Run) -> Iterator[Batch]:
        """So many of the rows of these batches, which hold `OVER` times as many."""
        left, pool, rows = n, [], 0
        for batch in batches:
            pool.append(batch)
            rows += batch.rows
            while left and rows >= OVER * min(left, _CHUNK):
                size = min(left, _CHUNK)
                whole = Batch.concat(pool)
                some, rest = whole.take(np.arange(OVER * size)), whole.take(np.arange(OVER * size, whole.rows))
                yield some.take(self._choose(some, size, rng, run))
                left -= size
                pool, rows = [rest], rest.rows

    def _choose(self, pool: Batch, n: int, rng: np.random.Generator, run: Run) -> NDArray[np.int64]:
        run.check()
        drawn = self._coder.codes(pool)
        pairs = self._pairs(drawn)
        tables = [_Table.of(drawn, self._real, self._unseen, names, self._coder) for names in pairs]
        weights = np.ones(pool.rows)
        best, index = _misfit(tables, weights), np.arange(n)
        first = after = _apart(tables, index)
        for _ in range(_SWEEPS):
            run.check()
            if after <= self.level(n):
                break
            for table in tables:
                weights = weights * table.step(weights)
            if (misfit := _misfit(tables, weights)) >= best:
                break
            best, index = misfit, _systematic(weights, n, rng)
            after = _apart(tables, index)
        self.errors.append((first, after, self.level(n)))
        self.drawn, self.kept = self.drawn + pool.rows, self.kept + n
        return index

    def _pairs(self, drawn: dict[str, Codes]) -> list[tuple[str, ...]]:
        """Single columns, and the pairs in which the drawn rows are farthest from the training rows."""
        names = list(drawn)
        pairs: Sequence[tuple[str, ...]] = list(itertools.combinations(names, 2))
        everything = np.ones(len(next(iter(drawn.values())))) if names else np.zeros(0)
        if len(pairs) > _MOST_PAIRS:
            far = [_Table.of(drawn, self._real, self._unseen, p, self._coder).apart(everything) for p in pairs]
            pairs = [pairs[i] for i in np.argsort(far)[::-1][:_MOST_PAIRS].tolist()]
        return [*((name,) for name in names), *pairs]

    def level(self, n: int) -> float:
        """How far from the training rows as many unseen rows are: that of the guard rows, whose distance is chance."""
        if self._of_guard is None:
            tables = [_Table.of(self._unseen, self._real, self._real, names, self._coder)
                      for names in self._pairs(self._unseen)]
            self._of_guard = _apart(tables, np.arange(self.guard.rows))
        chance = [1 / rows + 1 / self.train.rows for rows in (n, self.guard.rows)]
        return self._of_guard * math.sqrt(chance[0] / chance[1])


@dataclass(frozen=True, eq=False)
class _Table:
    """One table of one or two columns: the cell of each drawn row, and the shares of real rows in each cell."""

    cells: NDArray[np.int64]
    real: Floats
    unseen: Floats
    rows: int

    @classmethod
    def of(
        cls, drawn: dict[str, Codes], real: dict[str, Codes], unseen: dict[str, Codes], names: tuple[str, ...],
        coder: _Coder,
    ) -> _Table:
        widths = [coder.width(name) for name in names]
        joint = [_joint([part[name] for name in names], widths) for part in (drawn, real, unseen)]
        shares = [np.bincount(cells, minlength=int(np.prod(widths))) / max(len(cells), 1) for cells in joint[1:]]
        return cls(joint[0], shares[0], shares[1], len(joint[1]))

    def step(self, weights: Floats) -> Floats:
        """(n,) factors that bring the weighted rows nearer to the training rows, less so in small cells."""
        now = np.bincount(self.cells, weights=weights, minlength=len(self.real)) / weights.sum()
        factor = (self.real * self.rows + _PRIOR * (now > 0)) / (now * self.rows + _PRIOR)
        found: Floats = (np.clip(factor, *_BOUNDS) ** _STRIDE)[self.cells]
        return found

    def apart(self, weights: Floats) -> float:
        """Total variation to the training rows."""
        now = np.bincount(self.cells, weights=weights, minlength=len(self.real)) / weights.sum()
        return 0.5 * float(np.abs(now - self.real).sum())

    def misfit(self, weights: Floats) -> float:
        """Squared distance to the guard rows; what of it is their own chance is the same for all weights."""
        now = np.bincount(self.cells, weights=weights, minlength=len(self.real)) / weights.sum()
        return float(np.sum((now - self.unseen) ** 2 / (self.real + 1 / self.rows)))


def _joint(codes: list[Codes], widths: list[int]) -> NDArray[np.int64]:
    return codes[0].astype(np.int64) if len(codes) == 1 else codes[0].astype(np.int64) * widths[1] + codes[1]


def _apart(tables: list[_Table], index: NDArray[np.int64]) -> float:
    """Mean total variation of some of the drawn rows to the training rows."""
    chosen = np.zeros(len(tables[0].cells) if tables else 0)
    chosen[index] = 1.0
    return float(np.mean([table.apart(chosen) for table in tables])) if tables else 0.0


def _misfit(tables: list[_Table], weights: Floats) -> float:
    return float(np.mean([table.misfit(weights) for table in tables])) if tables else 0.0


def _systematic(weights: Floats, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(n,) different rows, each with a probability in proportion to its weight, never more than 1 (Madow 1949)."""
    chance = weights / weights.sum() * n
    for _ in range(50):
        sure = chance >= 1.0
        if not (chance > 1.0).any():
            break
        rest = n - np.count_nonzero(sure)
        chance = np.where(sure, 1.0, chance / max(chance[~sure].sum(), 1e-300) * rest)
    order = rng.permutation(len(chance))
    ends = np.cumsum(chance[order])
    picked = np.searchsorted(ends, rng.random() + np.arange(n), side="right")
    return np.sort(order[np.minimum(picked, len(order) - 1)]).astype(np.int64)
