"""How `change` reads: the row, then what would be enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, case_line, said

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Two lines."""
    yield case_line(result)
    yield said(result["sentence"])


SHOW = Show(lines)
