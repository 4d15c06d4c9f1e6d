"""The worker process: receives requests, runs their tasks, reports. It owns no file of the user's: it stages results.

It ends with its parent, ignores Ctrl+C (the parent decides what is cancelled) and never uses more threads than told.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import signal
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from tempfile import TemporaryDirectory
from typing import Any

from .limits import limit_threads
from .messages import decode, encode

__all__ = ["CANCEL", "GO", "PAUSE", "STOP", "Settings", "main"]

GO, STOP, CANCEL, PAUSE = range(4)
"""What the flag may hold, beside the job's serial number: flag = 4 * serial + one of these."""

_BEAT = 0.05  # seconds between progress messages


@dataclass(frozen=True)
class Settings:
    """How a worker works.

    Args:
        tasks: package of the tasks.
        threads: threads for linear algebra, Arrow and DuckDB.
        niceness: how far to step back behind the window's process.
        warm: modules to import while nobody asks for anything.
    """

    tasks: str
    threads: int = 1
    niceness: int = 0
    warm: tuple[str, ...] = ()


def main(pipe: Connection, flag: ctypes.c_longlong, settings: Settings) -> None:
    """Serve requests until the pipe closes.

    Args:
        pipe: requests in, messages out.
        flag: shared with the parent: which job is wanted to stop or pause, and how.
        settings: threads, tasks and what to import early.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_threads(settings.threads)
    if hasattr(os, "nice"):
        os.nice(settings.niceness)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    out = _Out(pipe)
    for name in settings.warm:
        if not pipe.poll():
            importlib.import_module(name)
    while True:
        try:
            job = decode(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        _serve(job, out, flag, settings)


class _Out(logging.Handler):
    """The way back to the parent, shared by the task, its log and its progress."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__(logging.INFO)
        self.pipe = pipe
        self.job = ""
        self.pipe_lock = threading.Lock()
        logging.captureWarnings(capture=True)
        logging.getLogger().addHandler(self)
        logging.getLogger("core").setLevel(logging.INFO)

    def send(self, message: dict[str, Any]) -> None:
        with self.pipe_lock:
            self.pipe.send_bytes(encode({**message, "job": self.job}))

    def emit(self, record: logging.LogRecord) -> None:
        if self.job:
            self.send({"type": "log", "level": record.levelname, "text": record.getMessage()})


def _serve(job: dict[str, Any], out: _Out, flag: ctypes.c_longlong, settings: Settings) -> None:
    """Run one request; whatever happens ends in one `done` or `failed`."""
    from ..errors import LikenessError, fault

    out.job = job["job"]
    out.send({"type": "started"})
    began = time.monotonic()
    try:
        result, staging = _run(job, out, flag, settings)
        out.send({"type": "done", "result": result, "staging": staging, "seconds": time.monotonic() - began})
    except LikenessError as error:
        out.send({"type": "failed", "error": error.to_json()})
    except Exception as error:  # noqa: BLE001 - nobody foresaw it: the user is told, the log keeps the trace
        out.send({"type": "log", "level": "ERROR", "text": traceback.format_exc()})
        out.send({"type": "failed", "error": fault(error).to_json()})
    finally:
        out.job = ""


def _run(
    job: dict[str, Any], out: _Out, flag: ctypes.c_longlong, settings: Settings
) -> tuple[dict[str, Any], str | None]:
    from ..project.store import Store
    from ..registry import Registry
    from ..run import Run, Signal
    from ..tasks.base import Task

    registry: Registry[Task] = Registry(settings.tasks, "TASK")
    task = registry.get(job["request"]["task"])
    request = task.request.from_json(job["request"])
    signals = {GO: Signal.GO, STOP: Signal.STOP_AND_KEEP, CANCEL: Signal.CANCEL, PAUSE: Signal.PAUSE}
    wanted = _Wanted(flag, job["serial"], out)
    run = Run(
        seed=int(getattr(request, "seed", 0)), threads=settings.threads, on_progress=_Progress(out, wanted),
        on_partial=lambda partial: out.send({"type": "partial", "result": partial}),
        get_signal=lambda: signals[wanted()],
    )
    project, staging = job.get("project"), job.get("staging")
    with TemporaryDirectory(prefix="likeness-") as nowhere:  # a query stages nothing
        store = Store(project, staging or nowhere)
        try:
            return task.run(request, store, run), staging
        finally:
            store.close()


class _Wanted:
    """What the user wants of one job, and how long the job has stood still for that."""

    def __init__(self, flag: ctypes.c_longlong, serial: int, out: _Out) -> None:
        self.flag, self.serial, self.out = flag, serial, out
        self.stood = 0.0
        self.since: float | None = None
        self.lock = threading.Lock()

    def __call__(self) -> int:
        how = self.flag.value - 4 * self.serial
        if (how == PAUSE) != (self.since is not None):
            self._turn(is_paused=how == PAUSE)
        return how if how in (STOP, CANCEL, PAUSE) else GO

    def _turn(self, *, is_paused: bool) -> None:
        with self.lock:
            if is_paused == (self.since is not None):  # another thread of the calculation saw it first
                return
            now = time.monotonic()
            self.stood += 0.0 if self.since is None else now - self.since
            self.since = now if is_paused else None
            self.out.send({"type": "paused" if is_paused else "resumed"})


class _Progress:
    """Progress that never falls, at most twenty times a second, with the time left once it can be told."""

    def __init__(self, out: _Out, wanted: _Wanted) -> None:
        self.out, self.wanted = out, wanted
        self.began = time.monotonic()
        self.sent = -1.0
        self.fraction = 0.0
        self.text: Any = None

    def __call__(self, fraction: float, text: Any) -> None:
        now = time.monotonic()
        self.fraction = max(self.fraction, fraction)
        is_news = text is not None and text != self.text
        if now - self.sent < _BEAT and not is_news and fraction < 1:
            return
        self.text, self.sent = text or self.text, now
        self.out.send({"type": "progress", "fraction": self.fraction, "text": self.text, "eta": self._left(now)})

    def _left(self, now: float) -> float | None:
        """Seconds left, by what the part done so far has taken; a pause takes none."""
        spent = now - self.began - self.wanted.stood
        return spent * (1 - self.fraction) / self.fraction if spent > 1 and self.fraction > 0.02 else None


def _end_with_parent() -> None:
    """A calculation nobody can see any more is not continued."""
    from multiprocessing import parent_process

    if parent := parent_process():
        wait([parent.sentinel])
        os._exit(1)

