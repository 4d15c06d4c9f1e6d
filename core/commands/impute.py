"""How `impute` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Which columns were filled, and what stays missing."""
    yield tr("commands.impute.done", cells=sum(result["filled"].values()), **{k: result[k] for k in ("rows", "out")})
    for name, cells in result["filled"].items():
        if cells:
            yield tr("commands.impute.column", column=name, cells=cells)
    yield from (tr("commands.impute.left", column=n, cells=c) for n, c in result["left"].items() if c)
    yield from (said(note) for note in result["notes"])


SHOW = Show(lines)
