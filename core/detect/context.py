"""Context: how surprising the rest of a row is given the columns that only say under which circumstances it came about.

The surprise of a whole row counts odd circumstances too: a payment on a rare island is unusual, whatever is paid. Given
the context columns c, a row's other cells r have the surprise -log p(r | c) = log p(c) - log p(r, c), both exact in a
model that can leave columns out (Song, Wu, Jermaine & Ranka 2007, "Conditional anomaly detection").

It is a reading of its own and does not enter the ranking: where the odd thing is the combination with the context it
finds more than the total does, where it is the context itself it is blind by intent (`python -m tests.benchmarks
scenarios`). The user says which of the two is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..data.match import there
from ..data.source import Source
from ..models.base import Fitted, Scorer
from ..models.scoring import in_parts
from ..run import Run
from ..words import message

__all__ = ["read_context"]

_BATCH = 8192


def read_context(
    parts: Sequence[Fitted], source: Source, context: Sequence[str], run: Run | None = None,
) -> NDArray[np.float64] | None:
    """How surprising each row's other cells are given its context.

    Args:
        parts: models; the first whose likelihood is exact is asked.
        source: n rows.
        context: columns; those that the table or the model lacks are left out.
        run: progress and cancelling.

    Returns:
        (n,) nats, up to a constant of the columns' units; None where nothing can be asked: no such model, no context,
        or nothing but context.
    """
    run = run or Run()
    part = next((p for p in parts if isinstance(p, Scorer)), None)
    if part is None:
        return None
    names = there(source, part.columns)
    given = [n for n in names if n in context]
    if not given or len(given) == len(names):
        return None
    run.progress(0.0, message("detect.reading_context", columns=given))

    def read(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        batch = source.take(rows, names)
        found: NDArray[np.float64] = part.log_likelihood(batch.select(given)) - part.log_likelihood(batch)
        return found

    return in_parts(read, source.rows, _BATCH, run)
