"""How `synth` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """How many rows, where, what drew them and why, and which columns it did not make."""
    yield tr("commands.synth.done", **{k: result[k] for k in ("rows", "seconds", "out")})
    yield tr("commands.synth.draft", note=result["draft"])
    yield said(result["reason"])
    if result["tried"]["rows"] > result["tried"]["kept"]:
        yield tr("commands.synth.tried", **result["tried"])
    if told := result["anomalies"]:
        yield tr("commands.synth.anomalies", **told)
    if told := result["refined"]:
        yield tr("commands.synth.refined", **told)
    yield from (said(note) for note in result["notes"])


SHOW = Show(lines)
