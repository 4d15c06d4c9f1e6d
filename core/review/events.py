"""Verdicts as events: what the journal says about cases, and how a replay turns it into their state.

Events of a review, each one entry of the journal. Those that act on cases name one ("case") or several ("cases"), say
by whom ("by"), which case came on the desk next ("next"), and are taken back and brought back as a whole:

    {"type": "queue",    "run", "budget", "cases"}                         a queue was begun over a score run
    {"type": "added",    "run", "case": {...}}                             a row was added to it by hand
    {"type": "drawn",    "run", "cases": [{...}]}                          rows drawn at random joined it
    {"type": "group",    "run", "name", "cases": [{...}]}                  rows that belong together joined it
    {"type": "verdict",  "case", "row", "rank", "score", "verdict", "reasons", "note"}
    {"type": "verdicts", "cases": [{"case", "row", "rank", "score"}], "verdict", "reasons", "note"}   one for all
    {"type": "note" | "narrative", "case", "note"}
    {"type": "skip",     "case"}
    {"type": "snooze",   "case", "until", "note"}                          away until then; the note says why
    {"type": "escalate", "case", "to", "note"}                             to somebody else's table
    {"type": "assign",   "cases": [{"case"}], "to"}                        claimed or handed over; "" = given back
    {"type": "recheck",  "cases": [{"case"}], "why"}                       these are to be judged a second time, blind
    {"type": "second",   "case", "verdict", "reasons", "note"}             the second reviewer's verdict
    {"type": "ruling",   "case", "verdict", "reasons", "note"}             what holds where two disagree
    {"type": "merged",   "source", "cases": [{"case", "verdict", "reasons", "note", "by", "at"}]}   from elsewhere
    {"type": "undo" | "redo", "of": number, "by"}                          of any of these from `drawn` on

A verdict says what was "expected" of the case before it, and how a "control" case was drawn. Cases that only the order
learned had brought to the desk are told with the step that found them there: "cards".

Notes are free text: the chain holds their seals (`project.notes`). Journals of earlier versions hold the text itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..project.journal import Entry
from .queue import Case
from .state import CaseState, Opinion, Verdict

__all__ = ["ACTIONS", "FIRST", "CaseState", "Opinion", "Replay", "Verdict", "keys_of"]

FIRST = frozenset({
    "verdict", "verdicts", "note", "narrative", "skip", "snooze", "escalate", "assign", "recheck", "merged"})
"""Events of the first reviewer, or of nobody in particular."""

ACTIONS = FIRST | {"second", "ruling"}
"""Events that say something about cases, and can be undone."""

_JOINING = frozenset({"added", "drawn", "group"})


def keys_of(event: Mapping[str, Any]) -> list[str]:
    """The cases an action is about."""
    return [str(part["case"]) for part in _parts(event)]


def _parts(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What an action says, case by case."""
    if "cases" not in event:
        yield event
    for part in event.get("cases", ()):
        yield {**event, **part}


class Replay:
    """The state of all cases, from the journal's entries fed to `apply` in order."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.last = 0
        self.queue: Entry | None = None
        self.latest: Entry | None = None
        self._joined: list[Entry] = []
        self._guests: list[Entry] = []
        self._actions: dict[int, Entry] = {}
        self._by_case: dict[str, list[tuple[Entry, Mapping[str, Any]]]] = defaultdict(list)
        self._states: dict[str, CaseState] = {}
        self._undone: set[int] = set()
        self._redoable: list[int] = []
        for entry in entries:
            self.apply(entry)

    def apply(self, entry: Entry) -> None:
        """Take the next entry into account; entries that are not about a review change nothing."""
        self.last = entry.number
        kind = entry.event.get("type")
        if "cards" in entry.event:
            self._guests.append(entry)
        if kind == "queue":
            self.queue = entry
        elif kind in _JOINING:
            self._joined.append(entry)
        elif kind in ("undo", "redo"):
            self._travelled(entry, int(entry.event["of"]))
        elif kind in ACTIONS:
            self._acted(entry)
        elif kind == "erased":
            self._erased(set(entry.event["seals"]))

    def _acted(self, entry: Entry) -> None:
        self.latest = self._actions[entry.number] = entry
        for part in _parts(entry.event):
            self._by_case[str(part["case"])].append((entry, part))
            self._states.pop(str(part["case"]), None)
        self._redoable.clear()

    def _travelled(self, entry: Entry, number: int) -> None:
        if entry.event["type"] == "undo":
            self._undone.add(number)
            self._redoable.append(number)
        else:
            self._undone.discard(number)
            self._redoable = [n for n in self._redoable if n != number]
        if about := self._actions.get(number):
            self.latest = entry
            for key in keys_of(about.event):
                self._states.pop(key, None)

    def _erased(self, seals: Collection[str]) -> None:
        for entry in self._actions.values():
            entry.notes.update((seal, None) for seal in entry.notes if seal in seals)
        self._states.clear()

    def state(self, key: str) -> CaseState:
        """What holds for one case."""
        if key not in self._states:
            state = CaseState()
            for entry, part in self._by_case.get(key, ()):
                if entry.number not in self._undone:
                    state = state.after(entry, part)
            self._states[key] = state
        return self._states[key]

    def joined(self, run: str) -> list[Case]:
        """The cases that joined the queue over a run after it was begun."""
        kept = (e.event for e in self._joined if e.event["run"] == run and e.number not in self._undone)
        return [Case.from_json(case) for event in kept for case in event.get("cases") or [event["case"]]]

    def guests(self, run: str) -> list[Case]:
        """The cases that the order learned had brought to the desk."""
        return [Case.from_json(c) for e in self._guests if e.event["run"] == run for c in e.event["cards"]]

    def groups(self, run: str) -> dict[str, tuple[str, ...]]:
        """Name of each group of rows that joined the queue over a run, and the keys of its cases."""
        kept = (e.event for e in self._joined
                if e.event["type"] == "group" and e.event["run"] == run and e.number not in self._undone)
        return {str(event["name"]): tuple(str(c["key"]) for c in event["cases"]) for event in kept}

    def seals(self, key: str) -> list[str]:
        """The seals of all notes ever written on a case that are not erased; notes it shares with others too."""
        own = (part.get("note") for _, part in self._by_case.get(key, ()))
        entries = {s: t for entry, _ in self._by_case.get(key, ()) for s, t in entry.notes.items()}
        found = [str(note["seal"]) for note in own if isinstance(note, Mapping)]
        return [seal for seal in found if entries.get(seal) is not None]

    def acted_on(self) -> list[str]:
        """Every case that was ever acted on, in the order of its first action."""
        return list(self._by_case)

    def entry(self, number: int) -> Entry | None:
        """The action of that number."""
        return self._actions.get(number)

    def actions(self) -> Iterator[Entry]:
        """Every action that is not undone, oldest first."""
        return (e for n, e in self._actions.items() if n not in self._undone)

    def last_done(self, keys: Collection[str], kinds: Collection[str] = FIRST) -> Entry | None:
        """The latest action on one of these cases that is not undone."""
        done = (e for n, e in reversed(self._actions.items()) if n not in self._undone)
        return next((e for e in done if e.event["type"] in kinds and _touches(e, keys)), None)

    def last_undone(self, keys: Collection[str], kinds: Collection[str] = FIRST) -> Entry | None:
        """The action that a redo would bring back: the one undone last, unless something was done since."""
        undone = (self._actions[n] for n in reversed(self._redoable) if n in self._actions)
        return next((e for e in undone if e.event["type"] in kinds and _touches(e, keys)), None)


def _touches(entry: Entry, keys: Collection[str]) -> bool:
    return any(key in keys for key in keys_of(entry.event))
