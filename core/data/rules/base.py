"""What a rule is: a statement about some columns that every row keeps or breaks.

One file of this package is one kind of rule. Each says how it is found in a table, which rows break it, how a row that
breaks it is mended, and how it reads in words.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...registry import Registry
from ...words import Message
from ..batch import Batch
from ._view import View

__all__ = ["DIRTY", "RULES", "Marks", "Rule"]

Marks = NDArray[np.bool_]

DIRTY = 0.02
"""Share of rows that may break a rule of the table: typing errors, not evidence against it."""


@dataclass(frozen=True)
class Rule(ABC):
    """A statement about some columns. Its fields are plain values, so that it is saved as JSON."""

    key: ClassVar[str]
    recalls: ClassVar[bool] = False
    """Whether mending writes values it remembers from the table, rather than what follows from the row itself."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The columns it speaks of."""

    @property
    def name(self) -> str:
        """What it is called: its kind and columns."""
        return f"{self.key}:{','.join(self.columns)}"

    @classmethod
    @abstractmethod
    def find(cls, view: View) -> list[Self]:
        """The rules of this kind that the rows of a view keep, but for a few dirty ones.

        A rule must say something: one that rows with the same columns shuffled would keep as well is none.
        """

    def applies(self, batch: Batch) -> Marks:
        """(n,) rows it speaks of: those where none of its columns is missing."""
        held = np.ones(batch.rows, dtype=bool)
        for name in self.columns:
            held &= batch[name].present
        return held

    @abstractmethod
    def broken(self, batch: Batch) -> Marks:
        """(n,) rows that it speaks of and that break it."""

    def unsure(self, batch: Batch) -> Marks:
        """(n,) rows that it speaks of and cannot judge, since they hold what it has not seen; a copy does without."""
        return np.zeros(batch.rows, dtype=bool)

    def mended(self, batch: Batch, rng: np.random.Generator) -> Batch:  # noqa: ARG002 - some kinds draw
        """The rows with as little changed as makes them keep it; those a kind cannot mend stay as they are."""
        return batch

    @abstractmethod
    def sentence(self) -> Message:
        """The rule in words."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {"kind": self.key, **{f.name: getattr(self, f.name) for f in fields(self)}}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The rule that `to_json` wrote; lists become tuples."""
        return cls(**{f.name: _frozen(plain[f.name]) for f in fields(cls)})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list | tuple) else value


RULES: Registry[type[Rule]] = Registry(__package__, "RULE", without=("base", "book"))
