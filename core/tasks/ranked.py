"""Ranked: a page of a score run in rank order, each row with its main reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..run import Run
from ._broken import breaks
from ._cases import Naming, items
from ._checks import page
from ._ranking import RankingRequest
from ._reasons import all_reasons
from ._runs import OpenRun, open_run
from .base import Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "RankedRequest"]


@dataclass(frozen=True)
class RankedRequest(RankingRequest):
    """Show the most unusual rows of a score run with reasons."""

    task: ClassVar[str] = "ranked"
    columns: tuple[str, ...] = option(
        "--column", default=(), help="A column of the table to show; those that say most when left out. Repeat.")
    start: int = option("--start", default=0, help="First place of the page, 0 = most unusual.")
    count: int = option("--count", default=20, help="Rows of the page.")


def run(request: RankedRequest, store: Store, run: Run) -> dict[str, Any]:
    """One page in rank order."""
    shown = page(request.start, request.count)
    opened = open_run(store, request.run, run)
    columns = tuple(opened.schema[name].name for name in request.columns) or Naming.of(opened.schema).shown
    order = request.ranking(opened, run)
    rows = order[shown]
    run.check()
    return {
        "run": opened.id, "total": len(order), "start": request.start,
        "columns": list(columns), "readings": list(opened.readings),
        "unit": opened.bundle.ranks.unit, "items": with_reasons(opened, rows, columns),
    }


def with_reasons(
    opened: OpenRun, rows: NDArray[np.int64], columns: tuple[str, ...] = (), *, is_blind: bool = False,
) -> list[dict[str, Any]]:
    """Items of a list, each with its main reason; `is_blind`: usual rows are given one too, so that none stands out."""
    from ..detect.reasons import headline

    found, typical = all_reasons(opened, rows), opened.scores.typical
    broken = [[] for _ in rows] if is_blind else breaks(opened, rows)
    return [
        {
            **item, "broken": broken[at], "column": reasons[0].column if reasons else None,
            "reason": headline(reasons, is_usual=not is_blind and item["score"] <= typical).to_json(),
        }
        for at, (item, reasons) in enumerate(zip(items(opened, rows, columns), found, strict=True))
    ]


TASK = Task(RankedRequest, run, query=True)
