"""The tables of a project file, as SQL, and the check that a file has exactly these.

One SQLite file. Records (sources, fits, runs, releases) and blobs are insert-only, the journal is append-only: triggers
refuse UPDATE, DELETE and re-insertion (`INSERT OR REPLACE` passes a DELETE trigger unseen, hence the third kind).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

__all__ = ["ADDED", "APPLICATION_ID", "GIVE_KEY", "STATEMENTS", "VERSION", "shape", "statements"]

APPLICATION_ID = 0x4C494B45
"""`LIKE` in ASCII, at byte 68 of the file: tells a project from any other SQLite file."""

VERSION = 2
"""`user_version` of the tables below. 2: free text lies outside the journal's chain, and a project has a secret."""

_TABLES = (
    """CREATE TABLE project (
        one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, created TEXT NOT NULL, written_by TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE record (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('source', 'fit', 'run', 'release')),
        id TEXT NOT NULL, added TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (kind, id)
    ) STRICT""",
    "CREATE TABLE chunk (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
    """CREATE TABLE blob (
        kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL,
        chunk TEXT NOT NULL REFERENCES chunk (hash), PRIMARY KEY (kind, id, name, position)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX blob_chunk ON blob (chunk)",
    "CREATE TABLE column_schema (source TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT",
    "CREATE TABLE setting (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT",
    """CREATE TABLE journal (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE lease (
        one INTEGER PRIMARY KEY CHECK (one = 1), token TEXT NOT NULL, file TEXT NOT NULL, host TEXT NOT NULL,
        pid INTEGER NOT NULL, started TEXT NOT NULL, heartbeat REAL NOT NULL
    ) STRICT""",
)


def _refuse(table: str, event: str, when: str = "") -> str:
    condition = f" WHEN {when}" if when else ""
    name = f"{table}_no_{event.lower()}"
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table}{condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"


_TRIGGERS = (
    _refuse("project", "UPDATE"),
    _refuse("project", "DELETE"),
    _refuse("project", "INSERT", "EXISTS (SELECT 1 FROM project)"),
    # A source's path may change (the file was moved); what it is may not.
    _refuse("record", "UPDATE", "OLD.kind <> 'source' OR NEW.kind <> OLD.kind OR NEW.id <> OLD.id"),
    _refuse("record", "DELETE"),
    _refuse("record", "INSERT", "EXISTS (SELECT 1 FROM record WHERE number = NEW.number "
                                "OR (kind = NEW.kind AND id = NEW.id))"),
    _refuse("blob", "UPDATE"),
    _refuse("blob", "DELETE"),
    _refuse("blob", "INSERT", "EXISTS (SELECT 1 FROM blob WHERE kind = NEW.kind AND id = NEW.id "
                              "AND name = NEW.name AND position = NEW.position)"),
    _refuse("chunk", "UPDATE"),
    # A chunk that nothing refers to is left over from a crash and may go.
    _refuse("chunk", "DELETE", "EXISTS (SELECT 1 FROM blob WHERE chunk = OLD.hash)"),
    _refuse("chunk", "INSERT", "EXISTS (SELECT 1 FROM chunk WHERE hash = NEW.hash)"),
    _refuse("journal", "UPDATE"),
    _refuse("journal", "DELETE"),
    _refuse("journal", "INSERT", "NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM journal)"),
)

ADDED: Mapping[int, tuple[str, ...]] = {
    2: (
        """CREATE TABLE note (seal TEXT PRIMARY KEY, salt TEXT NOT NULL, text TEXT) STRICT""",
        _refuse("note", "DELETE"),
        _refuse("note", "INSERT", "EXISTS (SELECT 1 FROM note WHERE seal = NEW.seal)"),
        # Erasing is all that may happen to a note.
        _refuse("note", "UPDATE", "NEW.seal <> OLD.seal OR NEW.text IS NOT NULL OR NEW.salt <> ''"),
    ),
}
"""Version -> the tables and triggers it added."""

STATEMENTS: tuple[str, ...] = _TABLES + _TRIGGERS + tuple(s for added in ADDED.values() for s in added)
"""What makes an empty database a project, in order."""

GIVE_KEY = "INSERT OR IGNORE INTO setting VALUES ('secret', '\"' || lower(hex(randomblob(32))) || '\"')"
"""Gives a project the key that its pseudonyms are made with; the key never leaves the file."""


def statements(version: int) -> tuple[str, ...]:
    """What a file of that version was made by, or of ours where it is later."""
    return _TABLES + _TRIGGERS + tuple(s for number, added in ADDED.items() if number <= version for s in added)


def shape(definitions: Iterable[str | None]) -> frozenset[str]:
    """Definitions with white space and letter case levelled, for comparing a file's tables with ours."""
    return frozenset(re.sub(r"\s+", " ", text).strip().lower() for text in definitions if text)
