"""How `map` reads: what the axes are, and where the most unusual rows lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """A line an axis and a line a row; the density is for eyes, and in --json."""
    for name, axis in zip(("across", "up"), result["axes"], strict=True):
        parts = ", ".join(tr("commands.map.part", column=column, share=share) for column, share in axis)
        yield tr(f"commands.map.{name}", parts=parts or tr("commands.map.nothing"))
    for point in result["points"][:20] + result["also"]:
        yield tr("commands.map.point", rank=point["rank"], row=str(point["row"]), x=point["x"], y=point["y"],
                 title=said(point.get("title", ""))).rstrip()


SHOW = Show(lines)
