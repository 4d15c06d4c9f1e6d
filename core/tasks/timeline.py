"""Timeline: how many rows of a score run fall into each hour, day, week, month or year, and how many flagged ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.schema import Kind, Role
from ..run import Run
from ._checks import count
from ._runs import OpenRun, open_run
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "TimelineRequest"]

_MOST = 240
"""Bars of a timeline; a longer one is told in coarser units."""
_HOUR = 3_600_000_000
_FIXED = {"hour": (_HOUR, 0), "day": (24 * _HOUR, 0), "week": (7 * 24 * _HOUR, 4 * 24 * _HOUR)}
"""Microseconds of a unit, and when one began after 1970-01-01: weeks begin on Mondays."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TimelineRequest(Request):
    """Count the rows of a score run over time."""

    task: ClassVar[str] = "timeline"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    flagged: int = option("--flagged", default=0, help="Rows of the highest score to count beside all; 0: the run's.")


def run(request: TimelineRequest, store: Store, run: Run) -> dict[str, Any]:
    """Edges in microseconds since 1970 and counts; no column where none says when a row happened."""
    flagged = count("flagged", request.flagged)
    opened = open_run(store, request.run, run)
    name = next((n for n in opened.schema.with_role(Role.TIME) if opened.schema[n].kind is Kind.DATETIME), None)
    times, present = _times(opened, name) if name else (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_))
    if name is None or not present.any():
        return {"run": opened.id, "column": name, "unit": "day", "edges": [], "counts": [], "flagged": [], "missing": 0}
    unit, index, edges = _units(times[present])
    is_flagged = opened.scores.rank <= flagged if flagged else opened.flagged
    return {
        "run": opened.id, "column": name, "unit": unit, "edges": edges.tolist(),
        "counts": np.bincount(index, minlength=len(edges) - 1).tolist(),
        "flagged": np.bincount(index[is_flagged[present]], minlength=len(edges) - 1).tolist(),
        "missing": int(len(times) - present.sum()),
    }


def _times(opened: OpenRun, name: str) -> tuple[Ints, NDArray[np.bool_]]:
    """(n,) moments in microseconds, and which rows have one; kept with the run."""
    if "times" not in opened.memo:
        parts = [batch[name] for batch in opened.source.batches([name])]
        opened.memo["times"] = (
            np.concatenate([np.zeros(0, dtype=np.int64), *(p.values for p in parts)]),
            np.concatenate([np.zeros(0, dtype=np.bool_), *(p.present for p in parts)]),
        )
    found: tuple[Ints, NDArray[np.bool_]] = opened.memo["times"]
    return found


def _units(times: Ints) -> tuple[str, Ints, Ints]:
    """The finest unit that gives few enough bars: its name, (n,) the bar of each moment, (bars + 1,) edges."""
    low, high = int(times.min()), int(times.max())
    for unit, (size, start) in _FIXED.items():
        first, last = (low - start) // size, (high - start) // size
        if last - first < _MOST:
            edges = np.arange(first, last + 2, dtype=np.int64) * size + start
            return unit, (times - start) // size - first, edges
    months = times.view("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    unit, step = next(
        ((u, s) for u, s in (("month", 1), ("year", 12)) if (months.max() - months.min()) // s < _MOST),
        ("year", 12 * -(-int(months.max() - months.min() + 12) // (12 * (_MOST - 1)))))
    bars = months // step
    first = int(bars.min())
    edges = (np.arange(first, bars.max() + 2) * step).astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
    return unit, bars - first, edges


TASK = Task(TimelineRequest, run, query=True)
