"""Reasons for the rows of a page, remembered, since scrolling back asks again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..data.source import Source
    from ..detect.reasons import Reason
    from ..models.bundle import Bundle
    from ._runs import OpenRun

__all__ = ["all_reasons", "reasons_of"]

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
    return reasons_of(run.bundle, run.source, rows, run.scores.score[rows], with_given=True) if len(rows) else []


def reasons_of(
    bundle: Bundle, source: Source, rows: NDArray[np.int64], scores: NDArray[np.float64], *,
    top: int | None = None, with_given: bool,
) -> list[list[Reason]]:
    """For each row its cells as reasons.

    Where another part ranks than explains, the cell named first is one whose repair brings the score down.

    Args:
        bundle: the fit.
        source: of the rows, under its schema.
        rows: (k,) positions.
        scores: (k,) theirs.
        top: reasons a row; None = all cells.
        with_given: whether the first reason is told with the columns that make it one, which takes longer.
    """
    from ..data.match import there
    from ..detect.apart import cells_apart, given_apart
    from ..detect.reasons import reasons
    from ..detect.repair import falls, leading

    batch, schema = source.take(rows, there(source, bundle.columns)), source.schema
    explains, pair = bundle.explains, bundle.pair
    cells = cells_apart(explains, batch, pair)
    is_one = bundle.duties["ranks"] == bundle.duties["explains"]
    fallen = None if is_one else falls(bundle.ranks, batch, scores, cells, schema)
    given = given_apart(explains, batch, cells, pair, leading(cells, fallen)) if with_given else None
    return reasons(cells, batch, schema, top=top, given=given, fallen=fallen)
