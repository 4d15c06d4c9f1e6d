"""How `review export` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """What was written, and the seal of the journal."""
    yield tr("commands.case_file.done", cases=result["cases"], decided=result["decided"], path=result["out"])
    yield tr("commands.journal", length=result["length"], head=result["head"])


SHOW = Show(lines)
