"""How `fit` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """What was learned from, by what, and where the card is."""
    yield tr("commands.fit.done", **{k: result[k] for k in ("fit", "rows", "train_rows", "columns", "seconds")})
    yield result["why"]
    yield tr(f"commands.fit.{result['reference']}")
    yield tr("commands.fit.card", path=result["card"])


SHOW = Show(lines)
