"""What the verdicts so far say: how precise the top of the queue is, and whether it is better than chance.

No light tells from scores alone whether a table shows what is looked for. Verdicts do: on some of the top rows and on
some drawn at random from all rows. The top counts as better than random when Fisher's exact test, one-sided with
mid-p, says so at the 5 % level: where it is not, that is said in about 95 of 100 sessions, however few the verdicts;
where half of it are frauds and one row in a hundred else, 95 of 100 sessions say better (without mid-p 90). Intervals
that overlap would be no such test: they overlap too where the test already tells the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..stats.intervals import fisher_greater, wilson
from ..words import Message, message

__all__ = ["RANDOM", "TOP", "Counts", "Share", "Standing", "Tally", "share"]

TOP, RANDOM = 20, 10
"""Verdicts that settle it where the top holds what is looked for: half of 20 against none of 10 has p = .003."""

_LEVEL = 0.05
_MOST = 200  # further random rows that may be asked for


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


@dataclass(frozen=True)
class Share:
    """An estimated share with its 95 % interval, all in [0, 1]."""

    value: float
    low: float
    high: float


def share(hits: int, n: int) -> Share:
    """Share of hits among n > 0 trials with Wilson's score interval."""
    return Share(hits / n, *wilson(hits, n))


@dataclass(frozen=True)
class Tally:
    """Verdicts on cases that came into a queue in one way.

    Args:
        cases: all there are.
        decided: those with a verdict.
        clear: those decided either way. Unsure cases say nothing.
        fraud: those decided to be fraud.
    """

    cases: int = 0
    decided: int = 0
    clear: int = 0
    fraud: int = 0

    @property
    def share(self) -> Share | None:
        """Share of fraud among the clear cases; None before the first."""
        return share(self.fraud, self.clear) if self.clear else None


@dataclass(frozen=True)
class Standing:
    """The top of a ranking beside rows drawn at random.

    Args:
        top: cases in the queue for their rank.
        random: cases drawn at random from all rows.
    """

    top: Tally = Tally()
    random: Tally = Tally()

    @property
    def p_value(self) -> float:
        """How likely rows drawn at random would be to hold as many frauds as the top does."""
        return self._p_value(0)

    @property
    def state(self) -> str:
        """`none`: nothing was drawn at random; `open`: verdicts are missing; else `better` or `no_better` than it."""
        if not self.random.cases:
            return "none"
        if self.random.decided < self.random.cases or self.top.decided < min(TOP, self.top.cases):
            return "open"
        if not (self.random.clear and self.top.clear):
            return "open"
        return "better" if self.p_value <= _LEVEL else "no_better"

    @property
    def missing(self) -> int:
        """Verdicts that are still needed."""
        return self.random.cases - self.random.decided + max(min(TOP, self.top.cases) - self.top.decided, 0)

    @property
    def sentence(self) -> Message | None:
        """What the verdicts say, in words; None before there is anything to say."""
        top, random = self.top.share, self.random.share
        if self.state not in ("better", "no_better") or top is None or random is None:
            return None
        return message(
            f"review.standing.{self.state}", fraud=self.top.fraud, clear=self.top.clear, share=top.value, low=top.low,
            high=top.high, random_fraud=self.random.fraud, random_clear=self.random.clear, random_share=random.value,
            random_low=random.low, random_high=random.high)

    @property
    def more(self) -> int:
        """Further random rows that would show the top to be better if there were no fraud in them; 0: no few would."""
        top, random = self.top, self.random
        if self.state != "no_better" or top.fraud * random.clear <= random.fraud * top.clear:
            return 0
        return next((n for n in range(RANDOM, _MOST + 1, RANDOM) if self._p_value(n) <= _LEVEL), 0)

    def _p_value(self, more: int) -> float:
        """With so many more random rows, none of them a fraud."""
        return fisher_greater(
            self.top.fraud, self.top.clear, self.random.fraud, self.random.clear + more, is_mid=True)
