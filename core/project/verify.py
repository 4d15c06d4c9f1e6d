"""Verify: was this project changed outside Likeness? Pages, tables, blobs, the chain, and what was seen before."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import DamagedProject, ProjectError
from ..words import Message
from . import heads
from .blobs import chunk_hash
from .database import Database
from .journal import Journal
from .opening import check_sound, connect
from .project import Project

__all__ = ["Verification", "verify"]


@dataclass(frozen=True)
class Verification:
    """What was found.

    Args:
        ok: nothing speaks against the file.
        problems: what does.
        length, head: the journal as it is now; 0 and "" when it cannot be read.
    """

    ok: bool
    problems: tuple[Message, ...]
    length: int = 0
    head: str = ""


def verify(path: Path | str, expected_length: int | None = None, expected_head: str | None = None) -> Verification:
    """Check a project file.

    Args:
        path: the file.
        expected_length: journal length as an export states it; the journal may have grown since.
        expected_head: hash of that entry (of the last entry when no length is given).

    Raises:
        ForeignProject: the file is something else.
        ProjectError: there is no file, or it cannot be read.
    """
    path = Path(path)
    problems: list[Message] = []
    try:
        with contextlib.closing(connect(path, read_only=True)) as database:
            problems += _file_problems(database)
        with Project.open(path, read_only=True, check=False) as project:
            journal = project.journal
            problems += _journal_problems(project, expected_length, expected_head)
            return Verification(not problems, tuple(problems), journal.length, journal.head)
    except DamagedProject as error:
        said = error.messages[0]
        return Verification(ok=False, problems=(*problems, *([] if said in problems else [said])))


def _file_problems(database: Database) -> Iterator[Message]:
    yield from _told(lambda: check_sound(database))
    yield from _told(lambda: list(_loose_ends(database)))


def _told(check: Callable[[], object]) -> list[Message]:
    """What a check has to say: the message of its error, or the messages it returns."""
    try:
        found = check()
    except ProjectError as error:
        return [error.messages[0]]
    return found if isinstance(found, list) else []


def _loose_ends(database: Database) -> Iterator[Message]:
    """Blobs whose bytes are not those that were stored, and records that lost theirs."""
    whose = "SELECT kind, id, name FROM blob WHERE chunk = ?"
    for (address,) in database.rows("SELECT DISTINCT chunk FROM blob"):
        data = database.value("SELECT bytes FROM chunk WHERE hash = ?", address)
        if data is None or chunk_hash(data) != address:
            kind, ident, name = database.rows(whose, address)[0]
            values = {"file": database.path.name, "kind": kind, "id": ident, "name": name}
            yield Message("project.blob.what", values)


def _journal_problems(project: Project, length: int | None, head: str | None) -> list[Message]:
    journal = project.journal
    if broken := journal.problem():
        return [broken]
    return [*heads.contradicted(project.id, project.path, journal), *_export_problems(journal, length, head)]


def _export_problems(journal: Journal, length: int | None, head: str | None) -> list[Message]:
    at = journal.length if length is None else length
    if at > journal.length:
        return [Message("project.chain.short", {"length": journal.length, "expected": at})]
    if head is not None and journal.hash_at(at) != head:
        return [Message("project.chain.head", {"expected": at})]
    return []
