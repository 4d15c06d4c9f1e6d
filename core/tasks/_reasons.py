"""Reasons for the rows of a page, remembered, since scrolling back asks again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..detect.reasons import Reason
    from ._runs import OpenRun

__all__ = ["all_reasons"]

_KEPT = 4096
_known: OrderedDict[tuple[str, int], list[Reason]] = OrderedDict()


def all_reasons(run: OpenRun, rows: NDArray[np.int64]) -> list[list[Reason]]:
    """For each row its cells as reasons, most surprising first, the first with the columns that make it so."""
    wanted = [int(r) for r in rows]
    fresh = np.array([r for r in wanted if (run.id, r) not in _known], dtype=np.int64)
    found = {r: _known[run.id, r] for r in wanted if (run.id, r) in _known}
    for row, reasons in zip(fresh.tolist(), _ask(run, fresh), strict=True):
        found[row] = _known[run.id, row] = reasons
    while len(_known) > _KEPT:
        _known.popitem(last=False)
    return [found[r] for r in wanted]


def _ask(run: OpenRun, rows: NDArray[np.int64]) -> list[list[Reason]]:
    from ..data.match import there
    from ..detect.apart import cells_apart, given_apart
    from ..detect.reasons import reasons

    if not len(rows):
        return []
    explains, pair = run.bundle.explains, run.bundle.pair
    batch = run.source.take(rows, there(run.source, run.bundle.columns))
    cells = cells_apart(explains, batch, pair)
    return reasons(cells, batch, run.schema, top=None, given=given_apart(explains, batch, cells, pair))
