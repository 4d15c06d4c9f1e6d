"""One SQLite connection with our rules: autocommit, short `BEGIN IMMEDIATE` writes, full sync, errors in words.

Every query is read to its end at once, so that no read transaction outlives it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import threading
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
        self.alone = threading.RLock()
        """Held by whoever opens another connection of this process to the file, and while this one is made anew."""
        self._log_path = path.with_name(path.name + "-wal")
        self._log, self._keeps_log = "", False
        self._mode, self._query_only = mode, query_only
        self._connect()

    def _connect(self) -> None:
        with self._in_words():
            self._connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={self._mode}", uri=True, timeout=_WAIT, isolation_level=None)
        self._file = _identity(self.path)
        try:
            self._prepare()
        except ProjectError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        for pragma in _PRAGMAS:
            self.rows(f"PRAGMA {pragma}")
        if self._query_only:
            self.rows("PRAGMA query_only=ON")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query (or nothing, for a statement).

        Raises:
            ProjectError: the file cannot be read or written; the message says why.
        """
        with self._in_words():
            self._stay_with_log()
            return self._connection.execute(sql, values).fetchall()

    def has_log(self) -> bool:
        """Whether the log beside the file is the one that is written to."""
        return _identity(self._log_path) == self._log

    def _stay_with_log(self) -> None:
        """Connect anew where the log beside the file is no longer the one that is written to.

        POSIX ends all locks of a process on a file as soon as anything in it closes that file, and a file dialog looks
        into each file that it lists. The next process to close the project then takes itself for the last, folds the
        log in and removes it: whatever is written to a log without a name dies with this process.
        """
        now = _identity(self._log_path)
        if now == self._log or self._connection.in_transaction:
            return
        was, self._log = self._log, now
        if was and _identity(self.path) == self._file:
            with self.alone:
                self._connection.close()
                self._log = ""
                self._connect()
            if self._keeps_log:
                self.use_log()

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
            self._keeps_log = True
            with contextlib.suppress(ProjectError):  # another connection reads just now: the old mode works too
                self.rows("PRAGMA journal_mode=WAL")

    def leave_one_file(self) -> None:
        """Fold the log into the file and drop it, unless another connection still needs it."""
        self._keeps_log = False
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


def _identity(path: Path) -> str:
    """Device and inode of a file; "" where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_dev}:{found.st_ino}"


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
