"""All rows of a table, some at a time, on as many threads as the run may use."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ..run import Run

__all__ = ["in_parts"]

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
