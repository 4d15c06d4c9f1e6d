"""Demo: the whole job on the bundled card payments."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..paths import resources
from ..run import Run
from ..words import message
from . import _shots
from ._writing import make_folder, write_text
from .base import TASKS, Request, Task, option
from .evaluate import EvaluateRequest
from .fit import FitRequest
from .ranked import RankedRequest
from .score import ScoreRequest
from .synth import SynthRequest

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "DemoRequest"]


@dataclass(frozen=True)
class DemoRequest(Request):
    """Run the whole job on the bundled sample: find anomalies, explain them, draw a synthetic copy."""

    task: ClassVar[str] = "demo"
    out: str = option("--out", default="likeness-demo", help="Folder to write to.")
    screenshots: bool = option("--screenshots/--no-screenshots", default=True, help="Also draw the window's pages.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


_SAMPLE = ("samples", "card_payments", "card_payments.csv")
_LABEL = "is_fraud"
_ROWS = 10_000
_TOP = 5


def run(request: DemoRequest, store: Store, run: Run) -> dict[str, Any]:  # noqa: ARG001 - the demo keeps its own project
    """Fit, score, explain, copy, measure; then draw the pages of the window on the project that came of it."""
    began = time.monotonic()
    out = make_folder(request.out).resolve()
    sample, project = str(resources(*_SAMPLE)), str(out / "card_payments.likeness")
    scores, copy = str(out / "scores.csv"), str(out / "synthetic.csv")
    fit = _do(FitRequest(sample, project=project, label=_LABEL, seed=request.seed), run.part(0.0, 0.3))
    fit["card"] = str(write_text(out / "model_card.html", Path(fit["card"]).read_text("utf-8")))
    score = _do(ScoreRequest(sample, project=project, out=scores), run.part(0.3, 0.45))
    top = _do(RankedRequest(project=project, run=score["run"], count=_TOP), run.part(0.45, 0.5))
    synth = _do(SynthRequest(project=project, rows=_ROWS, out=copy, seed=request.seed), run.part(0.5, 0.55))
    quality = _do(
        EvaluateRequest(project=project, synthetic=copy, out=str(out / "quality"), seed=request.seed),
        run.part(0.55, 0.9),
    )
    pictures: list[str] = []
    problem = None
    if request.screenshots:
        run.progress(0.9, message("tasks.shots"))
        pictures, problem = _shots.take(out / "screenshots", Path(project), run)
    return {
        "rows": fit["rows"], "fit": fit, "score": score, "top": top["items"], "synth": synth, "evaluate": quality,
        "files": {
            "project": project, "scores": scores, "synthetic": copy, "report": quality["report"], "card": fit["card"],
        },
        "screenshots": pictures, "screenshots_problem": problem, "out": str(out), "seconds": time.monotonic() - began,
    }


def _do(request: Request, run: Run) -> dict[str, Any]:
    """One step, adopted into the demo's project before the next."""
    from ..project.project import Project
    from ..project.store import Store

    path = str(getattr(request, "project", ""))
    with tempfile.TemporaryDirectory(prefix="likeness-") as folder:
        store = Store(path, folder)
        try:
            result = TASKS.get(request.task).run(request, store, run)
        finally:
            store.close()
        if store.staging.items():
            with Project.open(path, create=True, lease=False) as project:
                project.adopt(folder)
    return result


TASK = Task(DemoRequest, run)
