"""How `timeline` reads: a line for each hour, day, week, month or year with flagged rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from .base import Show, tr

__all__ = ["SHOW"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def lines(result: dict[str, Any]) -> Iterator[str]:
    """When flagged rows happened, the most first."""
    if not result["edges"]:
        yield tr("commands.timeline.none")
        return
    yield tr("commands.timeline.head", column=result["column"], rows=sum(result["counts"]), bars=len(result["counts"]),
             unit=tr(f"commands.timeline.{result['unit']}"))
    bars = sorted(zip(result["edges"], result["counts"], result["flagged"], strict=False), key=lambda b: -b[2])
    for start, rows, flagged in [b for b in bars if b[2]][:20]:
        moment = f"{_EPOCH + timedelta(microseconds=start):%Y-%m-%d %H:%M}"
        yield tr("commands.timeline.bar", moment=moment, rows=rows, flagged=flagged)


SHOW = Show(lines)
