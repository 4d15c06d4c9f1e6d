"""What the verdicts so far say: how precise the top of the queue is, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

from ..stats.intervals import wilson

__all__ = ["Counts", "Share", "share"]

@dataclass(frozen=True)
class Counts:
    """How far a review is, in cases."""

    total: int = 0
    fraud: int = 0
    normal: int = 0
    unsure: int = 0
    skipped: int = 0

    @property
    def decided(self) -> int:
        """Cases with a verdict."""
        return self.fraud + self.normal + self.unsure

    @property
    def left(self) -> int:
        """Cases without one, skipped ones included."""
        return self.total - self.decided

    @property
    def precision(self) -> Share | None:
        """Share of fraud among the cases decided either way; None before the first. Unsure cases say nothing."""
        clear = self.fraud + self.normal
        return share(self.fraud, clear) if clear else None


@dataclass(frozen=True)
class Share:
    """An estimated share with its 95 % interval, all in [0, 1]."""

    value: float
    low: float
    high: float


def share(hits: int, n: int) -> Share:
    """Share of hits among n > 0 trials with Wilson's score interval."""
    return Share(hits / n, *wilson(hits, n))
