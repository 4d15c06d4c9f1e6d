"""Run one request in this process, as a worker would, and adopt what it staged."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from ..errors import Cancelled
from ..jobs.limits import cores, limit_threads
from ..run import Run, Signal
from ..tasks.base import TASKS, Request
from ..words import Message, message, words

if TYPE_CHECKING:
    from ..project.project import Project

__all__ = ["execute"]

_NAMED = 10  # rows at the top of a first ranking
_QUIET = 5.0  # seconds between lines of progress where the screen cannot be rewritten


def execute(request: Request) -> dict[str, Any]:
    """The task's result; what it staged is in the project when this returns.

    Raises:
        LikenessError: what the user can act on.
    """
    from ..project.store import Store

    if "OMP_NUM_THREADS" not in os.environ:
        limit_threads(cores())
    project = getattr(request, "project", None)
    with (tempfile.TemporaryDirectory(prefix="likeness-") as folder, _interrupts() as is_stopped, _Progress() as shown,
          _writer(request) as writer):
        store = Store(project, Path(folder))
        run = Run(
            seed=int(getattr(request, "seed", 0)), threads=int(os.environ["OMP_NUM_THREADS"]), on_progress=shown,
            on_partial=shown.partial, get_signal=lambda: Signal.CANCEL if is_stopped.is_set() else Signal.GO,
        )
        try:
            result = TASKS.get(request.task).run(request, store, run)
        finally:
            store.close()
        if store.path and store.staging.items():
            writer.adopt(store.staging.folder) if writer else _adopt(store.path, store.staging.folder)
    return result


@contextmanager
def _writer(request: Request) -> Iterator[Project | None]:
    """The project, held open with the right to write in its journal, for a request that ends there.

    Raises:
        ProjectError: there is no project, or it cannot be written.
        LeaseHeld: a window holds the right.
    """
    from ..project.project import Project

    if not request.journals():
        yield None
        return
    with Project.open(Path(getattr(request, "project", ""))) as project:
        project.check_writable()
        yield project


def _adopt(path: Path, staged: Path) -> None:
    """Take what was staged into the project; one that this was to be the beginning of is not left behind empty."""
    from ..project.project import Project

    is_new = not path.exists()
    try:
        with Project.open(path, create=True, lease=False) as opened:
            opened.adopt(staged)
    except BaseException:
        if is_new:
            for end in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + end).unlink(missing_ok=True)
        raise


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Ctrl+C asks the calculation to stop; a second one does not ask."""
    is_stopped = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if is_stopped.is_set():
            raise Cancelled
        is_stopped.set()

    before = None
    with suppress(ValueError):  # only the main thread receives signals
        before = signal.signal(signal.SIGINT, stop)
    try:
        yield is_stopped
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


class _Progress:
    """One line on stderr that is rewritten, or a line now and then where stderr is a file."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.is_live = self.stream.isatty()
        self.text = ""
        self.shown = time.monotonic() - (_QUIET - 1)  # the first line comes after a second: something is happening
        self.width = 0

    def __call__(self, fraction: float, text: Message | None) -> None:
        self.text = words().text(text) if text else self.text
        now = time.monotonic()
        if now - self.shown < (0.1 if self.is_live else _QUIET):
            return
        self.shown = now
        line = f"{100 * fraction:3.0f}% {self.text}"[:100]
        if self.is_live:
            self.stream.write("\r" + line.ljust(self.width))
            self.width = len(line)
        else:
            self.stream.write(line + "\n")
        self.stream.flush()

    def partial(self, found: dict[str, Any]) -> None:
        """The rows that lead a first ranking, in a line of their own: minutes may pass until the better one is made."""
        if first := found.get("first"):
            rows = [str(row) for row in first["rows"][:_NAMED]]
            line = words().text(message("tasks.first_rows", ranked=first["ranked"], rows=rows))
            self.stream.write(("\r" if self.is_live else "") + line.ljust(self.width) + "\n")
            self.stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
