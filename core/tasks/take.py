"""Take: labels that somebody else has given come into a review as verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..data.schema import Role
from ..data.source import Source
from ..errors import ParameterError
from ..run import Run
from ._files import FileRequest
from ._review import queue_cases, reviewing, run_of, sat_down
from ._runs import OpenRun
from .base import Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "TakeRequest"]


@dataclass(frozen=True)
class TakeRequest(FileRequest):
    """Take labels from a file with a column `case`, `row` or the table's id, or as many lines as the table has rows."""

    task: ClassVar[str] = "take"
    verb: ClassVar[str] = "review take"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the one under review when left out.")
    column: str = option("--column", default="label", help="Column of the labels: 1, fraud, true ... or 0, normal ...")
    dry: bool = option("--dry", default=False, help="Only read and show them.")
    by: str = option("--by", default="", help="Whose verdicts they are; the file's name when left out.")


def run(request: TakeRequest, store: Store, run: Run) -> dict[str, Any]:
    """One entry of the journal, one undo; on cases that somebody else decided they are second opinions."""
    verdicts, opened = labels_of(request, store, run), run_of(store, request.run, run)
    if request.dry:
        return {"run": opened.id, "file": Path(request.file).name, "labels": len(verdicts), "taken": 0, "disputed": 0,
                "positive": sum(v["verdict"] == "fraud" for v in verdicts), "verdicts": verdicts}
    with reviewing(store) as project:
        session = sat_down(project, queue_cases(project, opened), opened.id)
        fresh = [v for v in verdicts if not session.opinions(v["case"]).opinion(v["by"])]
        if fresh:
            session.merge({"file": Path(request.file).name, "column": request.column}, fresh)
        states = session.every()
    disputed = sum(states[v["case"]].is_disputed for v in fresh)
    return {"run": opened.id, "labels": len(verdicts), "taken": len(fresh), "disputed": disputed,
            "positive": sum(v["verdict"] == "fraud" for v in fresh)}


def labels_of(request: TakeRequest, store: Store, run: Run) -> list[dict[str, Any]]:
    """The verdicts of a file.

    Raises:
        ParameterError: no such column, no way to tell which rows are meant, or labels of one value only.
    """
    from ..detect.labels import read_labels

    opened, source = run_of(store, request.run, run), request.open(store, run)
    if request.column not in source.schema.names:
        raise ParameterError("params.unknown", name=request.column, known=list(source.schema.names))
    found = read_labels(source.take(np.arange(source.rows), [request.column])[request.column])
    if found is None:
        raise ParameterError("review.no_labels", column=request.column)
    keys, by = _keys(source, opened), request.by or Path(request.file).stem
    return [{"case": key, "verdict": "fraud" if is_odd else "normal", "reasons": [], "note": "", "by": by}
            for key, is_odd, is_known in zip(keys, found.anomalous, found.known, strict=True) if is_known and key]


def _keys(source: Source, opened: OpenRun) -> list[str | None]:
    """The case each line is about."""
    from ..data.keys import case_keys

    every = np.arange(source.rows, dtype=np.int64)
    if called := next((n for n in ("case", *_called_by(opened)) if n in source.schema.names), None):
        return [None if k is None else str(k) for k in source.take(every, [called])[called].objects()]
    if "row" in source.schema.names:
        column = source.take(every, ["row"])["row"]
        rows = np.array([int(str(v)) if p else -1 for v, p in zip(column.objects(), column.present, strict=True)])
        inside = (rows >= 0) & (rows < opened.source.rows)
        keys = iter(case_keys(opened.source, rows[inside].astype(np.int64)))
        return [next(keys) if here else None for here in inside]
    if source.rows != opened.source.rows:
        raise ParameterError("review.no_rows", lines=source.rows, rows=opened.source.rows)
    return list(case_keys(opened.source, every))


def _called_by(opened: OpenRun) -> tuple[str, ...]:
    """The column whose values are the keys of the cases, where one is."""
    from ..data.keys import case_keys

    ids, first = opened.schema.with_role(Role.ID), np.zeros(1, dtype=np.int64)
    if len(ids) != 1 or not opened.source.rows:
        return ()
    value = opened.source.take(first, ids)[ids[0]].objects()[0]
    return ids if case_keys(opened.source, first) == [str(value)] else ()


TASK = Task(TakeRequest, run)
