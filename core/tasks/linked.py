"""Linked: all rows that share a value with one row, in time order; by any column that ties rows together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ParameterError
from ..run import Run
from ._peers import key_columns, linked_rows
from ._runs import chosen_rows, open_run
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "LinkedRequest"]


@dataclass(frozen=True)
class LinkedRequest(Request):
    """Show the rows that share a card, customer, terminal or device with a row."""

    task: ClassVar[str] = "linked"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    row: str = option("--row", default="0", help="Row number (0-based, as in the scores file).")
    column: str = option("--by", default="", help="Column whose value they share; the first that ties when left out.")


def run(request: LinkedRequest, store: Store, run: Run) -> dict[str, Any]:
    """The rows, and the columns that tie rows of this table together."""
    opened = open_run(store, request.run, run)
    row = int(chosen_rows((request.row,), opened)[0])
    columns = key_columns(opened)
    name = request.column or next(iter(columns), "")
    if name and name not in opened.schema.names:
        raise ParameterError("params.unknown", name=name, known=list(columns))
    found = linked_rows(opened, name, row) if name else None
    plain: dict[str, Any] = {"run": opened.id, "row": row, "columns": columns}
    return plain | (found or {"column": name, "value": "", "total": 0, "events": []})


TASK = Task(LinkedRequest, run, query=True)
