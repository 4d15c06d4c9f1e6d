"""How `radar` reads: the most exposed rows with what is particular about each, and what treating them does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """One line a row, then the effect."""
    yield tr("radar.head", rows=result["rows"], shown=len(result["top"]), singled=result["singled_out"])
    for item in result["top"]:
        yield tr("radar.line", row=item["row"], exposure=item["exposure"], reason=said(item["reason"]))
    effect = result["effect"]
    yield tr(f"radar.effect.{result['treat']}", **effect)
    if result["out"]:
        yield tr("commands.written", path=result["out"])


SHOW = Show(lines)
