"""One calculation as the window knows it: what was asked, how it stands, what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.errors import LikenessError
from core.tasks.base import Request

from .text import tr

if TYPE_CHECKING:
    from .worker import Worker

__all__ = ["Complete", "Heard", "Job", "Refused"]

Heard = Callable[[dict[str, Any]], None]
Refused = Callable[[LikenessError], None]
Complete = Callable[[Request, dict[str, Any]], Request]


class Job(QObject):
    """One calculation, as the panel shows it.

    Attributes:
        title, icon: what it is called.
        state: waiting, running, done, failed or cancelled.
        text: what it does now, or how it ended.
        said: the last progress text; the same one again leaves `text` alone.
        wants_pause: what the user asked. is_paused: whether the calculation stands still already.
        is_stopping: whether it was asked to end early with what it has.
        fraction: 0..1. eta: seconds left, or None.
        log: (local time, text) lines.
        first: a quick ranking to look at while the better one is being made, or None.
        result: of a done job. error: of a failed one.
    """

    changed = Signal()

    def __init__(self, worker: Worker, request: Request, title: str, icon: str, after: Job | None) -> None:
        super().__init__(worker)
        self._worker = worker
        self.request, self.title, self.icon, self.after = request, title, icon, after
        self.id = ""
        self.state, self.text = "waiting", tr("jobs.waiting_for", title=after.title) if after else ""
        self.said = ""
        self.wants_pause = self.is_paused = self.is_stopping = False
        self.fraction, self.eta = 0.0, None
        self.log: list[tuple[str, str]] = []
        self.result: dict[str, Any] | None = None
        self.first: dict[str, Any] | None = None
        self.error: LikenessError | None = None
        self.began, self.seconds, self.clock = 0.0, 0.0, ""
        self.staging: Path | None = None
        self.complete: Complete | None = None
        self.on_done: Heard | None = None
        self.on_partial: Heard | None = None
        self.on_failed: Refused | None = None

    @property
    def command(self) -> str:
        """The shell line that does the same."""
        return self.request.command()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def preview(self) -> dict[str, Any] | None:
        """The first ranking, also of the fit that this job waited for."""
        return self.first or (self.after.first if self.after else None)

    @property
    def stage(self) -> str:
        """`state`, with what the user asked of a running job: pausing, paused or stopping."""
        if self.state != "running":
            return self.state
        if self.wants_pause or self.is_paused:
            return "paused" if self.is_paused else "pausing"
        return "stopping" if self.is_stopping else "running"

    @property
    def can_pause(self) -> bool:
        """Whether it runs, so that it can be paused or go on."""
        return self.state == "running"

    @property
    def can_keep(self) -> bool:
        """Whether it would end early with what it has if it were asked."""
        return self.state == "running" and self.request.keeps and not self.is_stopping

    def pause_or_resume(self) -> None:
        """Let it stand still, or go on."""
        if self.can_pause:
            self._worker.pause(self, wanted=not self.wants_pause)

    def stop_and_keep(self) -> None:
        """End it early with what it has."""
        if self.can_keep:
            self._worker.stop_and_keep(self)

    def cancel(self) -> None:
        """Stop it; nothing it made is kept."""
        self._worker.cancel(self)

    def retry(self) -> Job:
        """Run the same request again."""
        return self._worker.retry(self)

    def note(self, text: str) -> None:
        """Add a line to the log, unless it only repeats the last one."""
        if text and (not self.log or self.log[-1][1] != text):
            self.log.append((datetime.now().astimezone().strftime("%H:%M:%S"), text))
