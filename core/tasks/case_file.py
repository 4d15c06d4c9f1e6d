"""Case file: the verdicts of a review as CSV and one self-contained page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ProjectError
from ..run import Run
from ..words import Message, locale, message
from ._runs import OpenRun, open_run
from .base import Request, Task, option
from .explain import explained

if TYPE_CHECKING:
    from ..project.project import Project
    from ..project.store import Store
    from ..review.casefile import About

__all__ = ["TASK", "CaseFileRequest"]


@dataclass(frozen=True)
class CaseFileRequest(Request):
    """Export the verdicts of a review as CSV and a self-contained case file."""

    task: ClassVar[str] = "case_file"
    verb: ClassVar[str] = "review export"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the one under review when left out.")
    out: str = option("--out", help="Folder to write to.")


_BUDGET = 100
_NEAREST = 2


def run(request: CaseFileRequest, store: Store, run: Run) -> dict[str, Any]:
    """Replay the review from the journal and write its case file."""
    from ..review.casefile import export
    from ..review.queue import Case
    from ..review.session import Session, last_queue

    project = _project(store, request.project)
    queue = last_queue(project.journal) or {}
    opened = open_run(store, request.run or queue.get("run"), run)
    rows = opened.order[: int(queue.get("budget") or _BUDGET)]
    found = explained(opened, rows, _NEAREST, run.part(0.0, 0.9))
    session = Session(project.journal, [Case.from_json(item) for item in found], run=opened.id)
    written = export(session, found, Path(request.out), _about(project, opened))
    return {"run": opened.id, **written.to_json()}


def _project(store: Store, path: str) -> Project:
    """The project.

    Raises:
        ProjectError: there is none at that path.
    """
    if store.project is None:
        raise ProjectError("project.none", file=Path(path).name, kind="run")
    return store.project


def _about(project: Project, opened: OpenRun) -> About:
    from ..models.base import unit_words
    from ..review.casefile import About

    threshold = opened.record["threshold"]
    return About(
        project=project.path.name, project_id=project.id, source=str(opened.record["name"]), rows=opened.source.rows,
        model=message(f"models.{opened.bundle.ranks.family}.title"), unit=unit_words(opened.bundle.ranks.unit),
        typical=opened.scores.typical, threshold=Message.from_json(threshold["sentence"]), locale=locale(),
    )


TASK = Task(CaseFileRequest, run)
