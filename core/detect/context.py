"""Context: how much more surprising the rest of a row is where it stands than it would be anywhere.

Some columns only say under which circumstances a row came about. Given those, c, the other cells r have the surprise
-log p(r | c) (Song, Wu, Jermaine & Ranka 2007, "Conditional anomaly detection"). But most of that is the surprise that
r has anywhere, -log p(r), which other readings tell. What the context adds is log p(r) + log p(c) - log p(r, c), all
three exact in a model that can leave columns out: on rows of Adult that took all but their context from another row, AP
.33 instead of .09, beside .13 by the unusual combination and .08 by the surprise of all columns.

It is a reading of its own and does not enter the ranking: of an odd context, or of cells that are odd anywhere, it
knows nothing by intent. The user says which of the two is asked.
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
    """How much each row's context adds to the surprise of its other cells.

    Args:
        parts: models; the first whose likelihood is exact is asked.
        source: n rows.
        context: columns; those that the table or the model lacks are left out.
        run: progress and cancelling.

    Returns:
        (n,) nats, 0 where neither makes the other less likely; None where nothing can be asked: no such model, no
        context, or nothing but context.
    """
    run = run or Run()
    part = next((p for p in parts if isinstance(p, Scorer)), None)
    if part is None:
        return None
    names = there(source, part.columns)
    given, rest = ([n for n in names if (n in context) is wanted] for wanted in (True, False))
    if not given or not rest:
        return None
    run.progress(0.0, message("detect.reading_context", columns=given))

    def read(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        batch = source.take(rows, names)
        apart = part.log_likelihood(batch.select(given)) + part.log_likelihood(batch.select(rest))
        together: NDArray[np.float64] = part.log_likelihood(batch)
        return apart - together

    return in_parts(read, source.rows, _BATCH, run)
