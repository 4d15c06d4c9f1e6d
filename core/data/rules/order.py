"""One column is never above another: shipped not before ordered, the least not above the mean."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...words import Message, message
from ..batch import Batch, Column
from ._edge import is_sharp
from ._view import View
from .base import DIRTY, Marks, Rule

__all__ = ["RULE", "Order"]

_BY_CHANCE = 0.1  # least share of rows that would break it were the columns shuffled
_MOST = 60
_LEAST = 50
_SEED = 0  # of the shuffle that candidates are compared with: the search has no chance of its own


@dataclass(frozen=True)
class Order(Rule):
    """`low` is at most `high`, or below it.

    Args:
        low, high: two columns of numbers, or two of dates.
        strict: whether they are never equal.
    """

    low: str
    high: str
    strict: bool
    key: ClassVar[str] = "order"

    @property
    def columns(self) -> tuple[str, ...]:
        """The lower one first."""
        return (self.low, self.high)

    @classmethod
    def find(cls, view: View) -> list[Order]:
        """Without what follows from two others."""
        found = {}
        for names in (view.numbers[:_MOST], view.dates[:_MOST]):
            values = {name: view.floats(name) for name in names}
            for low, high in permutations(names, 2):
                gap = values[high] - values[low]
                if _is_order(gap, values[low], values[high]):
                    found[low, high] = cls(low, high, bool(np.mean(gap[~np.isnan(gap)] == 0) == 0))
        return [rule for (a, c), rule in found.items()
                if not any((a, b) in found and (b, c) in found for b in {x for pair in found for x in pair})]

    def broken(self, batch: Batch) -> Marks:
        """The wrong way round."""
        low, high = batch[self.low].values, batch[self.high].values
        return self.applies(batch) & ((low >= high) if self.strict else (low > high))

    def mended(self, batch: Batch, rng: np.random.Generator) -> Batch:  # noqa: ARG002
        """The two change places; equal ones stay as they are."""
        wrong = self.broken(batch)
        low, high = batch[self.low], batch[self.high]
        return batch.with_columns({self.low: _taken(low, high, wrong), self.high: _taken(high, low, wrong)})

    def sentence(self) -> Message:
        """Which is below which."""
        return message("rules.order.below" if self.strict else "rules.order.at_most", low=self.low, high=self.high)


def _taken(own: Column, other: Column, where: Marks) -> Column:
    values = np.where(where, other.values, own.values)
    return Column(own.kind, values.astype(own.values.dtype), own.missing, own.categories)


def _is_order(gap: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    held = ~np.isnan(gap)
    if held.sum() < _LEAST or np.mean(gap[held] < 0) > DIRTY:
        return False
    shuffled = np.random.default_rng(_SEED).permutation(high[held]) - low[held]
    return bool(np.mean(shuffled < 0) >= _BY_CHANCE) and is_sharp(gap[held], 0.0)


RULE = Order
