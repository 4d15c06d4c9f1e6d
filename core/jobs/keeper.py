"""The keeper: a thread of the parent that owns one worker process: starts it, feeds it, ends it, replaces it.

Everything about the process happens in this one thread; the rest of the program only puts wishes into its inbox. It
sleeps until there is a wish, a message or a death, so a killed worker is seen within milliseconds.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from ..errors import Cancelled, JobError, LikenessError
from .messages import decode, encode
from .worker import CANCEL, GO, PAUSE, STOP, Settings, main

__all__ = ["Keeper"]

GRACE = 0.8
"""Seconds a cancelled job may take to stop by itself before its process is killed."""

PATIENCE = 5.0
"""The same for a question nobody waits for any more: a fresh worker would have to warm up first."""

_ENDINGS = ("done", "failed", "dropped")


class Keeper(threading.Thread):
    """Runs one worker process and its queue.

    Args:
        name: of the worker, as shown in process lists.
        settings: of the worker.
        post: receives every message, in this thread.
    """

    def __init__(self, name: str, settings: Settings, post: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(name=f"likeness-{name}-keeper", daemon=True)
        self.title = name
        self.settings = settings
        self.post = post
        self.inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.bell, self.ear = socket.socketpair()
        self.waiting: list[dict[str, Any]] = []
        self.current: dict[str, Any] | None = None
        self.deadline: float | None = None  # when the current, cancelled job is killed
        self.is_dying = False
        self.false_starts = 0
        self.pid: int | None = None
        self.process: BaseProcess | None = None
        self.pipe: Connection

    def wish(self, what: str, value: Any = None) -> None:
        """Ask for something from any thread: "submit", "cancel", "stop", "pause", "resume", "restart", "close"."""
        self.inbox.put((what, value))
        with contextlib.suppress(BlockingIOError):
            self.bell.send(b"!")

    def run(self) -> None:
        """Serve until closed."""
        self._start_worker()
        while True:
            process = self.process
            left = None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
            ready = wait([self.ear, *([self.pipe, process.sentinel] if process else ())], left)
            if self.ear in ready and not self._grant():
                break
            if process and set(ready) - {self.ear}:
                self._listen()
            if process and process.sentinel in ready:
                self._bury(process)
            if self.deadline is not None and time.monotonic() >= self.deadline:
                self._kill()
            self._feed()
        self._end_worker()

    def _start_worker(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.flag = context.RawValue("q", 0)
        self.is_dying = False
        self.false_starts += 1  # until a job has started in it
        self.process = context.Process(
            target=main, args=(theirs, self.flag, self.settings), name=f"likeness-{self.title}", daemon=True
        )
        self.process.start()
        self.pid = self.process.pid
        theirs.close()

    def _grant(self) -> bool:
        """Act on all wishes; False to end."""
        self.ear.recv(4096)
        while not self.inbox.empty():
            what, value = self.inbox.get()
            if what == "close":
                return False
            if what == "submit":
                self._submit(value)
            elif what == "restart":
                self._kill()
            else:
                self._signal(what, value)
        return True

    def _submit(self, job: dict[str, Any]) -> None:
        """Queue a job; on a channel, it takes the place of older questions."""
        if job["channel"]:
            for old in [w for w in self.waiting if w["channel"] == job["channel"]]:
                self.waiting.remove(old)
                self.post({"type": "dropped", "job": old["job"]})
            if self.current and self.current["channel"] == job["channel"]:
                self.current["is_dropped"] = True
                self.flag.value = 4 * self.current["serial"] + CANCEL
                self.deadline = self.deadline or time.monotonic() + PATIENCE
        self.waiting.append(job)

    def _signal(self, what: str, job: str) -> None:
        """Tell the running job; one that still waits has nothing to keep and leaves the queue."""
        for old in [w for w in self.waiting if w["job"] == job and what in ("cancel", "stop")]:
            self.waiting.remove(old)
            self.post(_failed(old, Cancelled()))
        now = self.current
        if now is None or now["job"] != job or now.get("is_cancelled") or now.get("is_dropped"):
            return
        now["is_stopped"] = now.get("is_stopped", False) or what == "stop"
        going = STOP if now["is_stopped"] else GO  # a pause does not undo an earlier stop
        self.flag.value = 4 * now["serial"] + {"cancel": CANCEL, "pause": PAUSE}.get(what, going)
        if what == "cancel":
            now["is_cancelled"] = True
            self.deadline = time.monotonic() + GRACE

    def _listen(self) -> None:
        """Pass on what the worker said."""
        try:
            while self.pipe.poll():
                self._hear(decode(self.pipe.recv_bytes()))
        except (EOFError, OSError, ValueError):
            return  # it died in the middle of a message: `_bury` says so

    def _hear(self, message: dict[str, Any]) -> None:
        job = self.current
        if job is None or message["job"] != job["job"]:
            return
        if message["type"] == "started":
            job["is_started"], self.false_starts = True, 0
        if message["type"] not in _ENDINGS:
            self.post(message)
            return
        self.current, self.deadline = None, None
        self._end(job, message)

    def _feed(self) -> None:
        """Give the worker its next job."""
        if self.process is None and self.waiting:
            self._start_worker()
        while self.current is None and self.waiting and not self.is_dying:
            job = self.waiting.pop(0)
            try:
                self.pipe.send_bytes(encode(job))
            except OSError:  # it has just died: the job keeps its place for the next worker
                self.waiting.insert(0, job)
                return
            self.current = job

    def _kill(self) -> None:
        self.deadline, self.is_dying = None, True
        if self.process is not None:
            self.process.kill()

    def _bury(self, process: BaseProcess) -> None:
        """The process is gone: tell whose job it was and start another."""
        process.kill()  # its pipe may close before it has ended
        process.join()
        code = process.exitcode
        with contextlib.suppress(ValueError):  # lost count of, as after a failed start: nothing is left to close
            process.close()
        self.pipe.close()
        job, self.current, self.deadline = self.current, None, None
        if job and (job.get("is_started") or job.get("is_cancelled") or job.get("is_dropped")):
            self._end(job, _failed(job, JobError("jobs.died", code=code)))
        elif job:  # it was on its way to a process that was already dying: the next one gets it
            self.waiting.insert(0, job)
        self.process = None
        if self.false_starts < 3:
            self._start_worker()
            return
        for lost in self.waiting:  # it dies before it can work: say so instead of trying for ever
            self.post(_failed(lost, JobError("jobs.start", code=code)))
        self.waiting, self.false_starts = [], 0

    def _end(self, job: dict[str, Any], message: dict[str, Any]) -> None:
        """Post how a job ended; it may have ended just before it saw the flag: the user's word counts."""
        if job.get("is_cancelled"):
            self.post(_failed(job, Cancelled()))
        elif job.get("is_dropped"):
            self.post({"type": "dropped", "job": job["job"]})
        else:
            self.post(message)

    def _end_worker(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process.close()
            self.pipe.close()
        for end in (self.bell, self.ear):
            end.close()
        for job in ([self.current] if self.current else []) + self.waiting:
            self.post(_failed(job, Cancelled()))


def _failed(job: dict[str, Any], error: LikenessError) -> dict[str, Any]:
    return {"type": "failed", "job": job["job"], "error": error.to_json()}
