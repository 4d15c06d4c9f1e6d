"""Package: a slice of a review as a file that another reviewer decides on another computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import LikenessError, ParameterError
from ..run import Run
from ._checks import count
from ._review import needed, queue_cases, reviewing, run_of, sat_down
from .base import Request, Task, option
from .explain import explained

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "PackageRequest"]

_OF = ("open", "fraud", "all")
_NEAREST = 3


@dataclass(frozen=True)
class PackageRequest(Request):
    """Cut a work package out of a review: open cases, or decided ones for a blind second look."""

    task: ClassVar[str] = "package"
    verb: ClassVar[str] = "review package"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the one under review when left out.")
    out: str = option("--out", help="File to write, PACKAGE.likeness.")
    of: str = option("--of", default="open", help="open: cases without a verdict; fraud, all: decided ones, again.")
    count: int = option("--count", default=0, help="Cases at most; 0 = all. Of decided ones, drawn by lot.")
    to: str = option("--to", default="", help="Reviewer it is for; open cases count as claimed by them.")


def run(request: PackageRequest, store: Store, run: Run) -> dict[str, Any]:
    """Write the file; open cases are claimed in the journal, unless a window holds it, which then does that itself."""
    from ..review.agreement import sample
    from ..review.package import write

    if request.of not in _OF:
        raise ParameterError("params.domain", name="of", domain=f"one of {', '.join(_OF)}", got=request.of)
    most = count("count", request.count)
    project, opened = needed(store), run_of(store, request.run, run)
    session = sat_down(project, queue_cases(project, opened), opened.id)
    if request.of == "open":
        keys = [c.key for c in session.shown if not session.state(c.key).verdict][: most or None]
    else:
        keys = sample(session, request.of, most)
    if not keys:
        raise ParameterError("review.empty_package", of=request.of)
    rows = np.array([session.case(k).row for k in keys], dtype=np.int64)
    told = explained(opened, rows, _NEAREST, run.part(0.0, 0.9))
    about = {"project": project.id, "run": opened.id, "to": request.to, "source": str(opened.record["name"])}
    ident = write(request.out, told, about, session.team)
    result = {"run": opened.id, "package": ident, "out": request.out, "cases": len(keys), "keys": keys,
              "to": request.to, "claimed": False}
    if request.of == "open" and request.to:
        result["claimed"] = _claimed(store, session.cases, opened.id, keys, request.to)
    return result


def _claimed(store: Store, cases: tuple[Any, ...], run: str, keys: list[str], to: str) -> bool:
    try:
        with reviewing(store) as project:
            sat_down(project, list(cases), run).assign(keys, to)
    except LikenessError:  # a window has the project open
        return False
    return True


TASK = Task(PackageRequest, run)
