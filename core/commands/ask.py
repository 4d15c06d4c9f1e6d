"""How `ask` reads: the probability in words, what each column looks like, what depends on what."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .base import Show, grid, said, tr

__all__ = ["SHOW"]

_LINKS = 5


def lines(result: dict[str, Any]) -> Iterator[str]:
    """The answer, a table of the columns, the strongest links, and the rows drawn."""
    yield from _probability(result)
    if real := result["real"]:
        yield tr("commands.ask.real", **real, share=real["agree"] / max(real["rows"], 1))
    if lift := result["lift"]:
        key, times = ("more", lift) if lift >= 1 else ("rarer", 1 / lift)
        yield tr(f"commands.ask.{key}", times=_short(times))
    head = [tr(f"commands.ask.{k}") for k in ("column", "given", "all", "likeliest")]
    yield from grid([head, *(_column(c) for c in result["columns"])])
    links = [
        tr("commands.ask.link", first=e["first"], second=e["second"], bits=e["strength"] / math.log(2))
        for e in result["edges"][:_LINKS]
    ]
    if links:
        yield tr("commands.ask.links", links=links)
    if drawn := result["drawn"]:
        yield from _drawn(drawn)


def _probability(result: dict[str, Any]) -> Iterator[str]:
    share = result["probability"]
    if not share:
        yield tr("commands.ask.never")
        return
    text = f"{100 * share:.3g}%"
    if not result["where"]:
        yield tr("commands.ask.always", share=text)
        return
    yield tr("commands.ask.probability", share=text, odds=_short(1 / share))
    yield tr("commands.ask.expected", count=_short(result["expected"]["count"]), rows=result["expected"]["rows"])
    if not result["exact"]:
        yield tr("commands.ask.bound")


def _short(value: float) -> float:
    """Three digits are enough for an expectation."""
    return float(f"{value:.3g}")


def _column(column: dict[str, Any]) -> list[str]:
    given = tr("commands.ask.set") if column["is_set"] else said(column["expected"]) if column["expected"] else ""
    return [column["name"], given, said(column["usual"]), column["likeliest"]["text"] or tr("commands.ask.missing")]


def _drawn(drawn: dict[str, Any]) -> Iterator[str]:
    if drawn["refused"]:
        from ..errors import error_from_json

        yield from error_from_json(drawn["refused"]).lines()
        return
    yield tr("commands.ask.drawn", rows=len(drawn["rows"]))
    cells = [[c if isinstance(c, str) else "–" for c in row] for row in drawn["rows"]]
    yield from grid([drawn["columns"], *cells], width=24)
    yield from (said(note) for note in drawn["notes"])


SHOW = Show(lines)
