"""The line of cases before one person: which there are, in which order, and which of them lies on top."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from ..errors import ParameterError
from ..paths import account
from ..project.journal import Journal, now
from ..words import Message
from .events import FIRST, Replay, keys_of
from .filters import Filter
from .queue import Case, arranged, order
from .state import CaseState
from .team import Team

__all__ = ["VIEWS", "Line"]


VIEWS = {"first": FIRST, "second": frozenset({"second"}), "disputes": frozenset({"ruling"})}
"""Who sits there: the first reviewer, a second one who sees no verdict and no note, or whoever settles disagreements.
To each the actions that undo takes back."""


class Line:
    """A queue of cases as one person sees it: a replay of the journal, nothing more.

    Args:
        journal: of the project.
        cases: the queue, in any order; rows added by hand in an earlier sitting join by themselves.
        run: id of the score run the cases come from.
        position: key of the case to begin at; where the last step led when None or not in the queue.
        reviewer: name written with each verdict; the user's login name when None.
        view: of `VIEWS`.
        team: words and reasons.
        clock: the time, UTC, ISO 8601.
        behind: how many further rows of the ranking are asked for; they are cases once somebody comes to them.
    """

    def __init__(
        self, journal: Journal, cases: Iterable[Case], *, run: str = "", position: str | None = None,
        reviewer: str | None = None, view: str = "first", team: Team | None = None, clock: Callable[[], str] = now,
        behind: int = 0,
    ) -> None:
        self.journal, self.run, self.view, self.clock = journal, run, view, clock
        self.reviewer = account() if reviewer is None else reviewer
        self.team = team or Team()
        self.filter = Filter()
        self._is_hidden = False
        self.say: Callable[[Message | str], str] = str
        self._replay = Replay(journal.entries())
        self._begun = tuple(cases)
        self._beyond = behind
        self._met: tuple[Case, ...] = ()
        self._size = 0
        self._learned: tuple[Case, ...] | None = None
        self._is_first = False
        self._cases: tuple[Case, ...] = ()
        self._position: str | None = position
        self._wished: str | None = position
        self._set_cases()

    @property
    def cases(self) -> tuple[Case, ...]:
        """The queue, most anomalous first, or as verdicts teach."""
        return self._cases

    @cached_property
    def shown(self) -> tuple[Case, ...]:
        """The cases that are not put away, not claimed by somebody else, and pass the filter."""
        at, kept = self.clock(), self._cases
        away = set() if self.filter.asks_away else {k for k in self._replay.acted_on() if self._is_away(k, at)}
        if away:
            kept = tuple(c for c in kept if c.key not in away)
        if self.filter.terms:
            kept = tuple(c for c in kept if self.filter.holds(c, self.state(c.key), at, self.say))
        return _in_tens(kept) if self.is_hidden else kept

    @property
    def is_hidden(self) -> bool:
        """Whether scores are hidden from whoever sits here; then places tell no more than ten of them together do."""
        return self._is_hidden

    @is_hidden.setter
    def is_hidden(self, on: bool) -> None:
        self._is_hidden = on
        self.renew()

    def _is_away(self, key: str, at: str) -> bool:
        state = self._replay.state(key)
        others = state.assigned not in ("", self.reviewer) and not state.verdict
        return self.view == "first" and (state.is_away(at) or others)

    def choose(self, wanted: Filter) -> None:
        """Show the cases that pass a filter; the one on the desk stays where it passes too."""
        self.filter = wanted
        self.renew()
        shown = [c.key for c in self.shown]
        if shown and self._position not in shown:
            self._position = next((k for k in shown if not self.state(k).verdict), shown[0])

    def arrange(self, learned: Iterable[Case] | None) -> None:
        """Another order of the open cases, of which some may be new; None: the order of the ranking.

        Nothing of it is kept: it follows from the journal. The case on the desk stays there, at its place; where the
        window was opened on a case that only verdicts brought up, that place is the first.
        """
        self._is_first = self._learned is None and learned is not None
        self._learned = None if learned is None else tuple(learned)
        self._set_cases()

    def renew(self) -> None:
        """Look again at what is shown: time has passed, or something was decided."""
        self.__dict__.pop("shown", None)

    @property
    def budget(self) -> int:
        """How many cases it was begun with."""
        return len(self._begun) + self._beyond

    @property
    def beyond(self) -> int:
        """How many of these are no cases yet, though verdicts may have brought some of them up."""
        return self._beyond

    @property
    def behind(self) -> int:
        """How many rows of the ranking stand behind the cases: those of the lowest ranks that are no case yet."""
        return max(self._size - len(self._cases), 0) if self.view == "first" and self._beyond else 0

    def meet(self, case: Case) -> None:
        """Put a row from behind the cases on the desk; a step on it keeps it in the queue."""
        if case.key not in self._index:
            self._met = (*self._met, case)
            self._set_cases()
        self.go(case.key)

    def extend(self, cases: Iterable[Case]) -> None:
        """Let the next rows of the ranking be cases."""
        known = {c.key for c in self._begun}
        fresh = [c for c in cases if c.key not in known][: self._beyond]
        self._begun, self._beyond = (*self._begun, *fresh), self._beyond - len(fresh)
        self._set_cases()

    @property
    def length(self) -> int:
        """Of the journal, as far as this desk has read it."""
        return self._replay.last

    @property
    def position(self) -> str | None:
        """Key of the case on the desk; None when the queue is empty."""
        return self._position

    @property
    def current(self) -> Case | None:
        """The case on the desk."""
        return None if self._position is None else self.case(self._position)

    def case(self, key: str) -> Case:
        """The case of that key.

        Raises:
            ParameterError: it is not in the queue.
        """
        if key not in self._index:
            raise ParameterError("review.no_case", case=key)
        return self._cases[self._index[key]]

    def group(self, key: str) -> tuple[str, tuple[str, ...]] | None:
        """Name and cases of the group that a case joined the queue with."""
        found = self._replay.groups(self.run).items()
        return next(((name, keys) for name, keys in found if key in keys), None)

    def state(self, key: str) -> CaseState:
        """What holds for a case now, as far as whoever sits here may know."""
        state = self._replay.state(key)
        if self.view == "second":  # neither verdict nor note of anybody else
            own = state.opinion(self.reviewer)
            return CaseState() if own is None else CaseState(
                own.verdict, own.reasons, own.note or "", at=own.at, by=own.by, number=own.number)
        if self.view == "disputes" and state.is_disputed:
            return replace(state, verdict=None, reasons=(), number=0, by="", at="")
        return state

    def go(self, key: str) -> Case:
        """Put a case on the desk."""
        self._position, self._wished = self.case(key).key, None
        return self.case(key)

    def move(self, step: int) -> Case | None:
        """Go forth or back in what is shown, as far as it reaches, decided cases included."""
        self._wished = None
        if self._position is not None and self.shown:
            places = {c.key: i for i, c in enumerate(self.shown)}
            at = places.get(self._position, -1 if step > 0 else 0)
            self._position = self.shown[min(max(at + step, 0), len(self.shown) - 1)].key
        return self.current

    def refresh(self) -> bool:
        """Read what another window wrote since; whether there was anything."""
        fresh = self.journal.entries(after=self._replay.last)
        for entry in fresh:
            self._replay.apply(entry)
        self.renew()
        return bool(fresh)

    def _set_cases(self) -> None:
        """The queue as it was begun, and what joined it since; whoever stood on a desk that is gone goes on."""
        asked_for = (*self._begun, *self._replay.joined(self.run))
        found = order([*asked_for, *self._replay.guests(self.run)])
        if self.view == "second":
            asked = {k for e in self._replay.actions() if e.event["type"] == "recheck" for k in keys_of(e.event)}
            found = tuple(c for c in found if c.key in asked and self._replay.state(c.key).by != self.reviewer)
        elif self.view == "disputes":
            found = tuple(c for c in found if len({o.verdict for o in self._replay.state(c.key).opinions}) > 1)
        self._own = {c.key for c in found}
        if self.view == "first":
            size = self._size = len({c.key for c in asked_for}) + self._beyond
            found = order([*found, *self._met]) if self._met else found
            if not self._awaits_lot(found):
                found = self._cut(found, size) if self._learned is None else self._taught(found, self._learned, size)
        self._cases = found
        self._index = {case.key: i for i, case in enumerate(found)}
        self._top = {c.key for c in found if c.is_top}
        self._random = {c.key for c in found if c.is_random}
        self.renew()
        if self._wished in self._index:  # at once, or when the order learned has brought it back
            self._position, self._wished = self._wished, None
        if self._position not in self._index:
            self._position = self._resume()

    def _awaits_lot(self, cases: Sequence[Case]) -> bool:
        """Whether rows drawn to judge the ranking are not all decided: until then nothing may move them."""
        return any(c.is_random and not self.state(c.key).verdict for c in cases)

    def _cut(self, own: tuple[Case, ...], size: int) -> tuple[Case, ...]:
        """The queue by rank, of the size it was begun with: for each case the order learned brought, the last goes."""
        if len(own) <= size:
            return own
        came = (*self._replay.joined(self.run), *self._replay.guests(self.run))
        kept = {*self._replay.acted_on(), *(c.key for c in came), self._position}
        spare = [c.key for c in own if c.key not in kept]
        gone = set(spare[size - len(own) :])
        return tuple(c for c in own if c.key not in gone)

    def _taught(self, own: tuple[Case, ...], learned: Sequence[Case], size: int) -> tuple[Case, ...]:
        """The queue in the order learned, of the size it has; what somebody acted on or let join stays in it."""
        acted = self._replay.acted_on()
        decided = {key: self.state(key).number for key in acted if self.state(key).verdict}
        here, done = {c.key for c in self._cases}, sum(c.key in decided for c in own)
        room = max(min(size, len(own)) - done, min(size - done, len(learned)), 0)  # what falls off stands behind
        now = (*self._cases, *(c for c in own if c.key not in here))
        kept = {*acted, *(c.key for c in self._replay.joined(self.run))}
        stay = {c.key for c in now if (c.key in kept or c.key == self._position) and c.key not in decided}
        others = {c.key for c in [c for c in learned if c.key not in stay][: max(room - len(stay), 0)]}
        chosen = [c for c in learned if c.key in stay or c.key in others]
        if self._is_first and self._position in {c.key for c in self._replay.guests(self.run)}:
            now = tuple(sorted(now, key=lambda c: c.key != self._position))
        return arranged(now, chosen, decided, kept, desk=self._position, room=room)

    def _resume(self) -> str | None:
        """Where the last step on this queue led."""
        last = self._replay.latest
        if last is not None and last.event["type"] in ("undo", "redo"):
            undone = self._replay.entry(int(last.event["of"]))
            keys = [k for k in keys_of(undone.event) if k in self._index] if undone else []
            if keys:
                return keys[0]
        done = self._replay.last_done(self._index, VIEWS[self.view])
        if done is None:
            return next((c.key for c in self.shown if not self.state(c.key).verdict), self._first())
        led = str(done.event.get("next", ""))
        return led if led in self._index else self._next_open([k for k in keys_of(done.event) if k in self._index])

    def _first(self) -> str | None:
        return next((c.key for c in (*self.shown, *self._cases)), None)

    def _next_open(self, keys: Sequence[str]) -> str:
        """The case to decide after these: below the first, then from the top, then those skipped; else the first."""
        start, done, skipped = self._index[keys[0]], set(keys), None
        shown = self.shown
        here = next((i for i, c in enumerate(shown) if c.key == keys[0]), -1)
        below = next((i for i, c in enumerate(shown) if self._index[c.key] > start), len(shown))
        at = below if here < 0 else here + 1  # it may have left what is shown
        for case in (*shown[at:], *shown[:at]):
            state = self.state(case.key)
            if case.key not in done and not state.verdict:
                if not state.is_skipped:
                    return case.key
                skipped = skipped or case.key
        return skipped or keys[0]



def _in_tens(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The same cases, each ten of them in an order that says nothing of their scores, and is the same each time."""
    tens = [cases[i : i + 10] for i in range(0, len(cases), 10)]
    return tuple(c for ten in tens for c in sorted(ten, key=lambda c: hashlib.sha256(c.key.encode()).digest()))
