"""The desk: a queue as one person sees it, and what was decided there. It only reads; `Session` acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from .clock import Pace, pace
from .estimates import Counts, Standing, Tally
from .line import VIEWS, Line
from .queue import Case
from .state import CaseState, Verdict

__all__ = ["VIEWS", "Desk"]


class Desk(Line):
    """A queue of cases and what was decided about them."""

    def opinions(self, key: str) -> CaseState:
        """What holds for a case, with what every reviewer said."""
        return self._replay.state(key)

    def every(self) -> dict[str, CaseState]:
        """The whole state of every case that was ever acted on."""
        return {key: self._replay.state(key) for key in self._replay.acted_on()}

    @property
    def decided(self) -> tuple[Case, ...]:
        """The cases of the queue that have a verdict."""
        found = sorted(self._index[k] for k in self._replay.acted_on() if k in self._index and self.state(k).verdict)
        return tuple(self._cases[place] for place in found)

    @property
    def elsewhere(self) -> tuple[tuple[str, CaseState], ...]:
        """Verdicts on cases that are not in this queue (of earlier runs): key and state."""
        others = ((key, self.state(key)) for key in self._replay.acted_on() if key not in self._index)
        return tuple((key, state) for key, state in others if state.verdict)

    @property
    def counts(self) -> Counts:
        """How far the review is."""
        states = [self.state(k) for k in self._replay.acted_on() if k in self._index]
        found = Counter(s.verdict for s in states)
        skipped = sum(s.is_skipped and not s.verdict for s in states)
        total = len(self._cases) + self.behind
        return Counts(total, found[Verdict.FRAUD], found[Verdict.NORMAL], found[Verdict.UNSURE], skipped)

    @property
    def away(self) -> dict[str, int]:
        """How many open cases are `snoozed`, `escalated`, `claimed` by somebody else, or `disputed`."""
        at = self.clock()
        states = [self._replay.state(k) for k in self._replay.acted_on() if k in self._index]
        open_ = [s for s in states if not s.verdict]
        return {
            "snoozed": sum(s.until > at for s in open_), "escalated": sum(s.is_escalated for s in open_),
            "claimed": sum(s.assigned not in ("", self.reviewer) for s in open_),
            "disputed": sum(s.is_disputed for s in states),
        }

    @property
    def standing(self) -> Standing:
        """What the verdicts say of the top beside rows drawn at random."""
        return Standing(self._tally(self._top), self._tally(self._random))

    def _tally(self, keys: Collection[str]) -> Tally:
        found = Counter(self.state(k).verdict for k in self._replay.acted_on() if k in keys)
        clear = found[Verdict.FRAUD] + found[Verdict.NORMAL]
        return Tally(len(keys), clear + found[Verdict.UNSURE], clear, found[Verdict.FRAUD])

    @property
    def is_blind(self) -> bool:
        """Whether nothing may tell how unusual a case is: the reviewer wants it so, or random rows are not decided."""
        return self.is_hidden or any(not self.state(k).verdict for k in self._random)

    @property
    def is_finished(self) -> bool:
        """Whether every case has a verdict."""
        return self.counts.left == 0

    @property
    def pace(self) -> Pace:
        """How fast this reviewer decides, in the last sitting."""
        return pace(self._replay.actions(), self.reviewer)
