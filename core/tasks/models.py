"""Models: the families there are, what they can do and their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..run import Run
from ..words import words
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..models.base import Family
    from ..project.store import Store

__all__ = ["TASK", "ModelsRequest"]


@dataclass(frozen=True)
class ModelsRequest(Request):
    """List the model families with their capabilities and parameters."""

    task: ClassVar[str] = "models"
    kind: str = option("--kind", default="", help="Only families that accept this kind of data: table or images.")


def run(request: ModelsRequest, store: Store, run: Run) -> dict[str, Any]:  # noqa: ARG001 - the contract of tasks
    """Every family, as forms and the command line need it."""
    from ..models.base import FAMILIES

    chosen = [(key, f) for key, f in FAMILIES.items() if not request.kind or f.accepts(request.kind)]
    return {"families": [_family(key, family) for key, family in chosen]}


def _family(key: str, family: type[Family]) -> dict[str, Any]:
    from ..models.base import capabilities

    return {
        "key": key, "title": words().text(f"models.{key}.title"), "references": list(family.references),
        "accepts": [kind for kind in ("table", "images") if family.accepts(kind)],
        "capabilities": capabilities(family), "params": [s.to_json() for s in family.Params.describe()],
    }


TASK = Task(ModelsRequest, run, query=True)
