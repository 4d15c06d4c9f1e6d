"""The queue: the cases of one score run that a person looks at, most anomalous first, and rows drawn at random.

What the top of a ranking is worth shows only beside rows that no ranking chose. So a queue may hold some drawn at
random from all rows, at places that say nothing of their score.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
        is_top: whether its rank, or a person, brought it here.
        is_random: whether it was drawn at random from all rows. Both may be so; the same verdict then counts for both.
        place: where it stands in the queue; None: at its rank.
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
    is_top: bool = True
    is_random: bool = False
    place: int | None = None

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
    """Most anomalous first, each case once, those drawn at random at their places."""
    unique: dict[str, Case] = {}
    for case in sorted(cases, key=lambda c: (c.rank, c.row)):
        known = unique.get(case.key)
        unique[case.key] = _both(known, case) if known else case
    return tuple(sorted(unique.values(), key=lambda c: (c.place or c.rank, c.row)))


def _both(first: Case, second: Case) -> Case:
    """One case that came into the queue twice; whoever stands there by rank stays there."""
    place = None if None in (first.place, second.place) else first.place
    is_top, is_random = first.is_top or second.is_top, first.is_random or second.is_random
    return replace(first, is_top=is_top, is_random=is_random, place=place)
