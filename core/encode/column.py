"""The contract of column codecs: cells <-> one token and at most one continuous value.

Every cell becomes a *token* (missing, a category, a repeated number, "any other value"...). Some tokens say that the
cell also has a *continuous value* y, a strictly increasing function of the value within that token. What a model
need not decide, because it is the same for every hypothesis (the Jacobian dy/dx, the spread over rare categories), is
the cell's *base* term. So log p(cell) = log p(token) + log p(y | token) + base, exactly.

Densities are taken per `scale` of the column (its robust spread), not per unit, so that rescaling a column changes
no score; `log_scale` converts to the units of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Column
from ..data.conditions import Test

__all__ = ["MISSING", "ColumnCodec", "EncodedColumn", "Grain", "Piece"]

MISSING = 0
"""The token of a cell without a value: NULL, NaN and empty text alike."""


@dataclass(frozen=True)
class Grain:
    """How finely a codec tells values apart.

    Args:
        few: a number column of at most so many values, each repeated, has a token for each.
        repeats: cells a value must have on average for that.
        spikes: whether single frequent values of other columns have a token.
        sharp: how many times the cells of the values beside it a spike holds.
        knots: most knots of a normal-score curve.
        subjects: a codec for release keeps nothing that fewer subjects hold; 0 is a codec for analysis, which keeps
            rare values and real ranges.
    """

    few: int = 32
    repeats: float = 8.0
    spikes: bool = True
    sharp: float = 4.0
    knots: int = 64
    subjects: int = 0


@dataclass(frozen=True, eq=False)
class EncodedColumn:
    """The cells of one column as numbers.

    Args:
        tokens: (n,) int32.
        values: (n,) float64 continuous values; NaN where the token has none.
        base: (n,) nats.
    """

    tokens: NDArray[np.int32]
    values: NDArray[np.float64]
    base: NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """A part of what a condition allows in one column.

    Args:
        token: the token it needs.
        low, high: bounds of y; equal for a single value; infinite when all of the token is allowed.
        share: probability of the piece given its token, where y has no part in it (one of several rare categories).
        base: nats to add to the density of a single value, so that it weighs as a probability.
    """

    token: int
    low: float = -np.inf
    high: float = np.inf
    share: float = 1.0
    base: float = 0.0

    @property
    def is_point(self) -> bool:
        """Whether it is one continuous value."""
        return self.low == self.high

    def reached(self, limits: tuple[float, float]) -> Piece:
        """Its part within the range of training, or all of it where it lies beyond: what is drawn of it."""
        low, high = max(self.low, limits[0]), min(self.high, limits[1])
        is_cut = np.isfinite([self.low, self.high]).any() and low < high
        return replace(self, low=low, high=high) if is_cut else self


class ColumnCodec(Protocol):
    """Codec of one column. Immutable."""

    @property
    def name(self) -> str:
        """The column's name."""
        ...

    @property
    def counts(self) -> NDArray[np.int64]:
        """(tokens,) training cells per token; a token never seen is never drawn."""
        ...

    @property
    def continuous(self) -> NDArray[np.bool_]:
        """(tokens,) whether a token has a continuous value that models describe."""
        ...

    @property
    def density(self) -> NDArray[np.bool_]:
        """(tokens,) whether cells of a token are measured by a density (per scale) instead of a probability."""
        ...

    @property
    def log_scale(self) -> float:
        """Log of the column's scale in its own units (microseconds for dates)."""
        ...

    def encode(self, column: Column) -> EncodedColumn:
        """Cells to numbers."""
        ...

    def decode(self, tokens: NDArray[np.int32], values: NDArray[np.float64], rng: np.random.Generator) -> Column:
        """Numbers to cells; `rng` chooses within tokens that stand for several values."""
        ...

    def pieces(self, tests: Sequence[Test]) -> list[Piece]:
        """What all of these tests together allow; empty when nothing.

        Raises:
            FitError: a test that cannot be understood for this column.
        """
        ...

    def texts(self) -> list[str | None]:
        """(tokens,) the value each token stands for; None for missing."""
        ...

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """JSON values and arrays from which the codec is made again."""
        ...
