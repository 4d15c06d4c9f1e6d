"""One or two columns settle another: a postcode its town, product and size their price.

Found by how often the commonest value among the *other* rows with the same givens is right, so that values seen once
or twice prove nothing. A givens' table of values is kept: it mends rows and judges other files.

References: Kivinen and Mannila, Approximate inference of functional dependencies from relations (1995), whose g3 error
is here counted leaving each row out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...words import Message, message
from ..batch import Batch
from ._view import View, placed, with_values
from .base import DIRTY, Marks, Rule

__all__ = ["RULE", "Dependency"]

_REPEATS = 0.8  # least share of rows whose givens other rows have too
_GAIN = 0.15  # most errors, beside always saying the commonest value (one given) or asking the better given (two)
_OPEN = 0.05  # least such errors: next to a constant nothing needs settling
_MOST, _MOST_GIVEN = 80, 40  # columns looked at, and looked at in pairs: those with the fewest values
_ROWS = 6_000  # that pairs are looked at with

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Dependency(Rule):
    """`given` settles `then`.

    Args:
        given: one or two columns.
        then: the column they settle.
        both: whether it settles them too: two names of one thing.
        table: for each known combination its values of `given` and of `then`.
    """

    given: tuple[str, ...]
    then: str
    both: bool
    table: tuple[tuple[Any, ...], ...]
    key: ClassVar[str] = "dependency"
    recalls: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Givens first."""
        return (*self.given, self.then)

    @classmethod
    def find(cls, view: View) -> list[Dependency]:
        """Single givens first; a pair only where neither of it does."""
        names = sorted(view.codes, key=lambda name: len(view.codes[name][1]))[:_MOST]
        settled = _without_detours({(x, y) for x, y in permutations(names, 2) if _settles(view, x, y)})
        found = [_made(view, (x,), y, both=(y, x) in settled) for x, y in settled if (y, x) not in settled or x < y]
        return sorted(found, key=lambda rule: rule.columns) + _by_pairs(view, settled)

    def broken(self, batch: Batch) -> Marks:
        """Known givens with another value; of two names of one thing also known values with other givens."""
        known, should = self._should(batch)
        now = placed(batch[self.then], self._values(-1))
        wrong: Marks = known & (now != should) & self.applies(batch)
        if self.both:
            back = placed(batch[self.given[0]], self._values(0))
            wrong |= self.applies(batch) & (now >= 0) & (back != self._first_given()[now])
        return wrong

    def unsure(self, batch: Batch) -> Marks:
        """Givens not seen."""
        return self.applies(batch) & ~self._should(batch)[0]

    def mended(self, batch: Batch, rng: np.random.Generator) -> Batch:  # noqa: ARG002
        """The settled value takes the place of the other."""
        known, should = self._should(batch)
        wrong = self.broken(batch) & known
        values = self._values(-1)
        fresh = with_values(batch[self.then], wrong, [values[i] for i in should[wrong]])
        return batch.with_columns({self.then: fresh})

    def sentence(self) -> Message:
        """Which settles which."""
        kind = "both" if self.both else "several" if len(self.given) > 1 else "one"
        return message(f"rules.dependency.{kind}", given=list(self.given), then=self.then)

    def _values(self, at: int) -> list[Any]:
        return list(dict.fromkeys(row[at] for row in self.table))

    def _first_given(self) -> Codes:
        """Place of the given of each known value of `then`."""
        given = {v: i for i, v in enumerate(self._values(0))}
        back = {row[-1]: given[row[0]] for row in self.table}
        return np.array([back[v] for v in self._values(-1)], dtype=np.int64)

    def _should(self, batch: Batch) -> tuple[Marks, Codes]:
        """(n,) whether the givens are known, and the place of the value they settle."""
        lists = [self._values(i) for i in range(len(self.given))]
        sizes = [len(values) for values in lists]
        then = {v: i for i, v in enumerate(self._values(-1))}
        settled = np.full(int(np.prod(sizes)), -1, dtype=np.int64)
        place = [{v: i for i, v in enumerate(values)} for values in lists]
        for *given, value in self.table:
            settled[_flat([np.int64(p[g]) for p, g in zip(place, given, strict=True)], sizes)] = then[value]
        codes = [placed(batch[name], values) for name, values in zip(self.given, lists, strict=True)]
        unknown = np.logical_or.reduce([c < 0 for c in codes])
        should = np.where(unknown, -1, settled[_flat([np.maximum(c, 0) for c in codes], sizes)])
        return should >= 0, should


def _flat(codes: list[Any], sizes: list[int]) -> Any:
    """One code for a combination of codes."""
    return codes[0] if len(codes) == 1 else codes[0] * sizes[1] + codes[1]


def _settles(view: View, x: str, y: str) -> bool:
    """Whether x settles y but for dirt: first asked of some rows, and of all if these do not deny it."""
    (xs, _), (ys, values) = view.codes[x], view.codes[y]
    for rows in dict.fromkeys((min(_ROWS, len(xs)), len(xs))):
        held = (xs[:rows] >= 0) & (ys[:rows] >= 0)
        if held.mean() < DIRTY:
            return False
        wrong, repeated = _errors(xs[:rows][held], ys[:rows][held], len(values))
        guessed = 1 - np.bincount(ys[:rows][held]).max() / held.sum()
        allowed = min(DIRTY, _GAIN * guessed) * (2 if rows < len(xs) else 1)
        if wrong > allowed or guessed < _OPEN / 2 or (rows == len(xs) and (repeated < _REPEATS or guessed < _OPEN)):
            return False
    return True


def _errors(x: Codes, y: Codes, size: int) -> tuple[float, float]:
    """Of the rows whose x others share: how many have another y than most of the others; and the share of such rows."""
    if not len(x):
        return 1.0, 0.0
    pair, count = np.unique(x * size + y, return_counts=True)
    group = pair // size
    order = np.lexsort((-count, group))
    group, count = group[order], count[order]
    start = np.flatnonzero(np.diff(group, prepend=-1))
    total = np.add.reduceat(count, start)
    first = count[start]
    is_last = np.append(start[1:], len(group)) - start == 1
    second = np.where(is_last, 0, count[np.minimum(start + 1, len(count) - 1)])
    company = total >= 2
    right = np.where(first - 1 >= np.maximum(second, 1), first, 0)
    covered = int(total[company].sum())
    return (1 - right[company].sum() / covered, covered / len(x)) if covered else (1.0, 0.0)


def _without_detours(settled: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Less what follows from others: names of one thing speak through one of them, and x, y, z go step by step."""
    names = {x for pair in settled for x in pair}
    same = {x: min({x, *(y for y in names if (x, y) in settled and (y, x) in settled)}) for x in names}
    alone = {(x, z) for x, z in settled if same[x] == x and same[z] == z}
    steps = {(x, z) for x, z in alone if not any((x, y) in alone and (y, z) in alone for y in names)}
    twins = {pair for x in names if same[x] != x for pair in ((same[x], x), (x, same[x]))}
    return steps | twins


def _by_pairs(view: View, settled: set[tuple[str, str]]) -> list[Dependency]:
    """What two columns settle and neither alone."""
    names = sorted(view.codes, key=lambda name: len(view.codes[name][1]))[:_MOST_GIVEN]
    part = {name: view.codes[name][0][:_ROWS] for name in names}
    size = {name: len(view.codes[name][1]) for name in names}
    alone = {(x, y): _errors_of(part[x], part[y], size[y])[0] for x in names for y in names if x != y}
    found = []
    for x1, x2 in combinations(names, 2):
        if (x1, x2) in settled or (x2, x1) in settled or size[x1] * size[x2] > len(part[x1]) // 3:
            continue
        both = np.where((part[x1] >= 0) & (part[x2] >= 0), part[x1] * size[x2] + part[x2], -1)
        for y in names:
            if y in {x1, x2} or (x1, y) in settled or (x2, y) in settled:
                continue
            wrong, repeated = _errors_of(both, part[y], size[y])
            better = min(alone[x1, y], alone[x2, y])
            if wrong <= DIRTY and repeated >= _REPEATS and wrong <= _GAIN * better and better >= _OPEN:
                found.append(_made(view, (x1, x2), y))
    return found


def _errors_of(x: Codes, y: Codes, size: int) -> tuple[float, float]:
    held = (x >= 0) & (y >= 0)
    return _errors(x[held], y[held], size)


def _made(view: View, given: tuple[str, ...], then: str, *, both: bool = False) -> Dependency:
    """The rule with its table: the commonest value of each combination."""
    parts = [view.codes[name] for name in (*given, then)]
    held = np.logical_and.reduce([code >= 0 for code, _ in parts])
    rows = np.stack([code[held] for code, _ in parts], axis=1)
    combos, count = np.unique(rows, axis=0, return_counts=True)
    best: dict[tuple[int, ...], tuple[int, int]] = {}
    for (*keys, value), times in zip(combos.tolist(), count.tolist(), strict=True):
        best[tuple(keys)] = max(best.get(tuple(keys), (0, 0)), (times, value))
    table = [(*keys, value) for keys, (_, value) in best.items()]
    if both:
        table = _one_to_one(table, best)
    named = tuple(tuple(part[1][i] for part, i in zip(parts, row, strict=True)) for row in table)
    return Dependency(given, then, both, named)


def _one_to_one(table: list[tuple[int, ...]], best: dict[tuple[int, ...], tuple[int, int]]) -> list[tuple[int, ...]]:
    """Each value once: of two combinations with the same value the commoner is meant."""
    kept: dict[int, tuple[int, ...]] = {}
    for row in sorted(table, key=lambda row: -best[row[:-1]][0]):
        kept.setdefault(row[-1], row)
    return sorted(kept.values())


RULE = Dependency
