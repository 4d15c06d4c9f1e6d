"""Ranked: a page of a score run in rank order, each row with its main reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.conditions import Condition
from ..run import Run
from ._cases import Naming, items
from ._checks import count, one_of, page
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
    sort: str = option("--sort", default="score", help="Order by score, or by unusual value or combination alone.")
    flagged: int = option("--flagged", default=0, help="Keep so many rows of the highest score; 0 keeps all.")
    start: int = option("--start", default=0, help="First place of the page, 0 = most unusual.")
    count: int = option("--count", default=20, help="Rows of the page.")


def run(request: RankedRequest, store: Store, run: Run) -> dict[str, Any]:
    """One page in rank order."""
    shown = page(request.start, request.count)
    kept = count("flagged", request.flagged)
    one_of("sort", request.sort, "score", "value", "combination")
    opened = open_run(store, request.run, run)
    order = _sorted(opened, _order(opened, request.where, kept), request.sort)
    rows = order[shown]
    run.check()
    return {
        "run": opened.id, "total": len(order), "start": request.start,
        "columns": list(Naming.of(opened.schema).shown), "readings": list(opened.readings),
        "unit": opened.bundle.ranks.unit, "items": with_reasons(opened, rows),
    }


def with_reasons(opened: OpenRun, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Items of a list, each with its main reason."""
    from ..detect.reasons import headline

    found, typical = all_reasons(opened, rows), opened.scores.typical
    return [
        {
            **item, "column": reasons[0].column if reasons else None,
            "reason": headline(reasons, is_usual=item["score"] <= typical).to_json(),
        }
        for item, reasons in zip(items(opened, rows), found, strict=True)
    ]


def _sorted(opened: OpenRun, order: NDArray[np.int64], sort: str) -> NDArray[np.int64]:
    """The rows by another reading than the total, where the run has it."""
    if sort not in opened.readings:
        return order
    return order[np.argsort(-opened.readings[sort][0][order], kind="stable")]


def _order(opened: OpenRun, where: str, kept: int) -> NDArray[np.int64]:
    """Rows that satisfy the condition, most unusual first; `kept` of all rows, where it is no zero."""
    condition = Condition.parse(where)
    if not condition:
        return opened.order[:kept] if kept else opened.order
    from ..data.view import order

    found = order(opened.source, condition)
    found = found[np.argsort(opened.scores.rank[found], kind="stable")]
    return found[opened.scores.rank[found] <= kept] if kept else found


TASK = Task(RankedRequest, run, query=True)
