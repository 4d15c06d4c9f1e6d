"""How `review merge` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """What came in, what two see differently, and how far they agree."""
    yield tr("commands.merge.done", verdicts=result["verdicts"], known=result["known"])
    if result["pairs"]:
        value, low, high = result["kappa"]
        yield tr("commands.merge.kappa", pairs=result["pairs"], value=value, low=low, high=high)
        yield tr("commands.merge.disputes", n=result["open_disputes"])


SHOW = Show(lines)
