"""Alike: which cases of a queue are unusual in the same way as one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..run import Run
from ._cases import items
from ._peers import gaps
from ._reasons import all_reasons
from ._runs import OpenRun, chosen_rows, open_run
from .base import Request, Task, option
from .explain import peers_of

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "AlikeRequest"]

_LEAST = 0.75
"""Likeness from which a row is a look-alike: it has three quarters of what makes the other strange."""

_EVERY = 0.05
"""Weight of a column in which the row is not surprising, beside one nat of surprise."""


@dataclass(frozen=True)
class AlikeRequest(Request):
    """Find the cases that are unusual in the same way as a row."""

    task: ClassVar[str] = "alike"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    row: str = option("--row", default="0", help="Row number (0-based, as in the scores file).")
    rows: tuple[str, ...] = option("--among", default=(), help="Rows to look among; the top 200 when none. Repeat.")


def run(request: AlikeRequest, store: Store, run: Run) -> dict[str, Any]:
    """Look-alikes, most alike first, each with the columns in which it differs."""
    opened = open_run(store, request.run, run)
    row = chosen_rows((request.row,), opened)
    among = chosen_rows(request.rows, opened) if request.rows else opened.order[:200]
    among = among[among != row[0]]
    likeness, apart = _likeness(opened, row, among)
    order = np.argsort(-likeness, kind="stable")
    order = order[likeness[order] >= _LEAST]
    found = items(opened, among[order])
    return {"run": opened.id, "row": int(row[0]), "items": [
        {**item, "likeness": float(likeness[at]), "differs": apart[at]} for item, at in zip(found, order, strict=True)]}


def _likeness(
    opened: OpenRun, row: NDArray[np.int64], among: NDArray[np.int64],
) -> tuple[NDArray[np.float64], list[list[str]]]:
    """(k,) share of the row's strangeness that each other has too: Gower's likeness, a column by its surprise here."""
    columns = opened.bundle.columns
    excess = {r.column: max(r.excess, 0.0) for r in all_reasons(opened, row)[0]}
    weight = np.array([excess.get(name, 0.0) + _EVERY for name in columns])
    found = gaps(peers_of(opened), opened.take(among), opened.take(row), columns)  # (d, k)
    apart = [[n for n, gap in zip(columns, found[:, i], strict=True) if gap > _EVERY] for i in range(len(among))]
    return 1 - weight @ found / weight.sum(), apart


TASK = Task(AlikeRequest, run, query=True)
