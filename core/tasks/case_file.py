"""Case file: the verdicts of a review as CSV and one self-contained page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..data.schema import Role
from ..errors import ParameterError
from ..run import Run
from ..words import Message, locale, message
from ._cases import Naming
from ._review import needed, queue_cases, run_of, sat_down
from ._runs import OpenRun
from .base import Request, Task, option
from .explain import explained

if TYPE_CHECKING:
    from ..project.project import Project
    from ..project.store import Store
    from ..review.casefile import About
    from ..review.told import Redaction

__all__ = ["TASK", "CaseFileRequest"]


@dataclass(frozen=True)
class CaseFileRequest(Request):
    """Export the verdicts of a review as CSV and a self-contained case file."""

    task: ClassVar[str] = "case_file"
    verb: ClassVar[str] = "review export"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the one under review when left out.")
    out: str = option("--out", help="Folder to write to.")
    redact: bool = option("--redact", default=False, help="Ids as pseudonyms, without notes and without the journal.")
    mask: tuple[str, ...] = option("--mask", default=(), help="Column whose values a redacted file masks. Repeat.")
    printed: str = option("--printed", default="", help="Also write the page as paper takes it, to this file.")


_NEAREST = 2


def run(request: CaseFileRequest, store: Store, run: Run) -> dict[str, Any]:
    """Replay the review from the journal and write its case file."""
    from ..review.casefile import export

    project, opened = needed(store), run_of(store, request.run, run)
    session = sat_down(project, queue_cases(project, opened), opened.id)
    rows = np.array([c.row for c in session.cases], dtype=np.int64)
    found = explained(opened, rows, _NEAREST, run.part(0.0, 0.9))
    redaction = _redaction(request, project, opened) if request.redact else None
    written = export(
        session, found, Path(request.out), _about(project, opened), redaction=redaction,
        printed=request.printed or None)
    return {"run": opened.id, "printed": request.printed, **written.to_json()}


def _redaction(request: CaseFileRequest, project: Project, opened: OpenRun) -> Redaction:
    """Ids and entities become pseudonyms; titles may hold names, so they go too.

    Raises:
        ParameterError: a column to mask is not in the table.
    """
    from ..review.told import Columns, Redaction

    schema = opened.schema
    if unknown := [n for n in request.mask if n not in schema.names]:
        raise ParameterError("params.unknown", name=unknown[0], known=list(schema.names))
    naming = Naming.of(schema)
    columns = Columns(
        naming.title or "", naming.amount or "", naming.time or "",
        (*schema.with_role(Role.ID), *schema.with_role(Role.ENTITY)))
    return Redaction(project.secret, columns, frozenset(request.mask))


def _about(project: Project, opened: OpenRun) -> About:
    from ..models.base import unit_words
    from ..review.casefile import About

    threshold = opened.record["threshold"]
    return About(
        project=project.path.name, project_id=project.id, source=str(opened.record["name"]), rows=opened.source.rows,
        model=message(f"models.{opened.bundle.ranks.family}.title"), unit=unit_words(opened.bundle.ranks.unit),
        typical=opened.scores.typical, threshold=Message.from_json(threshold["sentence"]), locale=locale(),
        data=str(opened.record["source"]), fit=str(opened.record["fit"]), run=opened.id,
    )


TASK = Task(CaseFileRequest, run)
