"""The lease: one window at a time may write verdicts, schema and settings; others read and are told who writes.

On one machine a lease ends with its process. From another machine only the heartbeat tells, so it beats by itself.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sqlite3
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .database import Database

__all__ = ["Holder", "Lease", "holder"]

_log = logging.getLogger(__name__)
_BEAT = 20.0  # seconds between heartbeats
_STALE = 90.0  # seconds without one after which a lease of another machine has ended


@dataclass(frozen=True)
class Holder:
    """Who may write: a process on a machine.

    Args:
        token: secret of the claim.
        file: device and inode of the file it was made in: a copy made by other means carries the row along.
        host: name of the machine.
        pid: the process.
        started: what tells it from a later process of the same number.
        heartbeat: seconds since 1970 when it was last heard of.
    """

    token: str
    file: str
    host: str
    pid: int
    started: str
    heartbeat: float

    def is_live(self, path: Path) -> bool:
        """Whether that process still runs and means the file at `path`, as far as can be known from here."""
        if self.host == socket.gethostname() and sys.platform != "win32":
            return self.file == _identity(path) and _is_running(self.pid, self.started)
        return time.time() - self.heartbeat < _STALE


def holder(database: Database) -> Holder | None:
    """Who holds the lease, dead or alive."""
    found = database.row("SELECT token, file, host, pid, started, heartbeat FROM lease")
    return Holder(*found) if found else None


class Lease:
    """Our own claim to write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self.token = secrets.token_hex(16)
        self._thread: threading.Thread | None = None

    def take(self) -> Holder | None:
        """Take the lease when it is free or its holder is gone; else the live holder."""
        with self._database.writing():
            other = holder(self._database)
            if other and other.token != self.token and other.is_live(self._database.path):
                return other
            self._database.rows(
                "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?, ?, ?, ?)", self.token,
                _identity(self._database.path), socket.gethostname(), os.getpid(), _started(os.getpid()), time.time())
        self._thread = threading.Thread(target=self._beat, args=(self._database.path,), name="lease", daemon=True)
        self._thread.start()
        return None

    def is_ours(self) -> bool:
        """Asked inside every write: another machine may have taken over while this one slept."""
        return bool(self._database.value("SELECT token FROM lease") == self.token)

    def release(self) -> None:
        """Give it back."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        with self._database.writing():
            self._database.rows("DELETE FROM lease WHERE token = ?", self.token)

    def _beat(self, path: Path) -> None:
        while not self._stop.wait(_BEAT):
            try:
                with self._database.alone:
                    if self._database.has_log():  # else it would write beside a log that was taken away
                        self._renew(path)
            except sqlite3.Error as error:  # the next write checks the lease itself and says so to the user
                _log.warning("lease not renewed: %s", error)

    def _renew(self, path: Path) -> None:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        try:
            connection.execute("UPDATE lease SET heartbeat = ? WHERE token = ?", (time.time(), self.token))
        finally:
            connection.close()


def _identity(path: Path) -> str:
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}"


def _is_running(pid: int, started: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process: it runs
        pass
    return _started(pid) in ("", started)


def _started(pid: int) -> str:
    """When a process started, in the system's own terms; "" where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "ended" if state in "ZX" else rest[18]
