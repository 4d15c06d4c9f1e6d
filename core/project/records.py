"""Records: sources, fits, runs and releases, each a JSON object with an id; insert-only but for a source's path."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ProjectError
from .blobs import add_chunks, missing_chunks, refer
from .database import Database
from .journal import now
from .staging import ADDED, Staged

__all__ = ["add_bytes", "add_records", "put_source", "read_all", "read_one", "unknown"]

_LATEST = "latest "  # and the kind: a setting with the id of the record made last; equal fits are stored once


def read_all(database: Database, kind: str) -> list[dict[str, Any]]:
    """All records of a kind, oldest first, with id, number and time added."""
    found = database.rows("SELECT id, number, added, json FROM record WHERE kind = ? ORDER BY number", kind)
    return [_record(*row) for row in found]


def read_one(database: Database, kind: str, ident: str | None) -> dict[str, Any]:
    """One record: by id or by the beginning of one; without, the one made last, even if it was made before.

    Raises:
        ProjectError: there is none, or several begin like this.
    """
    if ident is None:
        latest = database.value("SELECT json FROM setting WHERE key = ?", _LATEST + kind)
        ident = None if latest is None else str(json.loads(latest))
    wanted = ident or ""
    found = database.rows(
        "SELECT id, number, added, json FROM record WHERE kind = ? AND substr(id, 1, length(?)) = ? "
        "ORDER BY number DESC", kind, wanted, wanted)
    chosen = found[:1] if ident is None else [row for row in found if row[0] == ident] or found
    if len(chosen) == 1:
        return _record(*chosen[0])
    key = "project.ambiguous" if found else "project.no_record" if ident else "project.empty"
    raise ProjectError(key, file=database.path.name, kind=kind, id=wanted, known=[row[0] for row in found[:5]])


def put_source(database: Database, fingerprint: str, record: Mapping[str, Any]) -> None:
    """Add a source, or renew its record; inside the caller's write."""
    text = _json(record)
    stored = database.value("SELECT json FROM record WHERE kind = 'source' AND id = ?", fingerprint)
    if stored is None:
        _insert(database, "source", fingerprint, text)
    elif stored != text:
        database.rows("UPDATE record SET json = ? WHERE kind = 'source' AND id = ?", text, fingerprint)


def unknown(database: Database, items: Sequence[Staged]) -> list[Staged]:
    """Those of the staged items that the project does not hold yet; sources always, since their path may be new."""
    known = set(database.rows("SELECT kind, id FROM record UNION SELECT kind, id FROM blob"))
    return [item for item in items if item.kind == "source" or (item.kind, item.id) not in known]


def add_bytes(database: Database, item: Staged) -> None:
    """Store the bytes of an item that are not stored yet, chunk by chunk; nothing sees them before `add_records`.

    Raises:
        ProjectError: they are not the bytes that were staged, or the disk is full.
    """
    for name in item.blobs:
        wanted = item.addresses[name]
        if missing_chunks(database, wanted) and add_chunks(database, item.chunks(name)) != wanted:
            raise item.damaged(name)


def add_records(database: Database, items: Sequence[Staged]) -> None:
    """Make items part of the project, if they are not yet; the last of a kind is the latest. Inside a write."""
    latest = "INSERT OR REPLACE INTO setting VALUES (?, ?)"
    for item in items:
        if item.kind not in ADDED:
            database.rows(latest, _LATEST + item.kind, json.dumps(item.id))
    for item in unknown(database, items):
        if item.kind == "source":
            put_source(database, item.id, item.record)
        elif item.kind not in ADDED:
            _insert(database, item.kind, item.id, _json(item.record))
        for name, addresses in item.addresses.items():
            refer(database, item.kind, item.id, name, addresses)


def _insert(database: Database, kind: str, ident: str, text: str) -> None:
    database.rows("INSERT INTO record (kind, id, added, json) VALUES (?, ?, ?, ?)", kind, ident, now(), text)


def _record(ident: str, number: int, added: str, text: str) -> dict[str, Any]:
    return {**json.loads(text), "id": ident, "number": number, "added": added}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, allow_nan=False)
