"""Thresholds are contracts: a sentence about the flagged rows that holds, or a refusal.

    budget:N   flag exactly the N most unusual rows (all there are, when fewer)
    fdr:A      flag as many rows as possible while at most a share A of them is expected to be ordinary

Light: NumPy only, because the window re-applies a contract while its threshold is dragged.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError, RefusedError
from ..stats.fdr import benjamini_hochberg, ordinary_share
from ..stats.intervals import predicted_count
from ..words import Message, message

__all__ = ["Budget", "Contract", "FalseDiscovery", "Threshold", "apply"]


@dataclass(frozen=True, eq=False)
class Threshold:
    """A contract applied to scores.

    Args:
        contract: what was promised.
        value: lowest flagged score; infinity when no row is flagged.
        flagged: (n,) bool.
        expected_ordinary: how many of the flagged rows are expected to be ordinary; None where nothing is known.
        interval: 95 % interval of that number; None where the number of calibration rows was not given.
        sentence: the contract in words, for this table.
    """

    contract: Contract
    value: float
    flagged: NDArray[np.bool_]
    expected_ordinary: float | None
    interval: tuple[float, float] | None
    sentence: Message

    @property
    def count(self) -> int:
        """Number of flagged rows."""
        return int(np.count_nonzero(self.flagged))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object, without the rows."""
        return {
            "contract": str(self.contract),
            "value": self.value if math.isfinite(self.value) else None,
            "count": self.count,
            "expected_ordinary": self.expected_ordinary,
            "interval": list(self.interval) if self.interval else None,
            "sentence": self.sentence.to_json(),
        }


class Contract(ABC):
    """What a threshold promises. `str(contract)` is the text that `parse` reads."""

    form: ClassVar[str]

    @staticmethod
    def parse(text: str) -> Contract:
        """The contract a text such as `budget:100` or `fdr:0.1` stands for.

        Raises:
            ParameterError: an unknown contract (the message lists those there are), or an amount outside its domain.
        """
        name, _, amount = text.strip().partition(":")
        kind = _CONTRACTS.get(name.strip().lower())
        if kind is None:
            raise ParameterError("detect.contract", got=text, known=[c.form for c in _CONTRACTS.values()])
        return kind.read(amount.strip(), text)

    @classmethod
    @abstractmethod
    def read(cls, amount: str, text: str) -> Contract:
        """From the part behind the colon; `text` is the whole, for messages."""

    @abstractmethod
    def flag(self, scores: NDArray[np.float64], p_values: NDArray[np.float64] | None) -> NDArray[np.bool_]:
        """(n,) which rows are flagged.

        Raises:
            RefusedError: the contract needs p-values and there are none.
        """

    @abstractmethod
    def sentence(self, facts: _Facts) -> Message:
        """The contract in words."""


@dataclass(frozen=True)
class _Facts:
    """What sentences are made of."""

    rows: int
    count: int
    ordinary: float | None
    interval: tuple[float, float] | None
    calibration: int | None


@dataclass(frozen=True)
class Budget(Contract):
    """Flag the `rows` most unusual rows; ties go to the row that comes first."""

    rows: int
    form: ClassVar[str] = "budget:N"

    def __str__(self) -> str:
        return f"budget:{self.rows}"

    @classmethod
    def read(cls, amount: str, text: str) -> Budget:
        """From `100`, `1,000` or `1e3`."""
        value = _number(amount.replace(",", ""))
        if value is None or value < 0 or value != int(value):
            raise ParameterError("detect.bad_budget", got=text)
        return cls(int(value))

    def flag(self, scores: NDArray[np.float64], p_values: NDArray[np.float64] | None) -> NDArray[np.bool_]:  # noqa: ARG002
        """Exactly min(rows, n) rows."""
        n, count = len(scores), min(self.rows, len(scores))
        if count in (0, n):
            return np.full(n, bool(count))
        comparable = np.where(np.isnan(scores), -np.inf, scores)
        cut = np.partition(comparable, n - count)[n - count]
        flagged: NDArray[np.bool_] = comparable > cut
        ties = np.flatnonzero(comparable == cut)
        flagged[ties[: count - np.count_nonzero(flagged)]] = True
        return flagged

    def sentence(self, facts: _Facts) -> Message:
        """States the expected mix where a calibration on ordinary rows allows it."""
        said = {"count": facts.count, "rows": facts.rows}
        if facts.count == 0:
            return message("detect.budget.none", **said)
        if facts.ordinary is None:
            return message("detect.budget.plain" if facts.calibration is None else "detect.budget.apart", **said)
        if facts.ordinary > facts.count - 0.5:
            return message("detect.budget.chance", **said)
        return _mix(facts)


@dataclass(frozen=True)
class FalseDiscovery(Contract):
    """Flag as many rows as Benjamini-Hochberg allows at this false-discovery rate."""

    share: float
    form: ClassVar[str] = "fdr:A"

    def __str__(self) -> str:
        return f"fdr:{self.share:g}"

    @classmethod
    def read(cls, amount: str, text: str) -> FalseDiscovery:
        """From `0.1` or `10%`."""
        value = _number(amount.removesuffix("%"))
        if value is not None and amount.endswith("%"):
            value /= 100
        if value is None or not 0 < value < 1:
            raise ParameterError("detect.bad_fdr", got=text)
        return cls(value)

    def flag(self, scores: NDArray[np.float64], p_values: NDArray[np.float64] | None) -> NDArray[np.bool_]:
        """All rows whose p-value is small enough; needs calibration on rows known to be ordinary."""
        if p_values is None or (len(scores) and np.isnan(p_values).all()):
            raise RefusedError("detect.fdr_refused", contract=str(self))
        return benjamini_hochberg(p_values, self.share)

    def sentence(self, facts: _Facts) -> Message:
        """States the bound, and the estimate where it is better."""
        said = {"share": self.share, "count": facts.count, "rows": facts.rows}
        if facts.count == 0 and facts.calibration is not None:
            # No p-value is below 1 / (m + 1): fewer rows than this could not be flagged however far they stand out.
            return message("detect.fdr.few", **said, calibration=facts.calibration,
                           least=math.ceil(facts.rows / (self.share * (facts.calibration + 1))))
        if facts.count == 0:
            return message("detect.fdr.none", **said)
        return message("detect.fdr.some", **said, most=math.ceil(self.share * facts.count))


_CONTRACTS: dict[str, type[Budget | FalseDiscovery]] = {"budget": Budget, "fdr": FalseDiscovery}


def apply(
    contract: Contract,
    scores: NDArray[np.float64],
    p_values: NDArray[np.float64] | None = None,
    calibration: int | None = None,
) -> Threshold:
    """Apply a contract.

    Args:
        contract: what is promised.
        scores: (n,) higher = more anomalous.
        p_values: (n,) conformal p-values, NaN where there is none; None when no calibration on ordinary rows exists.
        calibration: number of calibration rows behind the p-values; with it the estimate gets an interval. None when
            no rows are known to be ordinary.

    Raises:
        RefusedError: the contract's assumption fails.
    """
    flagged = contract.flag(scores, p_values)
    value = float(scores[flagged].min()) if flagged.any() else math.inf
    ordinary, interval = _ordinary(flagged, p_values, calibration)
    if ordinary is not None and isinstance(contract, FalseDiscovery):
        ordinary = min(ordinary, contract.share * np.count_nonzero(flagged))
    facts = _Facts(len(scores), int(np.count_nonzero(flagged)), ordinary, interval, calibration)
    return Threshold(contract, value, flagged, ordinary, interval, contract.sentence(facts))


def _ordinary(
    flagged: NDArray[np.bool_], p_values: NDArray[np.float64] | None, calibration: int | None
) -> tuple[float | None, tuple[float, float] | None]:
    """Expected ordinary rows among the flagged ones, with its prediction interval."""
    count = int(np.count_nonzero(flagged))
    if p_values is None or not count or np.isnan(p_values[flagged]).any():
        return None, None
    p = float(p_values[flagged].max())
    rows = ordinary_share(p_values) * np.count_nonzero(~np.isnan(p_values))
    expected = float(min(count, rows * p))
    if calibration is None:
        return expected, None
    low, high = predicted_count(p * (calibration + 1) - 1, calibration, rows)
    return expected, (float(min(low, expected)), float(min(max(high, expected), count)))


def _mix(facts: _Facts) -> Message:
    assert facts.ordinary is not None
    said: dict[str, Any] = {
        "count": facts.count, "ordinary": round(facts.ordinary), "share": facts.ordinary / facts.count,
    }
    if facts.interval is None:
        return message("detect.budget.mix", **said)
    low, high = facts.interval
    return message("detect.budget.interval", **said, low=low / facts.count, high=high / facts.count)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
