"""A task that does what a test wants of it."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

from core.errors import RefusedError
from core.run import Run, Signal
from core.tasks.base import Request, Task, option
from core.words import message


@dataclass(frozen=True)
class StepsRequest(Request):
    task: ClassVar[str] = "steps"
    mode: str = option("--mode", default="plain", help="What to do.")
    steps: int = option("--steps", default=3, help="How many.")


def run(request: StepsRequest, store: Any, run: Run) -> dict[str, Any]:
    if request.mode == "deaf":  # a calculation that never looks at the signal
        run.progress(0.1)
        while True:
            time.sleep(0.01)
    if request.mode == "exit":
        os._exit(7)
    if request.mode == "refuse":
        raise RefusedError("params.unknown", name="x", known=["y"])
    if request.mode == "fault":
        raise ZeroDivisionError("of ours")
    if request.mode == "memory":
        raise MemoryError
    if request.mode == "warn":
        warnings.warn("take care", UserWarning, stacklevel=1)
    done = 0
    for step in range(request.steps):
        run.progress(step / request.steps, message("params.domain.what", name="x", domain="y", got=step))
        if request.mode == "slow":
            time.sleep(0.005)
        if run.signal() is Signal.STOP_AND_KEEP:
            break
        done += 1
    run.on_partial({"half": done})
    return {"done": done, "nan": float("nan"), "threads": os.environ["OMP_NUM_THREADS"], "pid": os.getpid()}


TASK = Task(StepsRequest, run)
