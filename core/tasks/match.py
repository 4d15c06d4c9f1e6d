"""Match: how next month's file differs from what a fit learned from, before anything is scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import RefusedError
from ..run import Run
from ..words import message
from ._files import FileRequest
from ._runs import load_bundle
from .base import Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "MatchRequest"]


@dataclass(frozen=True)
class MatchRequest(FileRequest):
    """Say how a file differs from the one a fit learned from, and how each difference would be read."""

    task: ClassVar[str] = "match"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to compare with; the latest when left out.")


def run(request: MatchRequest, store: Store, run: Run) -> dict[str, Any]:
    """All differences; `refused` says why the file cannot be scored, when it cannot."""
    from ..data.match import match

    fit, bundle = load_bundle(store, request.fit)
    source = request.open(store, run)
    found: dict[str, Any] = {"fit": fit, "rows": source.rows, "notes": [], "problems": [], "refused": None}
    if source.fingerprint == bundle.record.get("source"):
        return {**found, "same": True, "notes": [message("match.same").to_json()]}
    try:
        matched = match(bundle.schema, bundle.known, source)
    except RefusedError as error:
        return {**found, "same": False, "refused": error.to_json()}
    notes = matched.notes or (message("match.alike"),)
    return {
        **found, "same": False, "notes": [n.to_json() for n in notes],
        "problems": [p.to_json() for p in matched.problems],
    }


TASK = Task(MatchRequest, run, query=True)
