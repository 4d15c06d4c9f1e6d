"""Verify: whether a project, a release or an exported case file was changed outside Likeness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..run import Run
from .base import Request, Task, argument, option

if TYPE_CHECKING:
    from ..project.store import Store
    from ..project.verify import Verification
    from ..release.manifest import Finding

__all__ = ["TASK", "VerifyRequest"]


@dataclass(frozen=True)
class VerifyRequest(Request):
    """Check that a project, a release or a case file was not changed outside Likeness."""

    task: ClassVar[str] = "verify"
    path: str = argument(help="Project file, or folder of a release or a case file.")
    length: int | None = option("--length", default=None, help="Length of the journal as an export states it.")
    head: str | None = option(
        "--head", default=None, help="Head of the journal, or digest of a release's manifest, as stated elsewhere.")


def run(request: VerifyRequest, store: Store, run: Run) -> dict[str, Any]:  # noqa: ARG001 - the contract of tasks
    """What speaks against the file; nothing is written."""
    from ..project.verify import verify
    from ..release import manifest
    from ..review.casefile import check

    path = Path(request.path)
    is_release = path.is_dir() and manifest.is_release(path)
    found: Verification | Finding
    if is_release:
        found = manifest.check(path, request.head)
    else:
        found = check(path) if path.is_dir() else verify(path, request.length, request.head)
    return {
        "ok": found.ok, "problems": [p.to_json() for p in found.problems], "length": found.length, "head": found.head,
        "path": request.path, "is_release": is_release,
    }


TASK = Task(VerifyRequest, run)
