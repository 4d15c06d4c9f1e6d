"""How `review draw` reads: the rows in the order of the queue, without a word on which were drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """A line a row, and how many of them no ranking chose."""
    for place, item in enumerate(result["items"], 1):
        first = tr("commands.ranked.first", rank=place, title=said(item["title"]), amount=item["amount"]).rstrip()
        parts = (first, item["subtitle"], tr("commands.ranked.row", row=str(item["row"])))
        yield " · ".join(part for part in parts if part)
    yield tr("commands.blind.drawn", rows=len(result["items"]), random=result["random"])


SHOW = Show(lines)
