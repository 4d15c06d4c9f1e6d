"""Making and opening project files: what lies at a path, and whether it is sound and ours."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from ..errors import DamagedProject, ForeignProject, NewerProject, ProjectError
from .database import Database
from .journal import now
from .schema import APPLICATION_ID, GIVE_KEY, STATEMENTS, VERSION, shape, statements

__all__ = ["check_ours", "check_sound", "connect", "create_file", "stored_version", "usable_path"]

_SHAPE = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def usable_path(path: Path | str) -> Path:
    """The path of a project that is there or could be made.

    Raises:
        ProjectError: its folder does not exist, or the system takes no such name.
    """
    wanted = Path(path)
    try:
        if str(path).strip() and (wanted.exists() or wanted.parent.is_dir()):
            return wanted
    except (OSError, ValueError) as error:  # a name too long, or with a null character
        raise ProjectError("project.cannot_open", file=wanted.name[:60]) from error
    raise ProjectError("project.cannot_open", file=str(path))


def create_file(path: Path) -> None:
    """Make an empty project. It appears under its name complete or not at all, and never over another file.

    Raises:
        ProjectError: the folder does not exist or cannot be written, or the disk is full.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    usable_path(path)
    draft.unlink(missing_ok=True)
    database = Database(draft, "rwc", name=path.name)
    try:
        _fill(database)
        database.close()
        with contextlib.suppress(FileExistsError):  # another window was faster: theirs is opened
            _publish(draft, path)
    finally:
        database.close()
        draft.unlink(missing_ok=True)


def _fill(database: Database) -> None:
    from .. import __version__

    database.rows("PRAGMA auto_vacuum=INCREMENTAL")  # counts only before the first table
    with database.writing():
        database.rows(f"PRAGMA application_id={APPLICATION_ID}")
        database.rows(f"PRAGMA user_version={VERSION}")
        for statement in (*STATEMENTS, GIVE_KEY):
            database.rows(statement)
        database.rows("INSERT INTO project VALUES (1, ?, ?, ?)", uuid.uuid4().hex, now(), __version__)


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(path) from None
        draft.rename(path)
    if hasattr(os, "O_DIRECTORY"):  # so that a power cut cannot take the name back
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def connect(path: Path, *, read_only: bool) -> Database:
    """A connection to a file that is a project of any version.

    Raises:
        ForeignProject: something else lies there.
        ProjectError: nothing lies there, or it cannot be read.
    """
    if not path.exists():
        raise ProjectError("project.missing", file=str(path))
    if not path.is_file():
        raise ForeignProject("project.folder", file=str(path))
    if not _has_journal(path):  # look first without any right to write: it may be somebody else's database
        with contextlib.closing(Database(path, "ro")) as probe:
            check_ours(probe)
    database = Database(path, "rw", query_only=read_only)
    try:
        check_ours(database)
    except ProjectError:
        database.close()
        raise
    return database


def _has_journal(path: Path) -> bool:
    """Whether a crash left work to finish, which only a writing connection can."""
    return path.with_name(path.name + "-journal").exists() or path.with_name(path.name + "-wal").exists()


def check_ours(database: Database) -> None:
    """Refuse other SQLite files.

    Raises:
        ForeignProject: no database, or not ours.
    """
    if database.value("PRAGMA application_id") != APPLICATION_ID:
        raise ForeignProject("project.foreign", file=database.path.name)


def stored_version(database: Database) -> int:
    """Version of the file's tables."""
    return int(database.value("PRAGMA user_version"))


def check_sound(database: Database) -> None:
    """Compare the tables with ours and let SQLite check its pages.

    Raises:
        DamagedProject: corrupt, or changed outside Likeness.
        NewerProject: a later version that keeps its records elsewhere.
    """
    name = database.path.name
    found = shape(row[0] for row in database.rows(_SHAPE))
    if stored_version(database) > VERSION:
        if missing := shape(STATEMENTS[:1] + STATEMENTS[1:2]) - found:
            raise NewerProject("project.too_new", file=name, version=stored_version(database), tables=len(missing))
    elif found != shape(statements(stored_version(database))):
        raise DamagedProject("project.altered", file=name)
    verdict = database.value("PRAGMA quick_check(1)")
    if verdict != "ok":
        raise DamagedProject("project.corrupt", file=name, problem=str(verdict).splitlines()[-1])
