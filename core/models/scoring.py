"""Scores of many rows: some at a time, on as many threads as the run may use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.match import there
from ..data.source import Source
from ..run import Run
from ._parts import in_parts
from .base import Fitted, Totals

__all__ = ["in_parts", "score_rows", "total"]

_CELLS, _LEAST, _MOST = 65_536, 64, 2_048  # of rows scored between two looks at whether the user has cancelled

Floats = NDArray[np.float64]


def total(fitted: Fitted, batch: Batch) -> Floats:
    """(n,) the total score of each row, and nothing else."""
    found: Floats = fitted.total(batch) if isinstance(fitted, Totals) else fitted.score(batch).total
    return found


def score_rows(fitted: Fitted, source: Source, run: Run, rows: NDArray[np.int64] | None = None) -> Floats:
    """(n,) total scores, by those of the model's columns that the source has.

    Args:
        fitted: the model.
        source: a table.
        run: threads, progress, cancelling.
        rows: (n,) positions; None: all.

    Raises:
        Cancelled: the user stopped it.
    """
    names = there(source, fitted.columns)
    index = np.arange(source.rows) if rows is None else rows
    if len(index):
        total(fitted, source.take(index[:1], names))  # what is worked out once, before threads
    size = min(max(_CELLS // max(len(names), 1), _LEAST), _MOST)
    return in_parts(lambda part: total(fitted, source.take(index[part], names)), len(index), size, run)
