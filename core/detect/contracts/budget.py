"""budget:N flags exactly the N most unusual rows (all there are, when fewer). It always holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...errors import ParameterError
from ...words import Message, message
from ..calibrate import Basis
from .base import Contract, Facts, Field, Floats, Marks, number

__all__ = ["CONTRACT", "Budget"]


@dataclass(frozen=True)
class Budget(Contract):
    """Flag the `rows` most unusual rows; ties go to the row that comes first."""

    rows: int
    key: ClassVar[str] = "budget"
    form: ClassVar[str] = "budget:N"
    order: ClassVar[int] = 1
    fields: ClassVar[tuple[Field, ...]] = (Field("rows", 1, None, 100),)
    needs_normal: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"budget:{self.rows}"

    @classmethod
    def read(cls, amount: str, text: str) -> Budget:
        """From `100`, `1,000` or `1e3`."""
        value = number(amount.replace(",", ""))
        if value is None or value < 0 or value != int(value):
            raise ParameterError("detect.bad_budget", got=text)
        return cls(int(value))

    @classmethod
    def typed(cls, amounts: Sequence[int]) -> Budget:
        """From rows."""
        return cls(amounts[0])

    def amounts(self) -> tuple[int, ...]:
        """Rows."""
        return (self.rows,)

    def flag(self, scores: Floats, p_values: Floats | None, basis: Basis) -> Marks:  # noqa: ARG002
        """Exactly min(rows, n) rows."""
        n, count = len(scores), min(self.rows, len(scores))
        if count in (0, n):
            return np.full(n, bool(count))
        comparable = np.where(np.isnan(scores), -np.inf, scores)
        cut = np.partition(comparable, n - count)[n - count]
        flagged: Marks = comparable > cut
        ties = np.flatnonzero(comparable == cut)
        flagged[ties[: count - np.count_nonzero(flagged)]] = True
        return flagged

    def sentence(self, facts: Facts) -> Message:
        """States the expected mix where a calibration on ordinary rows allows it."""
        said = {"count": facts.count, "rows": facts.rows}
        if facts.count == 0:
            return message("detect.budget.none", **said)
        if facts.ordinary is None:
            unknown = {"columns": "apart", "drift": "drift"}.get(facts.basis.lack, "plain")
            return message(f"detect.budget.{unknown}", **said)
        if facts.ordinary > facts.count - 0.5:
            return message("detect.budget.chance", **said)
        return _mix(facts, facts.ordinary)


def _mix(facts: Facts, ordinary: float) -> Message:
    said: dict[str, Any] = {"count": facts.count, "ordinary": round(ordinary), "share": ordinary / facts.count}
    if facts.interval is None:
        return message("detect.budget.mix", **said)
    low, high = facts.interval
    return message("detect.budget.interval", **said, low=low / facts.count, high=high / facts.count)


CONTRACT = Budget
