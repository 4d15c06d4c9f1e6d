"""The bridge to the two worker processes: jobs (long, listed, cancellable) and questions (short, newest wins)."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal

from core.errors import Cancelled, LikenessError, error_from_json
from core.jobs.client import Client
from core.paths import cache_dir, private_dir
from core.tasks.base import Request

from .job import Complete, Heard, Job, Refused
from .saving import Saving, is_large
from .text import say, tr

__all__ = ["Job", "Worker"]


class Worker(QObject):
    """Submits requests, hears messages, keeps the list of jobs.

    Args:
        project: the project file requests run on, now.
        adopt: takes what a job staged into the project.
        clients: (job, query) clients; made here when left out.
    """

    jobs_changed = Signal()
    job_changed = Signal(object)

    def __init__(
        self, project: Callable[[], Path | None], adopt: Callable[[Path], object],
        clients: tuple[Client, Client] | None = None, parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.jobs: list[Job] = []
        self._project, self._adopt = project, adopt
        self._job, self._query = clients or (Client("job"), Client("query"))
        self._running: dict[str, Job] = {}
        self._questions: dict[str, tuple[str, Heard, Refused | None]] = {}
        self._newest: dict[str, str] = {}
        self._saving: dict[str, Saving] = {}
        self._notifiers = [self._listen(c) for c in (self._job, self._query)]

    def _listen(self, client: Client) -> QSocketNotifier:
        notifier = QSocketNotifier(client.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda *_: self.poll(client))
        return notifier

    def start(self) -> None:
        """Warm both processes up, so that the first file opens at once."""
        for client in (self._query, self._job):
            client.start()

    @property
    def pid(self) -> int | None:
        """Process id of the job worker."""
        return self._job.pid

    @property
    def running(self) -> list[Job]:
        """Jobs that wait or run."""
        return [j for j in self.jobs if not j.is_over]

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, waits or is asked."""
        return not self.running and not self._questions

    def submit(
        self, request: Request, title: str, on_done: Heard | None = None, on_partial: Heard | None = None,
        on_failed: Refused | None = None, *, icon: str = "jobs", after: Job | None = None,
        complete: Complete | None = None,
    ) -> Job:
        """Queue a job.

        Args:
            request: what is wanted.
            title: what the panel calls it.
            on_done: gets the result, once what was staged is in the project.
            on_partial: gets results that come before the end.
            on_failed: gets the error, unless the user cancelled.
            icon: of the panel's row.
            after: held back until that job is done, dropped when that one fails.
            complete: makes the final request from the first one and the result of `after`.
        """
        job = Job(self, request, title, icon, after)
        job.complete = complete
        job.on_done, job.on_partial, job.on_failed = on_done, on_partial, on_failed
        self.jobs.insert(0, job)
        if after is None or after.state == "done":
            self._send(job)
        self.jobs_changed.emit()
        return job

    def _send(self, job: Job) -> None:
        if job.complete and job.after and job.after.result is not None:
            job.request = job.complete(job.request, job.after.result)
        folder = private_dir(cache_dir() / "staging")
        job.staging = Path(tempfile.mkdtemp(dir=folder))
        job.id = self._job.submit(job.request.to_json(), self._project(), job.staging)
        self._running[job.id] = job
        if job.after:
            job.text = ""
        self._tell_waiting()

    def ask(
        self, request: Request, channel: str, on_done: Heard, on_failed: Refused | None = None,
    ) -> None:
        """Ask the query worker; a newer question of the same channel takes the place of this one."""
        ident = self._query.submit(request.to_json(), self._project(), None, channel)
        self._questions[ident] = (channel, on_done, on_failed)
        self._newest[channel] = ident

    def cancel(self, job: Job) -> None:
        """Stop a job within a second, whatever it does."""
        if job.id:
            self._job.cancel(job.id)
        elif not job.is_over:
            self._end(job, "cancelled", Cancelled())

    def pause(self, job: Job, *, wanted: bool) -> None:
        """Let a running job stand still, or go on; those behind it wait with it."""
        job.wants_pause = wanted
        (self._job.pause if wanted else self._job.resume)(job.id)
        self._tell(job)
        self._tell_waiting()

    def stop_and_keep(self, job: Job) -> None:
        """End a running job early with what it has; a paused one goes on for that."""
        job.wants_pause, job.is_stopping = False, True
        job.note(tr("jobs.stopping"))
        self._job.stop_and_keep(job.id)
        self._tell(job)
        self._tell_waiting()

    def _tell_waiting(self) -> None:
        """Jobs in the queue say which pause they wait for."""
        paused = next((j for j in self._running.values() if j.wants_pause), None)
        text = tr("jobs.behind", title=paused.title) if paused else ""
        for job in self._running.values():
            if job.state == "waiting" and job.text != text:
                job.text = text
                self._tell(job)

    def retry(self, job: Job) -> Job:
        """Run a job's request again, with the same listeners, and after it what was dropped when it failed."""
        again = self._resubmit(job, None)
        for dropped in [j for j in reversed(self.jobs) if j.after is job and j.state == "cancelled" and not j.began]:
            self._resubmit(dropped, again)
        return again

    def _resubmit(self, job: Job, after: Job | None) -> Job:
        return self.submit(
            job.request, job.title, job.on_done, job.on_partial, job.on_failed, icon=job.icon, after=after,
            complete=job.complete if after else None,
        )

    def clear_finished(self) -> None:
        """Take ended jobs off the list."""
        self.jobs = self.running
        self.jobs_changed.emit()

    def poll(self, client: Client) -> None:
        """Hear what a worker said."""
        for message in client.poll():
            ident = str(message.get("job", ""))
            if ident in self._running:
                self._hear_job(self._running[ident], message)
            elif ident in self._questions:
                self._hear_answer(ident, message)

    def _hear_answer(self, ident: str, message: dict[str, Any]) -> None:
        if message["type"] not in ("done", "failed", "dropped"):
            return
        channel, on_done, on_failed = self._questions.pop(ident)
        if self._newest.get(channel) != ident:
            return  # a newer question was asked since: this answer is stale
        if message["type"] == "done":
            on_done(message["result"])
        elif message["type"] == "failed" and on_failed:
            on_failed(error_from_json(message["error"]))

    def _hear_job(self, job: Job, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "started":
            job.state, job.began = "running", time.monotonic()
        elif kind == "progress":
            job.fraction = max(job.fraction, float(message.get("fraction", 0)))
            job.eta = message.get("eta")
            self._say(job, _text(message.get("text")))
        elif kind == "partial":
            self._hear_partial(job, message["result"])
        elif kind in ("paused", "resumed"):
            job.is_paused = kind == "paused"
            job.note(tr(f"jobs.{kind}"))
        elif kind == "log":
            job.note(_text(message.get("text")))
        elif kind == "done":
            self._finish(job, message["result"])
        elif kind == "failed":
            error = error_from_json(message["error"])
            self._end(job, "cancelled" if isinstance(error, Cancelled) else "failed", error)
        self._tell(job)

    @staticmethod
    def _say(job: Job, text: str) -> None:
        """News only: a phase that is told again does not hide what it has reached since."""
        if text and text != job.said:
            job.text = job.said = text
            job.note(text)

    @staticmethod
    def _hear_partial(job: Job, result: dict[str, Any]) -> None:
        if text := _text(result.get("text")):
            job.text = text
            job.note(text)
        job.first = result.get("first") or job.first
        if job.on_partial:
            job.on_partial(result)

    def _finish(self, job: Job, result: dict[str, Any]) -> None:
        """Take in what it staged: at once where that is little, else as soon as the bytes lie in the project."""
        project = self._project()
        if job.staging is None or project is None or not is_large(job.staging):
            self._keep(job, result)
            return
        job.text = tr("jobs.saving")
        self._saving[job.id] = Saving(project, job.staging, lambda: self._saved(job, result), self)

    def _saved(self, job: Job, result: dict[str, Any]) -> None:
        del self._saving[job.id]
        self._keep(job, result)
        self._tell(job)

    def _keep(self, job: Job, result: dict[str, Any]) -> None:
        try:
            if job.staging and any(job.staging.iterdir()):
                self._adopt(job.staging)
        except LikenessError as error:
            self._end(job, "failed", error)
            return
        job.result, job.fraction, job.eta = result, 1.0, None
        job.text = tr(f"jobs.done.{job.request.task}", **result)
        self._close(job, "done")
        if job.on_done:
            job.on_done(result)
        for waiting in [j for j in self.jobs if j.after is job and j.state == "waiting" and not j.id]:
            self._send(waiting)

    def _end(self, job: Job, state: str, error: LikenessError) -> None:
        job.error = error
        if state == "cancelled":
            job.text = tr("jobs.stopped_at", share=job.fraction) if job.began else tr("jobs.removed")
        else:
            job.text = say(error.messages[0])
        for line in [job.text] if state == "cancelled" else [say(m) for m in error.messages]:
            job.note(line)
        self._close(job, state)
        self._tell_waiting()
        for waiting in [j for j in self.jobs if j.after is job and not j.is_over]:
            self._end(waiting, "cancelled", Cancelled())
        if job.on_failed and state == "failed":
            job.on_failed(error)
        self._tell(job)

    def _close(self, job: Job, state: str) -> None:
        job.state, job.wants_pause, job.is_paused = state, False, False
        job.seconds = time.monotonic() - job.began if job.began else 0.0
        job.clock = datetime.now().astimezone().strftime("%H:%M")
        self._running.pop(job.id, None)
        if job.staging:
            shutil.rmtree(job.staging, ignore_errors=True)
            job.staging = None

    def _tell(self, job: Job) -> None:
        job.changed.emit()
        self.job_changed.emit(job)

    def close(self) -> None:
        """End both processes and what they were doing."""
        for saving in self._saving.values():
            saving.stop()
        for notifier in self._notifiers:
            notifier.setEnabled(False)
        for job in self.running:
            self._close(job, "cancelled")
        for client in (self._job, self._query):
            client.close()


def _text(said: Any) -> str:
    if not said:
        return ""
    return said if isinstance(said, str) else say(said)
