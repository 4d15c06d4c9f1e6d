"""How `fit` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """What was learned from, by what, and where the card is."""
    told = {k: result[k] for k in ("fit", "rows", "train_rows", "columns", "seconds")}
    yield tr("commands.fit.done", count=len(result["columns"]), **told)
    if result["derived"]:
        yield tr("commands.fit.derived", columns=result["derived"])
    yield result["why"]
    for model, learned in result["learned"].items():
        if learned:
            facts = "; ".join(said(fact) for fact in learned)
            yield tr("commands.fit.learned", model=tr(f"models.{model}.title"), facts=facts)
    yield tr(f"commands.fit.{result['reference']}")
    yield tr("commands.fit.card", path=result["card"])


SHOW = Show(lines)
