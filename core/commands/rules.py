"""How `rules` reads: one line a rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]

_SHOWN = 5


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Each rule, how many rows it speaks of, and the first that break it."""
    for found in result["rules"]:
        yield tr("commands.rules.line", sentence=said(found["sentence"]), name=found["name"], rows=found["support"])
        if found["broken"]:
            shown = [f"{row}" for row in found["rows"][:_SHOWN]]
            yield tr("commands.rules.broken", count=found["broken"], rows=shown)
    yield tr("commands.rules.total", count=len(result["rules"]), rows=result["rows"])
    if result["out"]:
        yield tr("commands.rules.out", out=result["out"])


SHOW = Show(lines)
