"""Work on as many threads as the run may use: all rows of a table, some at a time, or several fits side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ..errors import Cancelled
from ..run import Run, Signal
from ..words import Message

__all__ = ["in_parts", "side_by_side"]

T = TypeVar("T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def in_parts(work: Callable[[Ints], Floats], n: int, size: int, run: Run) -> Floats:
    """(n, ...) what `work` finds for all rows, in order.

    Args:
        work: gets ascending positions of rows, returns a number or an array for each; called from several threads.
        n: rows.
        size: rows at a time: one call should take less than half a second, so that cancelling does.
        run: threads, progress, cancelling.

    Raises:
        Cancelled: the user stopped it.
    """
    starts = range(0, n, size)

    def part(start: int) -> Floats:
        run.check()
        return work(np.arange(start, min(start + size, n)))

    found = []
    with threadpool_limits(1), ThreadPoolExecutor(max(run.threads, 1)) as pool:
        for done, own in enumerate(pool.map(part, starts)):
            found.append(own)
            run.progress((done + 1) / len(starts))
    return np.concatenate(found) if found else np.zeros(0)


def side_by_side(works: Sequence[Callable[[Run], T]], run: Run) -> list[T]:
    """What each of some works returns. Linear algebra has one thread in each, so that chance alone decides nothing.

    Args:
        works: get a run of their own.
        run: threads, chance, signals; its progress is the mean of theirs and never falls.

    Raises:
        Cancelled: the user stopped it.
        LikenessError: one of them failed; the others are stopped.
    """
    shared = _Shared(run, len(works))
    with threadpool_limits(1), ThreadPoolExecutor(max(min(run.threads, len(works)), 1)) as pool:
        futures = [pool.submit(shared.one, i, work) for i, work in enumerate(works)]
    if errors := [e for f in futures if (e := f.exception()) is not None]:
        raise min(errors, key=lambda e: isinstance(e, Cancelled))  # who failed says why, not who was stopped for it
    return [f.result() for f in futures]


class _Shared:
    """What works side by side have in common: their progress, and whether one of them has failed."""

    def __init__(self, run: Run, works: int) -> None:
        self.run, self.done, self.said, self.lock = run, np.zeros(works), 0.0, Lock()
        self.has_failed = False

    def one(self, i: int, work: Callable[[Run], T]) -> T:
        """Do one of the works."""
        def tell(fraction: float, text: Message | None) -> None:
            with self.lock:
                self.done[i] = max(self.done[i], fraction)
                self.said = max(self.said, float(self.done.mean()))
                self.run.on_progress(self.said, text)

        try:
            return work(replace(self.run, on_progress=tell, get_signal=self._signal))
        except BaseException:
            self.has_failed = True
            raise

    def _signal(self) -> Signal:
        return Signal.CANCEL if self.has_failed else self.run.get_signal()
