"""A worker without processes: every request runs at once, in this process; messages wait until the window polls."""

from __future__ import annotations

import contextlib
import socket
import tempfile
from pathlib import Path

from core.errors import LikenessError
from core.jobs.messages import decode, encode
from core.project.store import Store
from core.run import Run
from core.tasks.base import TASKS, request_from_json


class InlineClient:
    """Stands in for core.jobs.client.Client."""

    def __init__(self, name: str) -> None:
        self.name, self.pid, self.asked = name, None, []
        self.is_closed = False
        self.holds = False  # keep jobs waiting, as a busy worker does
        self._messages: list[dict] = []
        self._bell, self._ear = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)

    def start(self) -> None:
        pass

    def submit(self, request, project=None, staging=None, channel="") -> str:
        ident = f"{self.name}-{len(self.asked) + 1}"
        self.asked.append(request)
        self.say(ident, type="started")
        if not self.holds:
            self._run(ident, request, project, staging)
        return ident

    def _run(self, ident, request, project, staging) -> None:
        with tempfile.TemporaryDirectory() as nowhere:
            store = Store(project, Path(staging) if staging else Path(nowhere))
            progress = lambda f, text: self.say(ident, type="progress", fraction=f, text=text, eta=None)  # noqa: E731
            run = Run(on_progress=progress, on_partial=lambda p: self.say(ident, type="partial", result=p))
            try:
                result = TASKS.get(request["task"]).run(request_from_json(request), store, run)
                self.say(ident, type="done", result=result)
            except LikenessError as error:
                self.say(ident, type="failed", error=error.to_json())
            finally:
                store.close()

    def say(self, ident, **message) -> None:
        """Post a message as a worker would, through its JSON."""
        self._messages.append(decode(encode({**message, "job": ident})))
        with contextlib.suppress(BlockingIOError):  # rung often enough already
            self._bell.send(b"!")

    def pause(self, ident) -> None:
        self.say(ident, type="paused")

    def resume(self, ident) -> None:
        self.say(ident, type="resumed")

    def stop_and_keep(self, ident) -> None:
        self.say(ident, type="log", level="INFO", text="told to stop")

    def cancel(self, ident) -> None:
        from core.errors import Cancelled

        self.say(ident, type="failed", error=Cancelled().to_json())

    def poll(self) -> list[dict]:
        with contextlib.suppress(BlockingIOError):
            self._ear.recv(65536)
        found, self._messages = self._messages, []
        return found

    def fileno(self) -> int:
        return self._ear.fileno()

    def close(self) -> None:
        self.is_closed = True
        self._bell.close()
        self._ear.close()
