"""Ranked: a page of a score run in rank order, each row with its main reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.conditions import Condition
from ..run import Run
from ._cases import Naming, items
from ._checks import page
from ._reasons import all_reasons
from ._runs import OpenRun, open_run
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "RankedRequest"]


@dataclass(frozen=True)
class RankedRequest(Request):
    """Show the most unusual rows of a score run with reasons."""

    task: ClassVar[str] = "ranked"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    where: str = option("--where", default="", help="Keep rows that satisfy this condition.")
    start: int = option("--start", default=0, help="First place of the page, 0 = most unusual.")
    count: int = option("--count", default=20, help="Rows of the page.")


def run(request: RankedRequest, store: Store, run: Run) -> dict[str, Any]:
    """One page in rank order."""
    shown = page(request.start, request.count)
    opened = open_run(store, request.run, run)
    order = _order(opened, request.where)
    rows = order[shown]
    run.check()
    return {
        "run": opened.id, "total": len(order), "start": request.start,
        "columns": list(Naming.of(opened.schema).shown), "unit": opened.bundle.ranks.unit,
        "items": with_reasons(opened, rows),
    }


def with_reasons(opened: OpenRun, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Items of a list, each with its main reason."""
    from ..detect.reasons import headline

    found = all_reasons(opened, rows)
    return [
        {**item, "column": reasons[0].column if reasons else None, "reason": headline(reasons).to_json()}
        for item, reasons in zip(items(opened, rows), found, strict=True)
    ]


def _order(opened: OpenRun, where: str) -> NDArray[np.int64]:
    """Rows that satisfy the condition, most unusual first."""
    condition = Condition.parse(where)
    if not condition:
        return opened.order
    from ..data.view import order

    kept = order(opened.source, condition)
    return kept[np.argsort(opened.scores.rank[kept], kind="stable")]


TASK = Task(RankedRequest, run, query=True)
