"""How `score` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """How the file differs from what the fit knows, what was flagged, and how good that is where a label is known."""
    yield from (said(note) for note in result["notes"])
    yield tr("commands.score.done", **{k: result[k] for k in ("rows", "fit", "flagged", "seconds", "run")})
    yield said(result["threshold"]["sentence"])
    if "auroc" in result:
        yield tr("commands.score.judged", auroc=result["auroc"], precision=result["average_precision"])
    if result["out"]:
        yield tr("commands.written", path=result["out"])


SHOW = Show(lines)
