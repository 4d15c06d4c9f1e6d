"""How `ranked` reads: rank, score, what the row is and why it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, case_line, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Two lines a row."""
    for item in result["items"]:
        yield case_line(item)
        yield f"      {said(item['reason'])}"
        yield from (f"      {tr('rules.breaks', rule=said(rule))}" for rule in item["broken"])
    yield tr("commands.ranked.total", shown=len(result["items"]), total=result["total"])


SHOW = Show(lines)
