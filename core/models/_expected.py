"""What cells were expected to be, from the shares of their columns' tokens: shared by families with token leaves.

All is worked out for many rows at once and kept as arrays; an `Expected` is made when somebody looks at it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import itemgetter
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ..encode.categories import CategoryCodec
from ..encode.dates import DateCodec
from ..encode.numbers import NumberCodec
from .base import Expected

__all__ = ["ExpectedRows", "Foreseen", "foreseen"]

Floats = NDArray[np.float64]

_SHOWN_SHARE, _SPIKE_SHARE = 0.01, 0.05
_SHOWN = 5
_probability = itemgetter(1)


class Likely:
    """The values of one column that are likely in n cells.

    Args:
        texts: what its tokens are called.
        shares: (n, tokens) their probabilities.
        least: the probability that is worth telling.
    """

    def __init__(self, texts: Sequence[str | None], shares: Floats, least: float) -> None:
        self.texts = texts
        at = np.flatnonzero(shares >= least)
        self.tokens, self.shares = at % shares.shape[1], shares.ravel()[at]
        self.starts = np.searchsorted(at, np.arange(len(shares) + 1) * shares.shape[1])

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def _lists(self) -> tuple[list[int], list[tuple[int, float]]]:
        return self.starts.tolist(), list(zip(self.tokens.tolist(), self.shares.tolist(), strict=True))

    def __getitem__(self, i: int) -> tuple[tuple[str | None, float], ...]:
        """At most five values of cell i with their probabilities, likeliest first."""
        starts, values = self._lists
        found = sorted(values[starts[i] : starts[i + 1]], key=_probability, reverse=True)
        named = [(self.texts[t], p) for t, p in found if t == 0 or self.texts[t] is not None]
        return tuple(named[:_SHOWN])


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What was expected in n cells of one column.

    Args:
        values: the likely ones.
        best: (n,) tokens of the likeliest known category, or None.
        ranges: (3, n) low, best and high of a number or a date; None where there is no range.
    """

    values: Likely
    best: NDArray[np.int64] | None = None
    ranges: Floats | None = None

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def _ranges(self) -> list[list[float]]:
        return [] if self.ranges is None else self.ranges.T.tolist()

    def cell(self, i: int) -> Expected:
        """What was expected in cell i."""
        if self.best is not None:
            return Expected(values=self.values[i], best=self.values.texts[self.best[i]])
        if self.ranges is None:
            return Expected(values=self.values[i])
        low, best, high = self._ranges[i]
        return Expected(low, high, self.values[i], best)


def foreseen(
    column: CategoryCodec | NumberCodec | DateCodec, tokens: Floats, quantiles: Callable[[], Floats]
) -> Foreseen:
    """What was expected in n cells.

    Args:
        column: theirs.
        tokens: (n, tokens) shares.
        quantiles: (3, n) values of y with 2.5, 50 and 97.5 % below, asked of numbers and dates alone.
    """
    if isinstance(column, CategoryCodec):
        known = tokens[:, 1:-1] if column.frequent else tokens[:, 1:]
        return Foreseen(Likely(column.texts(), tokens[:, :-1], _SHOWN_SHARE), best=known.argmax(axis=1) + 1)
    if isinstance(column, DateCodec) and column.has_parts:
        values = Likely(*column.shown(tokens), _SHOWN_SHARE)
    else:
        values = Likely(column.texts(), tokens, _SPIKE_SHARE)
    if not (column.counts[1:] > 0).any():
        return Foreseen(values)
    return Foreseen(values, ranges=np.stack([column.show(q, end=i - 1) for i, q in enumerate(quantiles())]))


class ExpectedRows(Sequence[tuple[Expected, ...]]):
    """What was expected in each cell of each row.

    Args:
        blocks: of the rows, one after another; of each its columns.
    """

    def __init__(self, blocks: Sequence[Sequence[Foreseen]]) -> None:
        self.blocks = blocks
        self.ends = list(accumulate(len(columns[0]) if columns else 0 for columns in blocks))

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    @overload
    def __getitem__(self, row: int) -> tuple[Expected, ...]: ...
    @overload
    def __getitem__(self, row: slice) -> list[tuple[Expected, ...]]: ...
    def __getitem__(self, row: Any) -> Any:
        """What was expected in the cells of a row."""
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        at = range(len(self))[row]
        block = bisect_right(self.ends, at)
        first = self.ends[block - 1] if block else 0
        return tuple(column.cell(at - first) for column in self.blocks[block])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]
