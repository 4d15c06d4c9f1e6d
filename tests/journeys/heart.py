"""Measures how long the window does not answer: while it handles one event, or between two beats of its event loop.

A second thread looks at where the window's thread is while a beat is late, so that a late beat names its cause.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, Qt, QTimer

__all__ = ["BUDGET", "Gap", "Heart"]

BUDGET = 0.05
"""Seconds within which the window answers: the rule of the product."""
_SCHEDULER = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/schedstat")
_ROOT = str(Path(__file__).resolve().parents[2])
_HERE = str(Path(__file__).resolve().parent)


@dataclass(frozen=True)
class Gap:
    """The window did not answer for this long.

    Args:
        wall: seconds by the clock, without those another process had this thread's core (Linux tells them apart).
        cpu: of them, those this thread computed; the rest it waited, mostly for a disk.
        what: what the user had done last. where: what the window was doing, most often seen first.
    """

    wall: float
    cpu: float
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.wall * 1000:4.0f} ms ({self.cpu * 1000:.0f} computing) after {self.what}: {self.where or '-'}"


def _clock() -> float:
    """Seconds of this thread's life in which it had a core or asked for none."""
    try:
        waited = int(_SCHEDULER.read_text().split()[1])
    except (OSError, IndexError):
        waited = 0
    return time.perf_counter() - waited / 1e9


class Heart(QObject):
    """Beats every few milliseconds while the user acts or waits; what the test does in between is not counted."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[Gap] = []
        self.longest = Gap(0.0, 0.0, "", "")
        self._what = ""
        self._last: tuple[float, float] | None = None
        self._seen: dict[str, int] = {}
        self._thread = threading.get_ident()
        self._ended = threading.Event()
        self._timer = QTimer(self, interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        threading.Thread(target=self._watch, daemon=True).start()

    @contextmanager
    def listening(self, what: str) -> Iterator[None]:
        """Count from here on; `what` the user does or waits for."""
        self._what = what
        self._begin()
        try:
            yield
        finally:
            self._beat()
            self._last = None

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Do not count what the test does in here."""
        was, self._last = self._last, None
        try:
            yield
        finally:
            if was is not None:
                self._begin()

    def end(self) -> None:
        """Beat no more."""
        self._timer.stop()
        self._ended.set()

    def _begin(self) -> None:
        self._seen = {}
        self._last = _clock(), time.thread_time()

    def _beat(self) -> None:
        if self._last is None:
            return
        wall, cpu = _clock() - self._last[0], time.thread_time() - self._last[1]
        if wall > self.longest.wall or wall > BUDGET:
            where = ", ".join(sorted(self._seen, key=lambda k: -self._seen[k])[:2])
            gap = Gap(wall, cpu, self._what, where)
            self.longest = max(self.longest, gap, key=lambda g: g.wall)
            if wall > BUDGET:
                self.gaps.append(gap)
        self._begin()

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            last = self._last
            if last is None or _clock() - last[0] < BUDGET / 2:
                continue
            frame = _frame_of(self._thread)
            place = []
            while frame is not None and len(place) < 3:
                name = frame.f_code.co_filename
                if name.startswith(_ROOT) and ".venv" not in name and not name.startswith(_HERE):
                    place.append(f"{name.removeprefix(_ROOT + '/')}:{frame.f_lineno} {frame.f_code.co_name}")
                frame = frame.f_back
            if place:
                key = " < ".join(place)
                self._seen[key] = self._seen.get(key, 0) + 1


def _frame_of(thread: int) -> FrameType | None:
    """Where a thread stands. Without the garbage collector: it would run under the lock on the list of threads, and a
    finaliser that wants a thread's state then waits for ever (cpython#106883)."""
    was = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames().get(thread)
    finally:
        if was:
            gc.enable()
