"""How `explain` reads: the cells of each row beside what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, case_line, grid, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """A table per row, the ordinary rows nearest to it, and what its entity did."""
    for item in result["items"]:
        yield case_line(item)
        yield said(item["reason"])
        yield from (tr("rules.breaks", rule=said(rule)) for rule in item["broken"])
        head = [tr(f"commands.explain.{k}") for k in ("column", "value", "expected", "surprise")]
        rows = [[c["column"], _value(c["value"]), said(c["expected"]), f"{c['surprise']:.1f}"] for c in item["cells"]]
        yield from grid([head, *rows], right=(3,), width=60)
        for near in item["nearest"]:
            text = " · ".join(map(said, near["parts"]))
            key = "near" if near["differs"] else "same"
            yield tr(f"commands.explain.{key}", row=str(near["row"]), text=text, differs=near["differs"])
        if entity := item["entity"]:
            flagged = sum(e["flagged"] for e in entity["events"])
            yield tr("commands.explain.entity", column=entity["column"], value=entity["value"], rows=entity["total"],
                     flagged=flagged)
        yield ""


def _value(cell: str | dict[str, str]) -> str:
    return cell if isinstance(cell, str) else tr(f"detect.missing.{cell['missing']}")


SHOW = Show(lines)
