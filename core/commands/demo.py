"""How `demo` reads: the whole job in a screenful."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, case_line, said, tr
from .evaluate import SHOW as EVALUATE

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Rows read, fit, scores against the injected fraud, the top cases, the synthetic report, the files."""
    fit, score = result["fit"], result["score"]
    yield tr("commands.demo.read", rows=result["rows"], columns=len(fit["columns"]))
    yield tr("commands.demo.fit", seconds=fit["seconds"], rows=fit["train_rows"])
    yield tr("commands.demo.default", auroc=score["auroc"], precision=score["average_precision"], why=fit["why"])
    for name, auroc in score["parts_auroc"].items():
        yield tr("commands.demo.part", name=tr(f"models.{name}.title"), auroc=auroc)
    yield ""
    yield tr("commands.demo.top", count=len(result["top"]), rows=result["rows"])
    for item in result["top"]:
        yield case_line(item)
        yield f"   {said(item['reason'])}"
    yield ""
    yield tr("commands.demo.synth", rows=result["synth"]["rows"], seconds=result["synth"]["seconds"])
    yield said(result["synth"]["reason"])
    yield from EVALUATE.lines({**result["evaluate"], "report": None})
    yield ""
    for name, path in result["files"].items():
        yield f"{tr(f'commands.demo.file.{name}'):<18}{path}"
    yield from (f"{tr('commands.demo.file.screenshot'):<18}{path}" for path in result["screenshots"])
    if result["screenshots_problem"]:
        yield tr("commands.demo.no_screenshots", problem=result["screenshots_problem"])
    yield tr("commands.demo.done", seconds=result["seconds"])
    yield tr("commands.demo.open", path=result["files"]["project"])


SHOW = Show(lines)
