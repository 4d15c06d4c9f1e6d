"""Merge: the verdicts of a work package come back into the review it was cut from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..run import Run
from ._review import queue_cases, reviewing, run_of, sat_down
from .base import Request, Task, argument, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "MergeRequest"]


@dataclass(frozen=True)
class MergeRequest(Request):
    """Bring the verdicts of a work package back; what two reviewers see differently is to be settled."""

    task: ClassVar[str] = "merge"
    verb: ClassVar[str] = "review merge"
    file: str = argument(help="Work package that was decided.")
    project: str = option("--project", help="Project it was cut from.")


def run(request: MergeRequest, store: Store, run: Run) -> dict[str, Any]:
    """One entry of the journal, one undo."""
    from ..review.agreement import agreement
    from ..review.package import merge, read

    package = read(request.file)
    opened = run_of(store, package.run, run)
    with reviewing(store) as project:
        session = sat_down(project, queue_cases(project, opened), opened.id)
        found = merge(session, package, project.id)
        told = agreement(session.every())
    kappa = told.kappa
    return {
        "run": opened.id, "package": package.id, "cases": package.cases, **found, "open_disputes": told.disputed,
        "pairs": told.pairs, "kappa": None if kappa is None else [kappa.value, kappa.low, kappa.high],
    }


TASK = Task(MergeRequest, run)
