"""How `export` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """How many rows were written, how many of them with a reason, and where."""
    yield tr("commands.export.done", rows=result["rows"], explained=result["explained"], seconds=result["seconds"])
    yield tr("commands.written", path=result["out"])


SHOW = Show(lines)
