"""Session: one person working through a queue. Every step is in the journal before it shows on screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..project.journal import Entry, Journal
from ..project.notes import Private
from .desk import VIEWS, Desk
from .events import Replay, keys_of
from .queue import Case
from .state import Verdict

__all__ = ["Session", "Step", "last_queue"]


@dataclass(frozen=True)
class Step:
    """What an undo or redo changed.

    Args:
        key: the case; the first of several.
        entry: the step that was taken back or brought back.
    """

    key: str
    entry: Entry


class Session(Desk):
    """A desk with somebody at it.

    Verdicts belong to cases, not to runs: a case that was decided in an earlier run of the same table stays decided.

    Example:
        session = Session(project.journal, cases, run="5f2c")
        session.decide(session.position, "fraud", reason_codes=("amount",), note="card reported stolen")
        session.undo()
    """

    def seated(self, view: str, reviewer: str | None) -> Session:
        """The same queue with somebody else at it, or in another view."""
        other = Session(
            self.journal, self._begun, run=self.run, reviewer=reviewer, view=view, team=self.team, clock=self.clock,
            behind=self._beyond)
        other.say = self.say
        return other

    # --- deciding ---------------------------------------------------------------------------------------------------

    def decide(
        self, key: str, verdict: Verdict | str, reason_codes: Sequence[str] = (), note: str = "",
    ) -> Entry:
        """Give a verdict; the next open case comes on the desk.

        Raises:
            ParameterError: no such case or verdict, no reason where the team wants one, or a second look at one's own.
            LeaseHeld: this window may only read.
            ProjectError: the verdict could not be written, and is not given.
        """
        kind = {"first": "verdict", "second": "second"}.get(self.view, "ruling")
        self._check(verdict, reason_codes)
        case = self.case(key)
        if kind == "second" and self._replay.state(key).by == self.reviewer:
            raise ParameterError("review.own_verdict", by=self.reviewer)
        return self._act(kind, [key], **self._facts(case), **self._said(verdict, reason_codes, note))

    def decide_all(
        self, keys: Sequence[str], verdict: Verdict | str, reason_codes: Sequence[str] = (), note: str = "",
    ) -> Entry:
        """Give one verdict to several cases: one entry, one undo.

        Raises:
            ParameterError: none, no such case or verdict, or no reason where the team wants one.
            LeaseHeld, ProjectError: as of `decide`.
        """
        self._check(verdict, reason_codes)
        if not keys:
            raise ParameterError("review.no_case", case="")
        facts = [{"case": key, **self._facts(self.case(key))} for key in dict.fromkeys(keys)]
        return self._act("verdicts", list(dict.fromkeys(keys)), facts, **self._said(verdict, reason_codes, note))

    def _check(self, verdict: str, reason_codes: Sequence[str]) -> None:
        if verdict not in list(Verdict):
            raise ParameterError("review.no_verdict", verdict=str(verdict), known=[str(v) for v in Verdict])
        if self.team.needs_reason(verdict) and not reason_codes:
            raise ParameterError("review.reason_needed", verdict=self.team.of(verdict), most=len(self.team.codes))

    def _facts(self, case: Case) -> dict[str, Any]:
        """What the journal keeps of a case beside its verdict."""
        facts: dict[str, Any] = {"row": case.row, "rank": case.rank, "score": case.score}
        if case.expected is not None:  # noted before the verdict: what is left is estimated from it
            facts |= {"expected": case.expected, "control": case.control}
        return facts

    def _said(self, verdict: str, reason_codes: Sequence[str], note: str) -> dict[str, Any]:
        said = {"verdict": str(verdict), "reasons": list(reason_codes), "note": Private(note)}
        return {**said, "hidden": True} if self.is_hidden else said

    def note(self, key: str, text: str) -> Entry:
        """Write a note on a case; an empty text removes it."""
        return self._act("note", [key], stays=True, note=Private(text))

    def narrate(self, key: str, text: str) -> Entry:
        """Keep an edited account of a case; an empty text brings back the draft."""
        return self._act("narrative", [key], stays=True, note=Private(text))

    # --- putting off ------------------------------------------------------------------------------------------------

    def skip(self, key: str) -> Entry:
        """Put a case off: it comes again when the others are done."""
        return self._act("skip", [key])

    def snooze(self, key: str, until: str, why: str = "") -> Entry:
        """Take a case out of the queue until a moment (UTC, ISO 8601), when it comes back by itself.

        Raises:
            ParameterError: no such case, or a moment that is over.
        """
        if until <= self.clock():
            raise ParameterError("review.snooze_past", until=until[:16])
        return self._act("snooze", [key], until=until, note=Private(why))

    def escalate(self, key: str, to: str = "", why: str = "") -> Entry:
        """Hand a case to somebody who decides more: it leaves the queue and is found by `is:escalated`."""
        return self._act("escalate", [key], to=to, note=Private(why))

    def assign(self, keys: Sequence[str], to: str) -> Entry:
        """Claim cases, hand them over, or give them back with ""; whoever else sits here no longer sees them."""
        stays = to in ("", self.reviewer) or self._position not in keys
        return self._act("assign", list(keys), [{"case": k} for k in keys], stays=stays, to=to)

    # --- four eyes --------------------------------------------------------------------------------------------------

    def recheck(self, keys: Sequence[str], why: str) -> Entry:
        """Ask for a second, blind look at decided cases."""
        return self._act("recheck", list(keys), [{"case": k} for k in keys], stays=True, why=why)

    def merge(self, source: Mapping[str, Any], verdicts: Sequence[Mapping[str, Any]]) -> Entry:
        """Take in verdicts that were given elsewhere, on cases of this queue or of others: one entry, one undo.

        A verdict on a case that somebody else has decided here is a second opinion, never a replacement.

        Args:
            source: where they come from.
            verdicts: {"case", "verdict", "reasons", "note", "by", "at"}; notes are kept as free text.
        """
        told = [{**v, "note": Private(v.get("note") or "")} for v in verdicts]
        entry = self._write({"type": "merged", "run": self.run, "source": dict(source), "by": self.reviewer,
                             "cases": told})
        self._set_cases()
        return entry

    # --- the queue --------------------------------------------------------------------------------------------------

    def add(self, case: Case) -> None:
        """Add a row to the queue by hand."""
        if case.key not in self._index:
            self._write({"type": "added", "run": self.run, "case": case.to_json()})
            self._set_cases()

    def draw(self, cases: Iterable[Case]) -> Entry:
        """Let rows drawn at random join the queue, before anyone has seen them; `take_back` undoes it."""
        return self._join({"type": "drawn", "run": self.run, "cases": [c.to_json() for c in cases]})

    def gather(self, name: str, cases: Iterable[Case]) -> Entry:
        """Let rows that belong together join the queue as a group; `take_back` undoes it."""
        return self._join({"type": "group", "run": self.run, "name": name, "cases": [c.to_json() for c in cases]})

    def _join(self, event: Mapping[str, Any]) -> Entry:
        entry = self._write(event)
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
        event = {"type": "queue", "run": self.run, "budget": budget, "cases": len(self._cases) + self.behind}
        if self._replay.queue is None or dict(self._replay.queue.event) != event:
            self._write(event)

    # --- undo -------------------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is a step on this queue to take back."""
        return self._replay.last_done(self._index, VIEWS[self.view]) is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step to bring back."""
        return self._replay.last_undone(self._index, VIEWS[self.view]) is not None

    def undo(self) -> Step | None:
        """Take back the last step on this queue and put its case on the desk."""
        return self._step("undo", self._replay.last_done(self._index, VIEWS[self.view]))

    def redo(self) -> Step | None:
        """Bring back what was undone last."""
        return self._step("redo", self._replay.last_undone(self._index, VIEWS[self.view]))

    def erase_notes(self, key: str) -> Entry | None:
        """Erase every note that was ever written on a case, for good; the chain still says that there were some.

        Notes of journals of the first format lie in the chain itself and stay.
        """
        seals = self._replay.seals(key)
        if not seals:
            return None
        entry = self.journal.erase(seals, self.reviewer)
        self._replay.apply(entry)
        return entry

    def _step(self, kind: str, entry: Entry | None) -> Step | None:
        if entry is None:
            return None
        self._write({"type": kind, "of": entry.number, "by": self.reviewer})
        self._position = next(k for k in keys_of(entry.event) if k in self._index)
        return Step(self._position, entry)

    def _act(
        self, kind: str, keys: Sequence[str], parts: Sequence[Mapping[str, Any]] | None = None, *, stays: bool = False,
        **fields: Any,
    ) -> Entry:
        """Write a step on cases; the case that comes next is part of it, so that a killed window reopens there."""
        for key in keys:
            self.case(key)
        led = self._position if stays else self._next_open(keys)
        named: dict[str, Any] = {"case": keys[0]} if parts is None else {"cases": list(parts)}
        guests = [self.case(k).to_json() for k in dict.fromkeys((*keys, led)) if k and k not in self._own]
        if guests:  # cases that the order learned brought: a window reopened knows them before it is learned again
            named["cards"] = guests
        entry = self._write({"type": kind, "run": self.run, "by": self.reviewer, **named, **fields, "next": led or ""})
        self._own.update(k["key"] for k in guests)
        self._position, self._wished = led, None
        return entry

    def _write(self, event: Mapping[str, Any]) -> Entry:
        entry = self.journal.append(event)
        self._replay.apply(entry)
        self.renew()
        return entry


def last_queue(journal: Journal) -> Mapping[str, Any] | None:
    """The queue begun last: {"run", "budget", "cases"}; None when no review was begun."""
    entry = Replay(journal.entries()).queue
    return entry.event if entry else None
