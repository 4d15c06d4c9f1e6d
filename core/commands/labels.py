"""How `review labels` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """How many, of which kind, and what two see differently."""
    yield tr("commands.labels.done", **{k: v for k, v in result.items() if k != "run"})
    if result["disputed"]:
        yield tr("commands.merge.disputes", n=result["disputed"])


SHOW = Show(lines)
