"""cost:FP,FN flags a row where leaving an anomaly would cost more, on average, than looking at an ordinary row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...errors import ParameterError
from ...stats.fdr import cheapest_cut
from ...words import Message, message
from ..calibrate import Basis
from .base import Contract, Facts, Field, Floats, Marks, number

__all__ = ["CONTRACT", "Cost"]


@dataclass(frozen=True)
class Cost(Contract):
    """Flag the rows that cost less to look at than to leave.

    Assumed: ordinary rows of this table score like the calibration rows, and the more unusual a row, the likelier it
    is an anomaly. The probability is then 1 - the local false-discovery rate (see `cheapest_cut`).

    Args:
        alarm: cost of flagging an ordinary row.
        miss: cost of leaving an anomaly.
    """

    alarm: float
    miss: float
    key: ClassVar[str] = "cost"
    form: ClassVar[str] = "cost:FP,FN"
    order: ClassVar[int] = 4
    fields: ClassVar[tuple[Field, ...]] = (Field("alarm", 1, 1_000_000, 1), Field("miss", 1, 1_000_000, 10))

    def __str__(self) -> str:
        return f"cost:{self.alarm:g},{self.miss:g}"

    @classmethod
    def read(cls, amount: str, text: str) -> Cost:
        """From `1,50`."""
        found = [number(part.strip()) for part in amount.split(",")]
        if len(found) != 2 or found[0] is None or found[1] is None or min(found[0], found[1]) <= 0:
            raise ParameterError("detect.bad_cost", got=text)
        return cls(found[0], found[1])

    @classmethod
    def typed(cls, amounts: Sequence[int]) -> Cost:
        """From both costs."""
        return cls(float(amounts[0]), float(amounts[1]))

    def amounts(self) -> tuple[int, ...]:
        """Both costs."""
        return max(round(self.alarm), 1), max(round(self.miss), 1)

    def flag(self, scores: Floats, p_values: Floats | None, basis: Basis) -> Marks:  # noqa: ARG002
        """All rows up to the p-value at which the expected cost is least."""
        assert p_values is not None
        found: Marks = p_values <= cheapest_cut(p_values, self.alarm, self.miss, basis.rows)
        return found

    def sentence(self, facts: Facts) -> Message:
        """At which probability a row is worth a look."""
        worth = self.alarm / (self.alarm + self.miss)
        if not facts.count or facts.ordinary is None:
            return message("detect.cost.none", rows=facts.rows, worth=worth)
        return message("detect.cost.some", count=facts.count, rows=facts.rows, worth=worth,
                       ordinary=round(facts.ordinary))


CONTRACT = Cost
