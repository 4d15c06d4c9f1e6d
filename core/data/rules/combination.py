"""Only some combinations of two columns occur: a city goes with its countries, a product with its sizes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...words import Message, message
from ..batch import Batch
from ._view import View, placed, with_values
from .base import DIRTY, Marks, Rule

__all__ = ["RULE", "Combination"]

_MOST, _COLUMNS = 200, 60  # values of a column; columns
_LEAST = 3  # rows of a combination that belongs
_RARE = 0.1  # share of what independent columns would give, below which a combination is dirt
_RULED_OUT = 0.4  # least share of independent rows that the rule forbids


@dataclass(frozen=True)
class Combination(Rule):
    """Pairs of values that occur.

    Args:
        pair: two columns.
        allowed: the pairs of their values, with their share of the rows.
    """

    pair: tuple[str, str]
    allowed: tuple[tuple[Any, Any, float], ...]
    key: ClassVar[str] = "combination"
    recalls: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Both."""
        return self.pair

    @classmethod
    def find(cls, view: View) -> list[Combination]:
        """Pairs of columns that leave most combinations empty though their values are common."""
        names = [name for name, (_, values) in view.codes.items() if 3 <= len(values) <= _MOST][:_COLUMNS]
        made = (_made(view, pair) for pair in combinations(names, 2))
        return [rule for rule in made if rule is not None]

    def broken(self, batch: Batch) -> Marks:
        """Known values that do not go together."""
        first, second, table = self._table(batch)
        known = (first >= 0) & (second >= 0)
        wrong: Marks = known & (table[np.maximum(first, 0), np.maximum(second, 0)] == 0)
        return wrong

    def unsure(self, batch: Batch) -> Marks:
        """A value not seen."""
        first, second, _ = self._table(batch)
        return self.applies(batch) & ((first < 0) | (second < 0))

    def mended(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """The second value is drawn from those that go with the first, as often as they do."""
        first, _, table = self._table(batch)
        wrong = self.broken(batch)
        values = list(dict.fromkeys(row[1] for row in self.allowed))
        reach = np.cumsum(table[first[wrong]], axis=1)
        drawn = (rng.random(int(wrong.sum()))[:, None] * reach[:, -1:] < reach).argmax(axis=1)
        fresh = with_values(batch[self.pair[1]], wrong, [values[i] for i in drawn])
        return batch.with_columns({self.pair[1]: fresh})

    def sentence(self) -> Message:
        """How many combinations there are."""
        of = len({row[0] for row in self.allowed}) * len({row[1] for row in self.allowed})
        return message("rules.combination", columns=list(self.pair), count=len(self.allowed), of=of)

    def _table(self, batch: Batch) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        lists = [list(dict.fromkeys(row[i] for row in self.allowed)) for i in (0, 1)]
        place = [{v: i for i, v in enumerate(values)} for values in lists]
        table = np.zeros((len(lists[0]), len(lists[1])))
        for a, b, share in self.allowed:
            table[place[0][a], place[1][b]] = share
        first, second = (placed(batch[name], values) for name, values in zip(self.pair, lists, strict=True))
        return first, second, table


def _made(view: View, pair: tuple[str, str]) -> Combination | None:
    (x, xs), (y, ys) = (view.codes[name] for name in pair)
    held = (x >= 0) & (y >= 0)
    n = int(held.sum())
    if n < len(xs) * len(ys) * _LEAST:
        return None  # too few rows to know an empty combination from one not seen yet
    count = np.bincount(x[held] * len(ys) + y[held], minlength=len(xs) * len(ys)).reshape(len(xs), len(ys))
    independent = count.sum(axis=1, keepdims=True) * count.sum(axis=0, keepdims=True) / n
    allowed = (count >= _LEAST) & (count >= _RARE * independent)
    dirty = 1 - count[allowed].sum() / n
    if dirty > DIRTY or independent[~allowed].sum() / n < _RULED_OUT or _is_settled(allowed):
        return None
    rows = tuple((xs[i], ys[j], float(count[i, j] / n)) for i, j in np.argwhere(allowed).tolist())
    return Combination(pair, rows)


def _is_settled(allowed: NDArray[np.bool_]) -> bool:
    """One column settles the other: a dependency says it better."""
    return bool((allowed.sum(axis=1) <= 1).all() or (allowed.sum(axis=0) <= 1).all())


RULE = Combination
