"""How `models` reads: each family with what it can do and its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, grid, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """One block per family."""
    for family in result["families"]:
        yield tr("commands.models.family", key=family["key"], title=family["title"], can=family["capabilities"])
        rows = [[f"  --set {p['name']}={_text(p['default'])}", p["help"], p["domain"]] for p in family["params"]]
        yield from grid(rows, width=90)
        yield ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


SHOW = Show(lines)
