"""Labels: the verdicts of a review as a column for other tools, one line a row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..run import Run
from ._review import needed, queue_cases, run_of, sat_down
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "LabelsRequest"]

_CODES = {"fraud": 1, "normal": 0}


@dataclass(frozen=True)
class LabelsRequest(Request):
    """Write the verdicts as labels: 1 does not belong, 0 normal, empty where nobody or nobody surely decided."""

    task: ClassVar[str] = "labels"
    verb: ClassVar[str] = "review labels"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the one under review when left out.")
    out: str = option("--out", help="File to write: csv, parquet, xlsx, jsonl ... one line per row of the table.")


def run(request: LabelsRequest, store: Store, run: Run) -> dict[str, Any]:
    """Row, key, label, verdict, who and when, in the order of the table; disputed cases have no label."""
    from ..data.keys import case_keys
    from ..data.write import check_target, write_columns

    check_target(request.out)
    project, opened = needed(store), run_of(store, request.run, run)
    states = sat_down(project, queue_cases(project, opened), opened.id).every()
    keys = case_keys(opened.source, np.arange(opened.source.rows, dtype=np.int64))
    run.check()
    found = [states.get(k) for k in keys]
    clear = [s if s and s.verdict and not s.is_disputed else None for s in found]
    codes = [_CODES.get(str(s.verdict)) if s else None for s in clear]
    write_columns(Path(request.out), {
        "row": np.arange(len(keys), dtype=np.int64), "case": keys,
        "label": [None if c is None else str(c) for c in codes],
        "verdict": [str(s.verdict) if s else None for s in clear],
        "decided_by": [s.by or None if s else None for s in clear], "decided_at": [s.at if s else None for s in clear],
    }, run)
    return {"run": opened.id, "out": request.out, "rows": len(keys), "labels": sum(c is not None for c in codes),
            "positive": codes.count(1), "disputed": sum(bool(s and s.is_disputed) for s in found)}


TASK = Task(LabelsRequest, run)
