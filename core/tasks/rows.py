"""Rows: one page of a table for a grid, filtered, searched and sorted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.conditions import Either
from ..run import Run
from ._checks import page
from ._files import FileRequest
from .base import Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "RowsRequest"]


@dataclass(frozen=True)
class RowsRequest(FileRequest):
    """Show rows of a file, filtered and sorted."""

    task: ClassVar[str] = "rows"
    project: str | None = option("--project", default=None, help="Project whose schema of the file applies.")
    where: str = option("--where", default="", help="Keep rows that satisfy this condition.")
    find: str = option("--find", default="", help="Keep rows that show this text in any cell.")
    sort: str | None = option("--sort", default=None, help="Column to sort by.")
    descending: bool = option("--descending", default=False, help="Largest first.")
    start: int = option("--start", default=0, help="First row of the page.")
    count: int = option("--count", default=200, help="Rows of the page.")


def run(request: RowsRequest, store: Store, run: Run) -> dict[str, Any]:
    """One page; the order is remembered by the process, so that scrolling costs nothing."""
    from ..data.view import display, order

    source = request.open(store, run)
    where = Either.parse(request.where)
    index = order(source, where, request.find, request.sort, descending=request.descending)
    shown = index[page(request.start, request.count)]
    run.check()
    return {
        "total": len(index), "start": request.start, "columns": list(source.schema.names),
        "rows": display(source.take(shown), source.schema), "index": shown.tolist(),
    }


TASK = Task(RowsRequest, run, query=True)
