"""One SQLite connection with our rules: autocommit, short `BEGIN IMMEDIATE` writes, full sync, errors in words.

Every query is read to its end at once, so that no read transaction outlives it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DamagedProject, ForeignProject, ProjectError

__all__ = ["Database", "is_network_folder"]

_WAIT = 5.0  # seconds another writer may take before we say that the file is busy
_PRAGMAS = (
    "trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=ON", "synchronous=FULL",
    "secure_delete=ON",  # an erased note leaves no bytes behind
)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_FORMAT")
_KEYS = {
    "SQLITE_FULL": "project.full",
    "SQLITE_READONLY": "project.not_writable",
    "SQLITE_PERM": "project.not_writable",
    "SQLITE_CANTOPEN": "project.cannot_open",
    "SQLITE_AUTH": "project.cannot_open",
    "SQLITE_BUSY": "project.busy",
    "SQLITE_LOCKED": "project.busy",
}
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "fuse.sshfs", "fuse.rclone", "davfs", "ceph"}


class Database:
    """A connection to one file.

    Args:
        path: the file.
        mode: "ro", "rw" or "rwc" (create).
        query_only: refuse writes even where the file allows them. Such a connection can still finish what a crash
            left half done, which a "ro" one cannot.
        name: what errors call the file, where that is not the name on disk.
    """

    def __init__(self, path: Path, mode: str, *, query_only: bool = False, name: str = "") -> None:
        self.path = path
        self.name = name or path.name
        with self._in_words():
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_WAIT, isolation_level=None)
        try:
            self._prepare(query_only=query_only)
        except ProjectError:
            self._connection.close()
            raise

    def _prepare(self, *, query_only: bool) -> None:
        for pragma in _PRAGMAS:
            self.rows(f"PRAGMA {pragma}")
        if query_only:
            self.rows("PRAGMA query_only=ON")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query (or nothing, for a statement).

        Raises:
            ProjectError: the file cannot be read or written; the message says why.
        """
        with self._in_words():
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row, if any."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def value(self, sql: str, *values: Any) -> Any:
        """First cell of the first row; None when there is no row."""
        found = self.row(sql, *values)
        return found[0] if found else None

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One short write: all of it or nothing.

        Raises:
            ProjectError: busy, full or not writable; nothing was written.
        """
        self.rows("BEGIN IMMEDIATE")
        try:
            yield
            self.rows("COMMIT")
        except BaseException:
            # SQLite may have rolled back by itself (disk full); asking twice must not hide the first error.
            if self._connection.in_transaction:
                with contextlib.suppress(ProjectError):
                    self.rows("ROLLBACK")
            raise

    def copy(self, target: Path) -> None:
        """Write the whole database, as it is at this moment, to a new file."""
        was_query_only = self.value("PRAGMA query_only")
        self.rows("PRAGMA query_only=OFF")  # it would refuse the copy, though nothing is written here
        try:
            self.rows("VACUUM INTO ?", str(target))
        finally:
            self.rows(f"PRAGMA query_only={was_query_only}")

    def use_log(self) -> None:
        """Write-ahead log while open, so that readers never wait; not on network folders, where it is unsafe."""
        if not is_network_folder(self.path):
            with contextlib.suppress(ProjectError):  # another connection reads just now: the old mode works too
                self.rows("PRAGMA journal_mode=WAL")

    def leave_one_file(self) -> None:
        """Fold the log into the file and drop it, unless another connection still needs it."""
        with contextlib.suppress(ProjectError):
            self.rows("PRAGMA busy_timeout=0")
            self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
            self.rows("PRAGMA journal_mode=DELETE")

    def close(self) -> None:
        """Close; harmless when closed."""
        self._connection.close()

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> ProjectError:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith("SQLITE_NOTADB"):
            return ForeignProject("project.foreign", file=self.name)
        if name.startswith(_DAMAGED):
            return DamagedProject("project.corrupt", file=self.name, problem=str(error))
        base = "_".join(name.split("_")[:2])
        return ProjectError(_KEYS.get(base, "project.io"), file=self.name, problem=str(error))


def is_network_folder(path: Path) -> bool:
    """Whether a file lies on another machine, as far as the system tells; unknown systems count as network."""
    if sys.platform == "win32":
        import ctypes

        drive_is_remote = 4
        root = path.absolute().anchor
        return root.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(root) == drive_is_remote
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        return True
    return _file_system(path.absolute(), mounts.read_text("utf-8", "replace")) in _NETWORK


def _file_system(path: Path, mounts: str) -> str:
    """Type of the file system with the longest mount point above `path`."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = left.split()[4].replace("\\040", " ")
        if len(point) >= best and path.is_relative_to(point):
            best, kind = len(point), right.split()[0]
    return kind
