"""The queue: the cases of one score run that a person looks at, most anomalous first, and rows drawn at random.

What the top of a ranking is worth shows only beside rows that no ranking chose. So a queue may hold some drawn at
random from all rows, at places that say nothing of their score.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from ..words import Message

__all__ = ["Case", "arranged", "order"]


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
        expected: the verdict that those given so far lead to expect, about 0 to 1; None before the first order learned.
        control: how a row that was drawn at random for the estimates was drawn; "" for all others.
        moved: places it rose by the last verdict.
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
    expected: float | None = None
    control: str = ""
    moved: int = 0

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


def arranged(
    queue: Sequence[Case], learned: Sequence[Case], decided: Mapping[str, int], kept: Container[str], *,
    desk: str | None = None, room: int = 0,
) -> tuple[Case, ...]:
    """The queue in the order that verdicts teach: what is decided, oldest first, then what is open, best first.

    Args:
        queue: as it stands.
        learned: open cases, first to look at first; some may be new to the queue.
        decided: key of each decided case -> entry of its verdict.
        kept: keys of open cases that stay though they are not among the learned: somebody did something with them.
        desk: the case that a person looks at: it stays where it is, whatever moves around it.
        room: open cases there should be at least, as far as the queue has them: the most unusual stand behind.
    """
    own = {case.key: case for case in queue}
    done = sorted((own[key] for key in decided if key in own), key=lambda c: decided[c.key])
    first = [_taught(own.get(c.key), c) for c in learned if c.key not in decided]
    named = {c.key for c in first}
    rest = [c for c in queue if c.key not in decided and c.key not in named]
    still = [*first, *(c for c in rest if c.key in kept or c.key == desk)]
    others = sorted((c for c in rest if not (c.key in kept or c.key == desk)), key=lambda c: c.rank)
    still += others[: max(room - len(still), 0)]
    before = [c.key for c in queue if c.key not in decided]
    if desk in before:
        held = next(c for c in still if c.key == desk)
        still.remove(held)
        still.insert(min(before.index(desk), len(still)), held)
    return (*done, *still)


def _taught(own: Case | None, learned: Case) -> Case:
    """A case of the queue with what was learned of it; how it came there stays."""
    if own is None:
        return learned
    return replace(own, expected=learned.expected, control=learned.control, moved=learned.moved)


def _both(first: Case, second: Case) -> Case:
    """One case that came into the queue twice; whoever stands there by rank stays there."""
    place = None if None in (first.place, second.place) else first.place
    is_top, is_random = first.is_top or second.is_top, first.is_random or second.is_random
    return replace(first, is_top=is_top, is_random=is_random, place=place)
