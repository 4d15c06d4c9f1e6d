"""Notes: free text of the journal, kept beside its chain so that it can be erased without breaking it.

The chain holds SHA-256 over a random salt and the text. While the text is there, any change of it is found; once salt
and text are erased, the hash says nothing of them. Journals written before hold their notes in the chain itself.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..words import Message
from .database import Database

__all__ = ["ERASED", "Private", "erase", "keep", "problem", "read", "seal_of", "seals", "taken_out"]

ERASED = "erased"
"""Type of the event that says which notes were erased."""

_SEAL = re.compile(r'(?<!\\)"seal":"([0-9a-f]{64})"')


class Private(str):
    """Free text in an event that is about to be written."""

    __slots__ = ()


def seal_of(salt: str, text: str) -> str:
    """What the chain says of a note."""
    return hashlib.sha256(f"{salt}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def taken_out(event: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """The event with a seal in place of every `Private` text, and seal -> (salt, text) of these; "" stays."""
    taken: dict[str, tuple[str, str]] = {}

    def sealed(value: Any) -> Any:
        if isinstance(value, Private) and value:
            salt = secrets.token_hex(16)
            taken[seal := seal_of(salt, value)] = (salt, str(value))
            return {"seal": seal}
        if isinstance(value, Mapping):
            return {k: sealed(v) for k, v in value.items()}
        return [sealed(v) for v in value] if isinstance(value, list | tuple) else value

    return {k: sealed(v) for k, v in event.items()}, taken


def keep(database: Database, taken: Mapping[str, tuple[str, str]]) -> None:
    """Write notes; inside the caller's write."""
    for seal, (salt, text) in taken.items():
        database.rows("INSERT INTO note VALUES (?, ?, ?)", seal, salt, text)


def erase(database: Database, wanted: Iterable[str]) -> None:
    """Erase notes; inside the caller's write."""
    for seal in wanted:
        database.rows("UPDATE note SET salt = '', text = NULL WHERE seal = ?", seal)


def read(database: Database) -> list[tuple[str, str, str | None]]:
    """(seal, salt, text) of every note; nothing in a file of the first format."""
    if database.value("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'note'") is None:
        return []
    return [(seal, salt, text) for seal, salt, text in database.rows("SELECT seal, salt, text FROM note")]


def seals(text: str) -> list[str]:
    """The seals in the canonical text of an event."""
    return _SEAL.findall(text)


def problem(
    events: Iterable[tuple[int, str]], kept: Sequence[tuple[str, str, str | None]],
) -> Message | None:
    """The first note that is not what the chain says, or None.

    Args:
        events: number and canonical text of every entry.
        kept: as `read` gives them.
    """
    events = list(events)
    known = {seal: (salt, text) for seal, salt, text in kept}
    erased = {s for _, text in events if f'"type":"{ERASED}"' in text for s in json.loads(text).get("seals", ())}
    for number, text in events:
        for seal in seals(text):
            if seal not in known:
                return Message("project.note.missing", {"number": number})
            salt, said = known[seal]
            if said is None and seal not in erased:
                return Message("project.note.erased", {"number": number})
            if said is not None and seal_of(salt, said) != seal:
                return Message("project.note.changed", {"number": number})
    return None
