"""The parent's side of a worker process. Nothing here blocks: wishes go to a keeper thread, answers are polled.

client = Client("job")
job = client.submit(request.to_json(), project, staging)
client.poll()          # [{"type": "progress", "job": job, "fraction": 0.4, ...}, ...]
client.cancel(job)     # within a second it has stopped, whatever it was doing
"""

from __future__ import annotations

import contextlib
import queue
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from .keeper import Keeper
from .limits import cores
from .worker import Settings

__all__ = ["Client"]

_WARM = (
    "core.data.open", "core.data.view", "core.project.store", "core.models.bundle", "core.models.mixture",
    "core.models.neighbours", "core.models.lesinn", "core.models.mcd", "core.detect.engine", "core.detect.scores",
    "core.detect.reasons", "core.tasks.explain", "core.synth.draw",
)


class Client:
    """One warm worker process with a queue of jobs.

    Two of them serve a window: "job" for long calculations, "query" for short questions; killing a fit never costs the
    review its engine.

    Args:
        name: "job" or "query".
        threads: threads of the worker; 0 = as many as there are cores for jobs, half as many for queries.
        tasks: package of the tasks.
        warm: modules the worker imports while it has nothing to do.
    """

    def __init__(
        self, name: str = "job", threads: int = 0, tasks: str = "core.tasks", warm: Sequence[str] = _WARM
    ) -> None:
        self.name = name
        self._serial = 0
        self._outbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        for end in (self._bell, self._ear):
            end.settimeout(0)
        is_query = name == "query"
        limit = threads or (max(1, cores() // 2) if is_query else cores())
        self._settings = Settings(tasks, limit, 0 if is_query else 5, tuple(warm))
        self._keeper: Keeper | None = None

    def start(self) -> None:
        """Start the worker now, so that it is warm when the first job comes; `submit` does it otherwise."""
        if self._keeper is None:
            self._keeper = Keeper(self.name, self._settings, self._post)
            self._keeper.start()

    def submit(
        self, request: Mapping[str, Any], project: Path | None = None, staging: Path | None = None, channel: str = ""
    ) -> str:
        """Queue a request.

        Args:
            request: `Request.to_json()`.
            project: project file the task reads.
            staging: empty or absent folder for what the task wants written; the caller adopts it after `done`.
            channel: a newer request of the same channel takes this one's place, waiting or running.

        Returns:
            The job's id, which all its messages carry.
        """
        self.start()
        self._serial += 1
        job = f"{self.name}-{self._serial}"
        self._wish("submit", {
            "job": job, "serial": self._serial, "channel": channel, "request": dict(request),
            "project": str(project) if project else None, "staging": str(staging) if staging else None,
        })
        return job

    def cancel(self, job: str) -> None:
        """Stop a job; after 0.8 s its process is killed. Answered by `failed` with Cancelled."""
        self._wish("cancel", job)

    def stop_and_keep(self, job: str) -> None:
        """Ask a job to end early with what it has, such as a fit after its current pass; it ends a pause too."""
        self._wish("stop", job)

    def pause(self, job: str) -> None:
        """Let a running job stand still where it next looks; it says `paused` then. One that waits is left alone."""
        self._wish("pause", job)

    def resume(self, job: str) -> None:
        """Let a paused job go on."""
        self._wish("resume", job)

    def poll(self) -> list[dict[str, Any]]:
        """All messages since the last call; returns at once."""
        with contextlib.suppress(BlockingIOError):
            self._ear.recv(65_536)
        messages = []
        with contextlib.suppress(queue.Empty):
            while True:
                messages.append(self._outbox.get_nowait())
        return messages

    def wait(self, job: str, timeout: float = 60.0) -> list[dict[str, Any]]:
        """Block until a job has ended; for tests and notebooks.

        Returns:
            Its messages, the last of which is `done`, `failed` or `dropped`.

        Raises:
            TimeoutError: it has not ended in time.
        """
        messages: list[dict[str, Any]] = []
        while not (messages and messages[-1]["type"] in ("done", "failed", "dropped")):
            try:
                message = self._outbox.get(timeout=timeout)
            except queue.Empty:
                raise TimeoutError(job) from None
            messages += [message] if message["job"] == job else []
        return messages

    def fileno(self) -> int:
        """A descriptor that is readable while there are messages, for `QSocketNotifier` or `select`."""
        return self._ear.fileno()

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None before it has started."""
        return self._keeper.pid if self._keeper else None

    def restart(self) -> None:
        """Replace the worker by a fresh one; a running job fails."""
        self._wish("restart")

    def close(self) -> None:
        """End the worker and everything it was doing. The client cannot be used afterwards."""
        if self._keeper is not None:
            self._keeper.wish("close")
            self._keeper.join()
            self._keeper = None
        self._bell.close()
        self._ear.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wish(self, what: str, value: Any = None) -> None:
        if self._keeper is not None:
            self._keeper.wish(what, value)

    def _post(self, message: dict[str, Any]) -> None:
        """Called by the keeper's thread."""
        self._outbox.put(message)
        with contextlib.suppress(OSError):  # a full bell rings already; a closed one has nobody to wake
            self._bell.send(b"!")
