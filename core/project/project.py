"""Project: everything about one investigation in one file: sources, fits, runs, verdicts, releases, settings."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..data.schema import Schema
from ..errors import DamagedProject, LeaseHeld, ProjectError
from ..words import Message
from . import blobs, heads, records
from .database import Database
from .journal import Journal
from .lease import Holder, Lease
from .lease import holder as holder_of
from .migrations import migrate
from .opening import check_sound, connect, create_file, stored_version
from .schema import VERSION
from .staging import Staging

__all__ = ["Project"]


class Project:
    """An open project file. Use `Project.open`; close it, or use it as a context manager.

    Args:
        database: an open connection.
        lease: the right to write verdicts, schema and settings, or None.
        is_locked: nothing at all may be written, not even new fits.
        notice: why it opened read-only, or what was done to it (a migration), for the user.

    Example:
        with Project.open("payments.likeness", create=True) as project:
            project.set_setting("window", {"page": "review"})
    """

    def __init__(
        self, database: Database, lease: Lease | None, *, is_locked: bool = False, notice: Message | None = None,
    ) -> None:
        self._database = database
        self._lease = lease
        self._is_locked = is_locked
        self.path = database.path
        self.notice = notice
        self.id = str(database.value("SELECT id FROM project"))
        self.journal = Journal(database, self.id, self._writing, self._remember)

    @classmethod
    def open(
        cls, path: Path | str, *, create: bool = False, read_only: bool = False, lease: bool = True, check: bool = True,
    ) -> Self:
        """Open a project.

        Args:
            path: the file.
            create: make it when nothing lies there.
            read_only: write nothing.
            lease: ask for the right to write verdicts, schema and settings. When another window holds it, or the file
                cannot be written, or is of a later version, the project opens without, and `notice` says why.
                Commands that only add fits and runs need none.
            check: look for damage first (reads the whole file once).

        Raises:
            ForeignProject: the file is something else.
            DamagedProject: corrupt or changed outside Likeness; opens with `read_only=True` where that is possible.
            ProjectError: missing, not readable, or the disk is full.
        """
        path = Path(path)
        if create and not read_only and not path.exists():
            create_file(path)
        database = connect(path, read_only=read_only)
        try:
            return cls._start(database, read_only=read_only, lease=lease, check=check)
        except BaseException:
            database.close()
            raise

    @classmethod
    def _start(cls, database: Database, *, read_only: bool, lease: bool, check: bool) -> Self:
        version, file = stored_version(database), database.path.name
        if version > VERSION:
            check_sound(database)
            notice = Message("project.newer", {"file": file, "version": version, "known": VERSION})
            return cls(database, None, is_locked=True, notice=notice)
        if read_only:  # an older one too: what it lacks is empty
            project = cls(database, None, is_locked=True, notice=_damage(database) if check else None)
            project.notice = project.notice or (project._doubt() if check else None)
            return project
        return cls._start_writing(database, lease=lease, check=check)

    @classmethod
    def _start_writing(cls, database: Database, *, lease: bool, check: bool) -> Self:
        try:
            notice = migrate(database)
            if check:
                check_sound(database)
            project = cls(database, None, notice=notice)
            if check and (problem := project.journal.problem()):
                raise DamagedProject("project.chain", file=database.path.name, problem=problem)
            database.use_log()
            if lease:
                project._take_lease()
        except ProjectError as error:
            if error.key != "project.not_writable":
                raise
            return cls(database, None, is_locked=True, notice=error.messages[0])
        project.notice = project.notice or (project._doubt() if check else None)
        return project

    def _take_lease(self) -> None:
        claim = Lease(self._database)
        if other := claim.take():
            self.notice = _lease_held(self.path, other).messages[0]
        else:
            self._lease = claim

    def _doubt(self) -> Message | None:
        """What speaks against the journal: a broken chain, or less than was seen here before."""
        found = self.journal.problem() or next(iter(heads.contradicted(self.id, self.path, self.journal)), None)
        return found and Message("project.doubt", {"file": self.path.name, "problem": found})

    @property
    def read_only(self) -> bool:
        """Whether verdicts, schema and settings cannot be written through this object."""
        return self._lease is None

    @property
    def can_adopt(self) -> bool:
        """Whether a worker's results could be taken in: a file of this version that may be written."""
        return stored_version(self._database) <= VERSION and os.access(self.path, os.W_OK)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """All records of a kind ("source", "fit", "run", "release"), oldest first, with id, number and time added."""
        return records.read_all(self._database, kind)

    def record(self, kind: str, ident: str | None = None) -> dict[str, Any]:
        """One record: by id or by the beginning of one; the latest without.

        Raises:
            ProjectError: there is none, or several begin like this.
        """
        return records.read_one(self._database, kind, ident)

    def sources(self) -> list[dict[str, Any]]:
        """Sources seen: path, fingerprint, options."""
        return self.records("source")

    def source(self, fingerprint: str) -> dict[str, Any]:
        """The source of that fingerprint."""
        return self.record("source", fingerprint)

    def fits(self) -> list[dict[str, Any]]:
        """Fits, oldest first."""
        return self.records("fit")

    def fit(self, ident: str | None = None) -> dict[str, Any]:
        """One fit; the latest without an id."""
        return self.record("fit", ident)

    def runs(self) -> list[dict[str, Any]]:
        """Score runs, oldest first."""
        return self.records("run")

    def run(self, ident: str | None = None) -> dict[str, Any]:
        """One score run; the latest without an id."""
        return self.record("run", ident)

    def blob(self, kind: str, ident: str, name: str) -> bytes:
        """Bytes kept with a record, checked against their address.

        Raises:
            ProjectError: there is no such blob.
            DamagedProject: the bytes are not those that were stored.
        """
        return blobs.read_blob(self._database, kind, ident, name)

    def put_source(self, record: Mapping[str, Any]) -> None:
        """Add a source, or renew its record when it was moved; `record` holds at least "fingerprint"."""
        with self._writing(with_lease=False):
            records.put_source(self._database, str(record["fingerprint"]), record)

    def schema(self, fingerprint: str) -> Schema | None:
        """The schema the user confirmed for a source, or None."""
        text = self._database.value("SELECT json FROM column_schema WHERE source = ?", fingerprint)
        return None if text is None else Schema.from_text(text)

    def set_schema(self, fingerprint: str, schema: Schema) -> None:
        """Keep the user's kinds and roles for a source."""
        with self._writing():
            self._database.rows(
                "INSERT OR REPLACE INTO column_schema VALUES (?, ?)", fingerprint, json.dumps(schema.to_json()))

    def setting(self, key: str, default: Any = None) -> Any:
        """A setting of this project."""
        text = self._database.value("SELECT json FROM setting WHERE key = ?", key)
        return default if text is None else json.loads(text)

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a setting (any JSON value)."""
        with self._writing():
            self._database.rows("INSERT OR REPLACE INTO setting VALUES (?, ?)", key, json.dumps(value, allow_nan=False))

    @property
    def secret(self) -> str:
        """The key its pseudonyms are made with; it never leaves the project.

        Raises:
            ProjectError: a file of an earlier format that is only read has none.
        """
        if (key := self.setting("secret")) is None:
            version = stored_version(self._database)
            raise ProjectError("project.older", file=self.path.name, version=version, known=VERSION)
        return str(key)

    def adopt(self, staging: Path | str) -> list[str]:
        """Take in what a worker staged, all of it or nothing; adopting twice changes nothing. Returns the ids.

        Bytes go in first, chunk by chunk, unseen; the records that make them visible follow in one short write. A
        window that must not wait lets `bringing.bring` store the bytes beside it and adopts then. The journal tells of
        a release before its record is there.

        Raises:
            ProjectError: the file cannot be written; nothing was adopted.
            LeaseHeld: there is a release among it, and another window holds the right to write.
        """
        items = Staging(staging).items()
        self._check_unlocked()
        fresh = records.unknown(self._database, items)
        for item in fresh:
            if item.kind == "release":
                self.journal.append({"type": "release", "release": item.id, **item.record.get("journal", {})})
        for item in fresh:
            records.add_bytes(self._database, item)
        with self._writing(with_lease=False):
            records.add_records(self._database, items)
        return [item.id for item in items]

    def check_writable(self) -> None:
        """Refuse where verdicts, schema and settings cannot be written.

        Raises:
            LeaseHeld: another window holds the right to write.
            ProjectError: the file cannot be written at all.
        """
        self._check_unlocked()
        if self._lease is None:
            raise _lease_held(self.path, holder_of(self._database))

    def copy_to(self, path: Path | str) -> None:
        """Save a copy, whole at any moment, by SQLite itself.

        Raises:
            ProjectError: it would replace this project, one that is open, or a file that is no project; disk full.
        """
        target = Path(path)
        if target.exists():
            self._check_replaceable(target)
        draft = target.with_name(f".{target.name}.{os.getpid()}.copy")
        draft.unlink(missing_ok=True)
        try:
            self._database.copy(draft)
            with contextlib.closing(Database(draft, "rw")) as copy:
                copy.rows("DELETE FROM lease")
            draft.replace(target)
        except OSError as error:
            raise ProjectError("project.io", file=target.name, problem=error.strerror or "") from error
        finally:
            draft.unlink(missing_ok=True)

    def _check_replaceable(self, target: Path) -> None:
        if target.samefile(self.path):
            raise ProjectError("project.copy_onto_itself", file=target.name)
        with contextlib.closing(connect(target, read_only=True)) as other:
            held = holder_of(other)
        if held and held.is_live(target):
            raise _lease_held(target, held)

    def close(self) -> None:
        """Close; the last one out leaves a single file."""
        if self._lease:
            with contextlib.suppress(ProjectError):  # full or unplugged: the lease ends with this process anyway
                blobs.drop_loose_chunks(self._database)
                self._lease.release()
            self._lease = None
        if not self._is_locked:
            self._database.leave_one_file()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_unlocked(self) -> None:
        if self._is_locked:
            raise ProjectError("project.read_only", file=self.path.name)

    @contextlib.contextmanager
    def _writing(self, *, with_lease: bool = True) -> Iterator[None]:
        self._check_unlocked()
        with self._database.writing():
            if with_lease and not (self._lease and self._lease.is_ours()):
                raise _lease_held(self.path, holder_of(self._database))
            yield

    def _remember(self, length: int, head: str) -> None:
        heads.remember(self.id, self.path, self.journal, length, head)


def _lease_held(path: Path, other: Holder | None) -> LeaseHeld:
    if other is None:
        return LeaseHeld("project.no_lease", file=path.name)
    return LeaseHeld("project.held", file=path.name, host=other.host, pid=other.pid)


def _damage(database: Database) -> Message | None:
    """What is wrong with a file that is only read: said, and read on, where it can be."""
    try:
        check_sound(database)
    except DamagedProject as error:
        return error.messages[0]
    return None
