"""How `review package` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """What was written, and for whom."""
    yield tr("commands.package.done", cases=result["cases"], path=result["out"])
    if result["to"]:
        yield tr(f"commands.package.{'claimed' if result['claimed'] else 'not_claimed'}", to=result["to"])


SHOW = Show(lines)
