"""What a threshold contract is: a sentence about the flagged rows that holds, or a refusal.

One file of this package is one contract. Command line and window read the same list: how it is written, which numbers
it takes, when it is refused, which rows it flags and what it says.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError, RefusedError
from ...registry import Registry
from ...words import Message
from ..calibrate import Basis

__all__ = ["CONTRACTS", "Contract", "Facts", "Field", "Floats", "Marks", "Threshold", "number", "share"]

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


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
    flagged: Marks
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


@dataclass(frozen=True)
class Facts:
    """What sentences are made of: how many rows, how many flagged, how many of these ordinary, and the basis."""

    rows: int
    count: int
    ordinary: float | None
    interval: tuple[float, float] | None
    basis: Basis


@dataclass(frozen=True)
class Field:
    """A whole number that a form asks for.

    Args:
        key: names it within its contract, for the form's words.
        low, high: ends of its range; `high` None is the number of rows.
        start: what it holds at first.
        suffix: unit behind the number.
    """

    key: str
    low: int
    high: int | None
    start: int
    suffix: str = ""


class Contract(ABC):
    """What a threshold promises. `str(contract)` is the text that `parse` reads."""

    key: ClassVar[str]
    form: ClassVar[str]
    order: ClassVar[int]
    fields: ClassVar[tuple[Field, ...]]
    needs_normal: ClassVar[bool] = True

    @staticmethod
    def parse(text: str) -> Contract:
        """The contract a text such as `budget:100` or `fdr:0.1` stands for.

        Raises:
            ParameterError: an unknown contract (the message lists those there are), or an amount outside its domain.
        """
        name, _, amount = text.strip().partition(":")
        kind = next((k for k in Contract.kinds() if k.key == name.strip().lower()), None)
        if kind is None:
            raise ParameterError("detect.contract", got=text, known=[k.form for k in Contract.kinds()])
        return kind.read(amount.strip(), text)

    @staticmethod
    def kinds() -> list[type[Contract]]:
        """All contracts there are, in the order they are offered."""
        return sorted((kind for _, kind in CONTRACTS.items()), key=lambda k: k.order)

    @classmethod
    @abstractmethod
    def read(cls, amount: str, text: str) -> Contract:
        """From the part behind the colon; `text` is the whole, for messages."""

    @classmethod
    @abstractmethod
    def typed(cls, amounts: Sequence[int]) -> Contract:
        """From the numbers of its `fields`."""

    @abstractmethod
    def amounts(self) -> tuple[int, ...]:
        """The numbers of its `fields`, rounded where they cannot show it exactly."""

    def refusal(self, basis: Basis, *, has_p_values: bool) -> RefusedError | None:
        """Why it cannot be kept, with a contract that still holds; None when it can."""
        if has_p_values or not self.needs_normal:
            return None
        return RefusedError(f"detect.refused.{basis.lack or 'mixed'}", contract=str(self), offer="budget:100",
                            shift=basis.shift)

    @abstractmethod
    def flag(self, scores: Floats, p_values: Floats | None, basis: Basis) -> Marks:
        """(n,) which rows are flagged; asked only where the contract is not refused."""

    def most_ordinary(self, facts: Facts) -> float:  # noqa: ARG002
        """How many ordinary rows it allows among the flagged ones."""
        return math.inf

    @abstractmethod
    def sentence(self, facts: Facts) -> Message:
        """The contract in words."""


def number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def share(amount: str, made: Callable[[float], Contract], error: str, text: str) -> Contract:
    """A contract over a share above 0 and below 1, written as `0.1` or `10%`.

    Raises:
        ParameterError: it is no such share.
    """
    value = number(amount.removesuffix("%"))
    if value is not None and amount.endswith("%"):
        value /= 100
    if value is None or not 0 < value < 1:
        raise ParameterError(error, got=text)
    return made(value)


CONTRACTS: Registry[type[Contract]] = Registry(__package__, "CONTRACT")
