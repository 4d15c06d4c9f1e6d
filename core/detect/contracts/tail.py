"""tail:P flags rows that an ordinary row would outscore with a probability of at most P.

Where enough calibration rows lie beyond the score, they are counted. Farther out the probability is read from a
generalised Pareto distribution fitted to the upper tenth of their scores (peaks over threshold): less left to chance
than the last few rows are. Where equal scores leave no tail to fit, counting keeps the promise, and flags fewer rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...errors import RefusedError
from ...words import Message, message
from ..calibrate import Basis
from .base import Contract, Facts, Field, Floats, Marks, share

__all__ = ["CONTRACT", "TailOdds"]

_COUNTED = 20
"""Calibration rows beyond a score that are counted: a common error of the rate of a fifth."""
_BEYOND = 2
"""Calibration rows expected beyond the rarest score that is told; with fewer, twice the rate is a common error."""


@dataclass(frozen=True)
class TailOdds(Contract):
    """Flag rows whose score an ordinary row reaches with at most this probability."""

    p: float
    key: ClassVar[str] = "tail"
    form: ClassVar[str] = "tail:P"
    order: ClassVar[int] = 3
    fields: ClassVar[tuple[Field, ...]] = (Field("every", 2, 1_000_000, 100),)

    def __str__(self) -> str:
        return f"tail:{self.p:.6g}"

    @classmethod
    def read(cls, amount: str, text: str) -> Contract:
        """From `0.001` or `0.1%`."""
        return share(amount, cls, "detect.bad_tail", text)

    @classmethod
    def typed(cls, amounts: Sequence[int]) -> TailOdds:
        """From one in so many."""
        return cls(1 / amounts[0])

    def amounts(self) -> tuple[int, ...]:
        """One in so many."""
        return (max(round(1 / self.p), 2),)

    def refusal(self, basis: Basis, *, has_p_values: bool) -> RefusedError | None:
        """Also where the calibration rows are too few for odds as long as these."""
        found = super().refusal(basis, has_p_values=has_p_values)
        if found is not None:
            return found
        if not basis.rows or self.p * basis.rows >= _BEYOND * (1 - 1e-5):  # `offer` is rounded to six digits
            return None
        if basis.rows <= _BEYOND:
            return RefusedError("detect.refused.mixed", contract=str(self), offer="budget:100")
        return RefusedError("detect.refused.few", contract=str(self), rows=basis.rows,
                            needed=math.ceil(_BEYOND / self.p), offer=f"tail:{_BEYOND / basis.rows:.6g}")

    def flag(self, scores: Floats, p_values: Floats | None, basis: Basis) -> Marks:
        """By counting where it is precise, else by the fitted tail."""
        assert p_values is not None
        is_precise = self.p * (basis.rows + 1) >= _COUNTED
        odds = p_values if basis.tail is None or is_precise else basis.tail.probability(scores)
        found: Marks = odds <= self.p
        return found

    def most_ordinary(self, facts: Facts) -> float:
        """What is expected if every row were ordinary."""
        return self.p * facts.rows

    def sentence(self, facts: Facts) -> Message:
        """How many rows, and how many would be flagged if all were ordinary."""
        return message("detect.tail.some" if facts.count else "detect.tail.none", count=facts.count, rows=facts.rows,
                       every=1 / self.p, chance=round(self.p * facts.rows, 1))


CONTRACT = TailOdds
