"""How `rows` reads: a plain table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, grid, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """The page as columns."""
    cells = [[str(i), *(_text(c) for c in row)] for i, row in zip(result["index"], result["rows"], strict=True)]
    yield from grid([["", *result["columns"]], *cells], right=(0,), width=24)
    yield tr("commands.rows.total", shown=len(result["rows"]), total=result["total"])


def _text(cell: str | dict[str, str]) -> str:
    return cell.replace("\n", " ") if isinstance(cell, str) else "–"


SHOW = Show(lines)
