"""The queue: the cases of one score run that a person looks at, most anomalous first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..words import Message

__all__ = ["Case", "order"]


@dataclass(frozen=True)
class Case:
    """A row under review.

    Args:
        key: what it is known by in the journal: its id columns, or content hash and occurrence. Never a row number, so
            that its verdict survives a refreshed file.
        row: position in the source of the run.
        score: anomaly score in the unit of the fit, higher = more anomalous.
        rank: 1 = most anomalous of the run.
        title, subtitle, amount, time: what to call it on a card, as text; "" where the table has nothing of the kind.
            The title of a row without a name is a message.
        p_value: share of ordinary rows that score as high, or None without calibration.
        column: the column that the reason is about.
        reason: why it stands here.
    """

    key: str
    row: int
    score: float
    rank: int
    title: str | Message = ""
    subtitle: str = ""
    amount: str = ""
    time: str = ""
    p_value: float | None = None
    column: str | None = None
    reason: Message | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {k: v.to_json() if isinstance(v, Message) else v for k, v in vars(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From JSON: what `to_json` wrote, or an item of the `ranked` task (whose other fields are left alone)."""
        known = {f.name for f in dataclasses.fields(cls)}
        values = {k: v for k, v in data.items() if k in known and v is not None}
        for name in ("title", "reason"):
            if isinstance(values.get(name), Mapping):
                values[name] = Message.from_json(values[name])
        return cls(**values)


def order(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Most anomalous first, each case once."""
    unique: dict[str, Case] = {}
    for case in sorted(cases, key=lambda c: (c.rank, c.row)):
        unique.setdefault(case.key, case)
    return tuple(unique.values())
