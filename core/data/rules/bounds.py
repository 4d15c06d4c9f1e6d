"""Numbers stay within bounds: a share within 0 and 1, an age of 18 or more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...words import Message, message
from ..batch import Batch, Column
from ._edge import is_sharp
from ._view import View
from .base import DIRTY, Marks, Rule

__all__ = ["RULE", "Bounds"]

_SHARES = ((0.0, 1.0), (0.0, 100.0), (-1.0, 1.0))
_LEAST = 100  # rows
_VALUES = 16  # least distinct values: those of a code are a list, not a range
_DIRT, _FEWEST = 0.002, 5  # least share and number of rows beyond an end
_FAR = 0.05  # of the spread of the rest: least gap between them and the end
_ALIKE = 4  # rows that the same value beyond an end has, at most, on average: 99,999 over and over is a code, not dirt
_NEAR, _CROWD = 0.05, 0.01  # of the spread; least share of the rows so close to the end

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bounds(Rule):
    """A number is at least `low` and at most `high`.

    Args:
        column: the column.
        low, high: ends, which belong to it; None where there is none.
    """

    column: str
    low: float | None
    high: float | None
    key: ClassVar[str] = "bounds"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one."""
        return (self.column,)

    @classmethod
    def find(cls, view: View) -> list[Bounds]:
        """Ends that a few dirty rows lie clearly beyond, and shares: 0 to 1, 0 to 100, -1 to 1.

        An end that no row crosses is no more than the range seen, which copies keep anyway.
        """
        found = []
        for name in view.numbers:
            values = view.floats(name)
            held = np.sort(values[np.isfinite(values)])
            if len(held) >= _LEAST and len(np.unique(held)) >= _VALUES:
                low, high = _end(held), _end(-held[::-1])
                ends = (low, None if high is None else -high)
                whole = next((pair for pair in _SHARES if _is_share(held, *pair)), None)
                if whole or ends != (None, None):
                    found.append(cls(name, *(whole or ends)))
        return found

    def broken(self, batch: Batch) -> Marks:
        """Beyond an end."""
        values = batch[self.column].values
        low, high = -np.inf if self.low is None else self.low, np.inf if self.high is None else self.high
        return self.applies(batch) & ((values < low) | (values > high))

    def mended(self, batch: Batch, rng: np.random.Generator) -> Batch:  # noqa: ARG002
        """Moved to the end."""
        own = batch[self.column]
        values = np.where(self.broken(batch), np.clip(own.values, self.low, self.high), own.values)
        return batch.with_columns({self.column: Column(own.kind, values.astype(own.values.dtype), own.missing)})

    def sentence(self) -> Message:
        """The ends."""
        key = "both" if self.low is not None and self.high is not None else "low" if self.high is None else "high"
        return message(f"rules.bounds.{key}", column=self.column, low=self.low, high=self.high)


def _end(values: Floats) -> float | None:
    """The lower end of ascending values that some lie beyond; None where nothing shows one."""
    n = len(values)
    cut = int(DIRTY * n) + 1
    steps, spread = np.diff(values[: cut + 1]), float(values[-cut] - values[cut])
    beyond = int(np.flatnonzero(steps > _FAR * spread)[-1:].sum()) + 1 if spread > 0 else 0
    end = float(values[beyond])
    is_cut = beyond >= max(_DIRT * n, _FEWEST) and _crowd(values, end, spread) >= _CROWD * n
    is_dirt = len(np.unique(values[:beyond])) * _ALIKE >= beyond
    return end if is_cut and is_dirt and is_sharp(values, end) else None


def _crowd(values: Floats, end: float, spread: float) -> int:
    """How many values lie just above an end."""
    return int(np.count_nonzero((values >= end) & (values <= end + _NEAR * spread)))


def _is_share(values: Floats, low: float, high: float) -> bool:
    """Whether ascending values keep to both ends and come close to them."""
    inside = values[(values >= low) & (values <= high)]
    if len(inside) < (1 - DIRTY) * len(values) or len(np.unique(inside[:: max(len(inside) // 200, 1)])) < _VALUES:
        return False
    crowded = min(_crowd(inside, low, high - low), _crowd(-inside, -high, high - low)) >= _CROWD / 2 * len(values)
    return crowded and is_sharp(values, low) and is_sharp(-values, -high)


RULE = Bounds
