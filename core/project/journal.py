"""The journal: what people decided, append-only and hash-chained. Everything about a review is a replay of it.

Each entry's hash covers its number, time, text and the hash before it, so that no entry can be changed, removed or
moved without every later hash failing. A chain alone cannot show that its tail was cut or that it was rebuilt: for
that, length and head are remembered outside the file (`heads.py`) and printed in every export.

Free text lies beside the chain, which holds only its salted hash (`notes.py`): a name in it can be erased later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..words import Message
from . import notes
from .database import Database

__all__ = ["Entry", "Journal", "canonical", "chain_problem", "digest", "now", "root_of"]


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    Args:
        number: 1, 2, 3 ... without gaps.
        at: UTC, ISO 8601 with microseconds.
        event: what happened, as JSON; free text stands in it as {"seal": its salted hash}.
        previous: hash of the entry before; of the project's id for the first.
        hash: SHA-256 over the four fields above.
        notes: the free text of its seals; None where it was erased.
    """

    number: int
    at: str
    event: Mapping[str, Any]
    previous: str
    hash: str
    notes: dict[str, str | None] = field(default_factory=dict)

    def said(self, value: object) -> str | None:
        """The text of a field that may hold free text; None where it was erased."""
        if isinstance(value, Mapping):
            return self.notes.get(str(value["seal"]))
        return str(value or "")


class Journal:
    """The journal of one project.

    Args:
        database: where it lies.
        project: the project's id: the root of its chain.
        writing: a write transaction that has checked the lease.
        appended: told (length, head) after each entry is safe on disk.
    """

    def __init__(
        self, database: Database, project: str, writing: Callable[[], AbstractContextManager[None]],
        appended: Callable[[int, str], None],
    ) -> None:
        self._database = database
        self._root = root_of(project)
        self._writing = writing
        self._appended = appended

    def append(self, event: Mapping[str, Any]) -> Entry:
        """Write an event; when this returns, it is on disk. `Private` texts in it are kept beside the chain.

        Raises:
            LeaseHeld: another window has the right to write.
            ProjectError: the file cannot be written; nothing was.
        """
        sealed, taken = notes.taken_out(event)
        with self._writing():
            notes.keep(self._database, taken)
            entry = self._insert(sealed, {seal: text for seal, (_, text) in taken.items()})
        self._appended(entry.number, entry.hash)
        return entry

    def erase(self, seals: Iterable[str], by: str) -> Entry:
        """Erase free text for good; the chain goes on as it was, and says who erased what and when.

        Copies of the file made before, and exports, still hold it.

        Raises:
            LeaseHeld: another window has the right to write.
            ProjectError: the file cannot be written; nothing was.
        """
        wanted = sorted(set(seals))
        with self._writing():
            notes.erase(self._database, wanted)
            entry = self._insert({"type": notes.ERASED, "seals": wanted, "by": by}, {})
        self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")  # or the text would stay in the log beside the file
        self._appended(entry.number, entry.hash)
        return entry

    def _insert(self, event: Mapping[str, Any], texts: dict[str, str | None]) -> Entry:
        text, at = canonical(event), now()
        number, previous = self._last()
        entry = Entry(number + 1, at, json.loads(text), previous, digest(number + 1, at, text, previous), texts)
        self._database.rows("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", entry.number, at, text, previous, entry.hash)
        return entry

    def entries(self, after: int = 0) -> list[Entry]:
        """The entries with a number above `after`, oldest first."""
        found = self._database.rows(
            "SELECT number, at, event, previous, hash FROM journal WHERE number > ? ORDER BY number", after)
        kept = {seal: text for seal, _, text in notes.read(self._database)} if found else {}
        return [
            Entry(number, at, json.loads(text), previous, own, {s: kept.get(s) for s in notes.seals(text)})
            for number, at, text, previous, own in found
        ]

    @property
    def length(self) -> int:
        """Number of entries."""
        return self._last()[0]

    @property
    def head(self) -> str:
        """Hash of the last entry; of the project's id when there is none."""
        return self._last()[1]

    def hash_at(self, number: int) -> str | None:
        """Hash of one entry; the root's for 0, None where there is no such entry."""
        if number == 0:
            return self._root
        found = self._database.value("SELECT hash FROM journal WHERE number = ?", number)
        return None if found is None else str(found)

    def problem(self) -> Message | None:
        """What is wrong with the chain or with the notes beside it, or None."""
        rows = self._database.rows("SELECT number, at, event, previous, hash FROM journal ORDER BY number")
        events = [(number, text) for number, _, text, _, _ in rows]
        return chain_problem(self._root, rows) or notes.problem(events, notes.read(self._database))

    def notes(self) -> list[tuple[str, str, str | None]]:
        """(seal, salt, text) of every note that was ever written; erased ones without salt and text."""
        return notes.read(self._database)

    def _last(self) -> tuple[int, str]:
        found = self._database.row("SELECT number, hash FROM journal ORDER BY number DESC LIMIT 1")
        return (int(found[0]), str(found[1])) if found else (0, self._root)


def chain_problem(root: str, rows: list[tuple[Any, ...]]) -> Message | None:
    """The first fault of a chain of (number, at, event text, previous, hash), or None."""
    previous = root
    for expected, (number, at, text, before, own) in enumerate(rows, start=1):
        if number != expected:
            return Message("project.chain.gap", {"number": expected})
        if before != previous:
            return Message("project.chain.order", {"number": number})
        if digest(number, at, text, before) != own:
            return Message("project.chain.edited", {"number": number})
        previous = own
    return None


def canonical(event: Mapping[str, Any]) -> str:
    """The text of an event that its hash covers: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(number: int, at: str, text: str, previous: str) -> str:
    """Hash of one entry: SHA-256 over its fields, a line each."""
    return hashlib.sha256(f"{number}\n{at}\n{previous}\n{text}".encode()).hexdigest()


def root_of(project: str) -> str:
    """Where the chain of a project begins."""
    return hashlib.sha256(f"likeness journal {project}".encode()).hexdigest()


def now() -> str:
    """The time, UTC, as it stands in the file."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
