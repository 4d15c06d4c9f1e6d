"""fdr:A flags as many rows as possible while at most a share A of them is expected to be ordinary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...stats.fdr import benjamini_hochberg
from ...words import Message, message
from ..calibrate import Basis
from .base import Contract, Facts, Field, Floats, Marks, share

__all__ = ["CONTRACT", "FalseDiscovery"]


@dataclass(frozen=True)
class FalseDiscovery(Contract):
    """Flag as many rows as Benjamini-Hochberg allows at this false-discovery rate."""

    share: float
    key: ClassVar[str] = "fdr"
    form: ClassVar[str] = "fdr:A"
    order: ClassVar[int] = 2
    fields: ClassVar[tuple[Field, ...]] = (Field("share", 1, 50, 10, "%"),)

    def __str__(self) -> str:
        return f"fdr:{self.share:g}"

    @classmethod
    def read(cls, amount: str, text: str) -> Contract:
        """From `0.1` or `10%`."""
        return share(amount, cls, "detect.bad_fdr", text)

    @classmethod
    def typed(cls, amounts: Sequence[int]) -> FalseDiscovery:
        """From percent."""
        return cls(amounts[0] / 100)

    def amounts(self) -> tuple[int, ...]:
        """Percent."""
        return (round(100 * self.share),)

    def flag(self, scores: Floats, p_values: Floats | None, basis: Basis) -> Marks:  # noqa: ARG002
        """All rows whose p-value is small enough."""
        assert p_values is not None
        return benjamini_hochberg(p_values, self.share)

    def most_ordinary(self, facts: Facts) -> float:
        """The share promised."""
        return self.share * facts.count

    def sentence(self, facts: Facts) -> Message:
        """States the bound, and the estimate where it is better."""
        said = {"share": self.share, "count": facts.count, "rows": facts.rows}
        if facts.count == 0 and facts.basis.rows:
            # No p-value is below 1 / (m + 1): fewer rows than this could not be flagged however far they stand out.
            return message("detect.fdr.few", **said, calibration=facts.basis.rows,
                           least=math.ceil(facts.rows / (self.share * (facts.basis.rows + 1))))
        if facts.count == 0:
            return message("detect.fdr.none", **said)
        return message("detect.fdr.some", **said, most=math.ceil(self.share * facts.count))


CONTRACT = FalseDiscovery
