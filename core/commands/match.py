"""How `match` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import error_from_json
from .base import Show, said

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """One line for each difference, or why the file cannot be scored."""
    if result["refused"]:
        yield from (said(m) for m in error_from_json(result["refused"]).messages)
    yield from (said(note) for note in result["notes"])


SHOW = Show(lines, lambda result: 1 if result["refused"] else 0)
