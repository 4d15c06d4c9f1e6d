"""Verdicts as events: what the journal says about cases, and how a replay turns it into their state.

Events of a review, each one entry of the journal:

    {"type": "queue",   "run", "budget", "cases"}                          a queue was begun over a score run
    {"type": "added",   "run", "case": {...}}                              a row was added to it by hand
    {"type": "drawn",   "run", "cases": [{...}]}                           rows drawn at random joined it
    {"type": "verdict", "run", "case", "row", "rank", "score", "verdict", "reasons", "note", "by"}
    {"type": "note",    "run", "case", "note", "by"}
    {"type": "skip",    "run", "case", "by"}
    {"type": "undo" | "redo", "of": number, "by"}                          of a verdict, note, skip or draw
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from ..project.journal import Entry
from .queue import Case

__all__ = ["ACTIONS", "CaseState", "Replay", "Verdict"]

ACTIONS = frozenset({"verdict", "note", "skip"})
"""Events that say something about a case, and can be undone."""


class Verdict(StrEnum):
    """What a person decided."""

    FRAUD = "fraud"
    NORMAL = "normal"
    UNSURE = "unsure"


@dataclass(frozen=True)
class CaseState:
    """What holds for a case now.

    Args:
        verdict: None while undecided.
        reasons: codes given with the verdict.
        note: "" when there is none.
        is_skipped: put off, to come again at the end.
        at, by, number: when, by whom and in which entry the verdict was given.
    """

    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    note: str = ""
    is_skipped: bool = False
    at: str = ""
    by: str = ""
    number: int = 0


class Replay:
    """The state of all cases, from the journal's entries fed to `apply` in order."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.last = 0
        self.queue: Entry | None = None
        self._joined: list[Entry] = []
        self._actions: list[Entry] = []
        self._by_case: dict[str, list[Entry]] = defaultdict(list)
        self._undone: set[int] = set()
        self._redoable: list[int] = []
        for entry in entries:
            self.apply(entry)

    def apply(self, entry: Entry) -> None:
        """Take the next entry into account; entries that are not about a review change nothing."""
        self.last = entry.number
        match entry.event.get("type"):
            case "queue":
                self.queue = entry
            case "added" | "drawn":
                self._joined.append(entry)
            case "undo":
                self._undone.add(int(entry.event["of"]))
                self._redoable.append(int(entry.event["of"]))
            case "redo":
                self._undone.discard(int(entry.event["of"]))
                self._redoable = [n for n in self._redoable if n != int(entry.event["of"])]
            case kind if kind in ACTIONS:
                self._actions.append(entry)
                self._by_case[str(entry.event["case"])].append(entry)
                self._redoable.clear()

    def state(self, key: str) -> CaseState:
        """What holds for one case."""
        state = CaseState()
        for entry in self._by_case.get(key, ()):
            if entry.number not in self._undone:
                state = _after(state, entry)
        return state

    def joined(self, run: str) -> list[Case]:
        """The cases that joined the queue over a run after it was begun."""
        kept = (e.event for e in self._joined if e.event["run"] == run and e.number not in self._undone)
        return [Case.from_json(case) for event in kept for case in event.get("cases") or [event["case"]]]

    def acted_on(self) -> list[str]:
        """Every case that was ever acted on, in the order of its first action."""
        return list(self._by_case)

    def last_done(self, keys: Collection[str]) -> Entry | None:
        """The latest action on one of these cases that is not undone."""
        done = (e for e in reversed(self._actions) if e.number not in self._undone)
        return next((e for e in done if e.event["case"] in keys), None)

    def last_undone(self, keys: Collection[str]) -> Entry | None:
        """The action that a redo would bring back: the one undone last, unless something was done since."""
        by_number = {e.number: e for e in self._actions} if self._redoable else {}
        undone = (by_number[n] for n in reversed(self._redoable) if n in by_number)
        return next((e for e in undone if e.event["case"] in keys), None)


def _after(state: CaseState, entry: Entry) -> CaseState:
    event = entry.event
    note = str(event.get("note") or "")
    if event["type"] == "skip":
        return replace(state, is_skipped=True)
    if event["type"] == "note":
        return replace(state, note=note)
    return CaseState(
        verdict=Verdict(event["verdict"]), reasons=tuple(event.get("reasons", ())), note=note or state.note,
        at=entry.at, by=str(event.get("by", "")), number=entry.number)
