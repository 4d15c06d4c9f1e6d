"""Migrations: an older project is brought to today's tables, after a copy of it was made beside it.

A new version of the tables raises `schema.VERSION` and adds its statements here. A published entry is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..words import Message
from .database import Database
from .opening import stored_version
from .schema import ADDED, GIVE_KEY, VERSION

__all__ = ["STEPS", "migrate"]

STEPS: Mapping[int, tuple[str, ...]] = {2: (*ADDED[2], GIVE_KEY)}
"""Version -> the statements that lead to it from the version before."""


def migrate(
    database: Database, steps: Mapping[int, tuple[str, ...]] = STEPS, newest: int = VERSION,
) -> Message | None:
    """Bring a file to the newest version, all steps in one transaction. Returns where the copy lies, if one was made.

    Raises:
        ProjectError: the copy or the change could not be written; the file is as it was.
    """
    version = stored_version(database)
    if version >= newest:
        return None
    copy = _free_name(database.path, version)
    database.copy(copy)
    with database.writing():
        for number in range(version + 1, newest + 1):
            for statement in steps[number]:
                database.rows(statement)
        database.rows(f"PRAGMA user_version={newest}")
    return Message("project.migrated", {"file": database.path.name, "version": newest, "copy": copy.name})


def _free_name(path: Path, version: int) -> Path:
    """`payments.likeness` -> `payments.version-1.likeness`, numbered when that is taken."""
    copy, number = path.with_suffix(f".version-{version}{path.suffix}"), 2
    while copy.exists():
        copy = path.with_suffix(f".version-{version}-{number}{path.suffix}")
        number += 1
    return copy
