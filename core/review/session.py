"""Session: one person working through a queue. Every step is in the journal before it shows on screen."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..project.journal import Entry, Journal
from .estimates import Counts, Standing, Tally
from .events import CaseState, Replay, Verdict
from .queue import Case, order

__all__ = ["Session", "Step", "last_queue"]


@dataclass(frozen=True)
class Step:
    """What an undo or redo changed.

    Args:
        key: the case.
        entry: the verdict, note or skip that was taken back or brought back.
    """

    key: str
    entry: Entry


class Session:
    """A queue of cases and what was decided about them: a replay of the journal, nothing more.

    Verdicts belong to cases, not to runs: a case that was decided in an earlier run of the same table stays decided.

    Args:
        journal: of the project.
        cases: the queue, in any order; rows added by hand in an earlier sitting join by themselves.
        run: id of the score run the cases come from.
        position: key of the case to begin at; the first open one when None or not in the queue.
        reviewer: name written with each verdict; the user's login name when None.

    Example:
        session = Session(project.journal, cases, run="5f2c")
        session.decide(session.position, "fraud", reason_codes=("amount",), note="card reported stolen")
        session.undo()
    """

    def __init__(
        self, journal: Journal, cases: Iterable[Case], *, run: str = "", position: str | None = None,
        reviewer: str | None = None,
    ) -> None:
        self.journal = journal
        self.run = run
        self.reviewer = _login() if reviewer is None else reviewer
        self._replay = Replay(journal.entries())
        self._begun = tuple(cases)
        self._position = position
        self._set_cases()

    @property
    def cases(self) -> tuple[Case, ...]:
        """The queue, most anomalous first."""
        return self._cases

    @property
    def budget(self) -> int:
        """How many cases it was begun with."""
        return len(self._begun)

    @property
    def position(self) -> str | None:
        """Key of the case on the desk; None when the queue is empty."""
        return self._position

    @property
    def current(self) -> Case | None:
        """The case on the desk."""
        return None if self._position is None else self.case(self._position)

    @property
    def decided(self) -> tuple[Case, ...]:
        """The cases of the queue that have a verdict."""
        return tuple(c for c in self._cases if self.state(c.key).verdict)

    @property
    def elsewhere(self) -> tuple[tuple[str, CaseState], ...]:
        """Verdicts on cases that are not in this queue (of earlier runs): key and state."""
        others = ((key, self.state(key)) for key in self._replay.acted_on() if key not in self._index)
        return tuple((key, state) for key, state in others if state.verdict)

    @property
    def counts(self) -> Counts:
        """How far the review is."""
        states = [self.state(c.key) for c in self._cases]
        found = Counter(s.verdict for s in states)
        skipped = sum(s.is_skipped and not s.verdict for s in states)
        return Counts(len(states), found[Verdict.FRAUD], found[Verdict.NORMAL], found[Verdict.UNSURE], skipped)

    @property
    def standing(self) -> Standing:
        """What the verdicts say of the top beside rows drawn at random."""
        top, random = [c for c in self._cases if c.is_top], [c for c in self._cases if c.is_random]
        return Standing(self._tally(top), self._tally(random))

    @property
    def is_blind(self) -> bool:
        """Whether rows drawn at random wait for their verdicts: nothing may tell them from the others until then."""
        return any(c.is_random and not self.state(c.key).verdict for c in self._cases)

    def _tally(self, cases: Sequence[Case]) -> Tally:
        found = Counter(self.state(c.key).verdict for c in cases)
        clear = found[Verdict.FRAUD] + found[Verdict.NORMAL]
        return Tally(len(cases), clear + found[Verdict.UNSURE], clear, found[Verdict.FRAUD])

    @property
    def is_finished(self) -> bool:
        """Whether every case has a verdict."""
        return self.counts.left == 0

    def case(self, key: str) -> Case:
        """The case of that key.

        Raises:
            ParameterError: it is not in the queue.
        """
        if key not in self._index:
            raise ParameterError("review.no_case", case=key)
        return self._cases[self._index[key]]

    def state(self, key: str) -> CaseState:
        """What holds for a case now."""
        return self._replay.state(key)

    def go(self, key: str) -> Case:
        """Put a case on the desk."""
        self._position = self.case(key).key
        return self.case(key)

    def move(self, step: int) -> Case | None:
        """Go forth or back in the queue, as far as it reaches, decided cases included."""
        if self._position is not None:
            last = len(self._cases) - 1
            self._position = self._cases[min(max(self._index[self._position] + step, 0), last)].key
        return self.current

    def decide(
        self, key: str, verdict: Verdict | str, reason_codes: Sequence[str] = (), note: str = "",
    ) -> Entry:
        """Give a verdict; the next open case comes on the desk.

        Raises:
            ParameterError: no such case or verdict.
            LeaseHeld: this window may only read.
            ProjectError: the verdict could not be written, and is not given.
        """
        case = self.case(key)
        if verdict not in list(Verdict):
            raise ParameterError("review.no_verdict", verdict=str(verdict), known=[str(v) for v in Verdict])
        entry = self._act(key, "verdict", row=case.row, rank=case.rank, score=case.score, verdict=str(verdict),
                          reasons=list(reason_codes), note=note)
        self._position = self._next_open(key)
        return entry

    def note(self, key: str, text: str) -> Entry:
        """Write a note on a case; an empty text removes it."""
        return self._act(key, "note", note=text)

    def skip(self, key: str) -> Entry:
        """Put a case off: it comes again when the others are done."""
        entry = self._act(key, "skip")
        self._position = self._next_open(key)
        return entry

    def add(self, case: Case) -> None:
        """Add a row to the queue by hand."""
        if case.key not in self._index:
            self._write({"type": "added", "run": self.run, "case": case.to_json()})
            self._set_cases()

    def draw(self, cases: Iterable[Case]) -> Entry:
        """Let rows drawn at random join the queue, before anyone has seen them; `take_back` undoes it."""
        entry = self._write({"type": "drawn", "run": self.run, "cases": [c.to_json() for c in cases]})
        self._set_cases()
        return entry

    def take_back(self, entry: Entry) -> None:
        """Let what joined with an entry leave the queue; verdicts given meanwhile stay in the journal."""
        self._write({"type": "undo", "of": entry.number, "by": self.reviewer})
        self._set_cases()

    def bring_back(self, entry: Entry) -> None:
        """Let it join again."""
        self._write({"type": "redo", "of": entry.number, "by": self.reviewer})
        self._set_cases()

    def begin(self, budget: int) -> None:
        """Note in the journal that this queue was begun; once, so that reopening leaves no trace."""
        event = {"type": "queue", "run": self.run, "budget": budget, "cases": len(self._cases)}
        if self._replay.queue is None or dict(self._replay.queue.event) != event:
            self._write(event)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step on this queue to take back."""
        return self._replay.last_done(self._index) is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step to bring back."""
        return self._replay.last_undone(self._index) is not None

    def undo(self) -> Step | None:
        """Take back the last verdict, note or skip on this queue and put its case on the desk."""
        return self._step("undo", self._replay.last_done(self._index))

    def redo(self) -> Step | None:
        """Bring back what was undone last."""
        return self._step("redo", self._replay.last_undone(self._index))

    def refresh(self) -> bool:
        """Read what another window wrote since; whether there was anything."""
        fresh = self.journal.entries(after=self._replay.last)
        for entry in fresh:
            self._replay.apply(entry)
        return bool(fresh)

    def _step(self, kind: str, entry: Entry | None) -> Step | None:
        if entry is None:
            return None
        self._write({"type": kind, "of": entry.number, "by": self.reviewer})
        self._position = str(entry.event["case"])
        return Step(self._position, entry)

    def _act(self, key: str, kind: str, **fields: Any) -> Entry:
        self.case(key)
        return self._write({"type": kind, "run": self.run, "case": key, "by": self.reviewer, **fields})

    def _write(self, event: Mapping[str, Any]) -> Entry:
        entry = self.journal.append(event)
        self._replay.apply(entry)
        return entry

    def _set_cases(self) -> None:
        """The queue as it was begun, and what joined it since; whoever stood on a desk that is gone goes on."""
        self._cases = order([*self._begun, *self._replay.joined(self.run)])
        self._index = {case.key: i for i, case in enumerate(self._cases)}
        if self._position not in self._index:
            self._position = self._resume()

    def _resume(self) -> str | None:
        """Where the last sitting ended: the open case after the last one acted on."""
        last = self._replay.last_done(self._index)
        if last:
            return self._next_open(str(last.event["case"]))
        return next((c.key for c in self._cases if not self.state(c.key).verdict), self._first())

    def _first(self) -> str | None:
        return self._cases[0].key if self._cases else None

    def _next_open(self, key: str) -> str:
        """The next case to decide: below `key`, then from the top, then those skipped; `key` itself when all are."""
        start, skipped = self._index[key] + 1, None
        for case in (*self._cases[start:], *self._cases[:start]):
            state = self.state(case.key)
            if not state.verdict and not state.is_skipped:
                return case.key
            if not state.verdict:
                skipped = skipped or case.key
        return skipped or key


def last_queue(journal: Journal) -> Mapping[str, Any] | None:
    """The queue begun last: {"run", "budget", "cases"}; None when no review was begun."""
    entry = Replay(journal.entries()).queue
    return entry.event if entry else None


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no login name, as in some containers
        return ""
