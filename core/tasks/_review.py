"""The review of a project as tasks see it: its queue, and the right to write to its journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import ProjectError
from ..run import Run
from ._cases import items
from ._runs import OpenRun, open_run

if TYPE_CHECKING:
    from ..project.project import Project
    from ..project.store import Store
    from ..review.queue import Case
    from ..review.session import Session

__all__ = ["needed", "queue_cases", "reviewing", "run_of", "sat_down"]

_BUDGET = 100


def needed(store: Store) -> Project:
    """The project.

    Raises:
        ProjectError: there is none at that path.
    """
    if store.project is None:
        raise ProjectError("project.none", file=store.path.name if store.path else "", kind="run")
    return store.project


def run_of(store: Store, ident: str | None, run: Run) -> OpenRun:
    """A score run; the one under review when none is named."""
    from ..review.session import last_queue

    queue = last_queue(needed(store).journal) or {}
    return open_run(store, ident or queue.get("run"), run)


def queue_cases(project: Project, opened: OpenRun) -> list[Case]:
    """The cases of the review of a run as the window keeps them; else the most unusual rows."""
    from ..review.queue import Case
    from ..review.session import last_queue

    kept = project.setting("review")
    if kept and kept.get("run") == opened.id:
        return [Case.from_json(c) for c in kept["cases"]]
    budget = int((last_queue(project.journal) or {}).get("budget") or _BUDGET)
    return [Case.from_json(item) for item in items(opened, opened.order[:budget])]


def sat_down(project: Project, cases: list[Case], run: str, by: str | None = None) -> Session:
    """Somebody at this queue."""
    from ..review.session import Session
    from ..review.team import Team

    kept = project.setting("review") or {}
    behind = kept.get("count", 0) - len(kept["cases"]) if kept.get("run") == run else 0
    return Session(project.journal, cases, run=run, reviewer=by, team=Team.from_json(project.setting("team")),
                   behind=max(behind, 0))


@contextmanager
def reviewing(store: Store) -> Iterator[Project]:
    """The project with the right to write verdicts, which a window that has it open holds; then writing says so."""
    from ..project.project import Project

    path = needed(store).path
    store.close()
    with Project.open(path, check=False) as project:
        yield project
