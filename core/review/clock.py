"""The session clock: how long people worked and how fast they decide, from the times of the journal alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from ..project.journal import Entry

__all__ = ["Pace", "pace"]

_PAUSE = 300.0  # seconds without a step after which nobody sat there
_SITTING = 1800.0  # seconds after which a new sitting begins
_RECENT = 30  # steps the pace is judged by


@dataclass(frozen=True)
class Pace:
    """A sitting so far.

    Args:
        verdicts: given in it.
        seconds: worked, pauses of more than five minutes left out.
        each: median seconds from one verdict to the next, of the last thirty; 0 before there are any.
    """

    verdicts: int = 0
    seconds: float = 0.0
    each: float = 0.0

    @property
    def per_hour(self) -> float:
        """Verdicts an hour at the present pace; 0 before it is known."""
        return 3600 / self.each if self.each else 0.0

    def left(self, cases: int) -> float:
        """Seconds that so many cases would take; 0 before the pace is known."""
        return cases * self.each


def pace(actions: Iterable[Entry], by: str) -> Pace:
    """The pace of one reviewer in their last sitting.

    Args:
        actions: of the review that are not undone, oldest first.
        by: the reviewer.
    """
    steps = [(datetime.fromisoformat(e.at).timestamp(), "verdict" in e.event) for e in actions
             if e.event.get("by") == by]
    gaps = [now - before for (before, _), (now, _) in pairwise(steps)]
    start = max((i + 1 for i, gap in enumerate(gaps) if gap > _SITTING), default=0)
    worked = [(gap, is_verdict) for gap, (_, is_verdict) in zip(gaps[start:], steps[start + 1 :], strict=True)
              if gap <= _PAUSE]
    each = [gap for gap, is_verdict in worked if is_verdict][-_RECENT:]
    return Pace(sum(v for _, v in steps[start:]), sum(gap for gap, _ in worked), median(each) if each else 0.0)
