"""How `describe` reads: one line per column, then what to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..data.cells import number_texts
from ..data.schema import ColumnSpec
from ..words import message, number, words
from .base import Show, grid, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """What the table is, one line per column, and one per warning."""
    yield tr("commands.describe.table", **{k: result[k] for k in ("name", "rows", "columns", "seconds")})
    yield from (f"  {said(note)}" for note in result["notes"])
    yield ""
    profile = {c["name"]: c for c in (result["profile"] or {}).get("columns", ())}
    head = [tr(f"commands.describe.{k}") for k in ("column", "kind", "role", "missing", "distinct", "values")]
    rows = [_row(column, profile.get(column["name"])) for column in result["schema"]["columns"]]
    yield from grid([head, *rows], right=(3, 4), width=60)
    yield from _warnings(result["profile"])


def _row(column: dict[str, Any], found: dict[str, Any] | None) -> list[str]:
    shown = [column["name"], column["kind"], column["role"]]
    if found is None:
        return [*shown, "", "", ""]
    cells = found["count"] + sum(found["missing"].values())
    missing = sum(found["missing"].values()) / max(cells, 1)
    return [*shown, words().text(message("commands.share", share=missing)), number(found["distinct"]), _values(found)]


def _values(found: dict[str, Any]) -> str:
    """Middle and ends of numbers, commonest values of categories."""
    if quantiles := found["quantiles"]:
        low, middle, high = number_texts([quantiles[q] for q in ("0", "0.5", "1")], ColumnSpec.from_json(found))
        return tr("commands.describe.range", low=low, middle=middle, high=high)
    total = max(found["count"], 1)
    return ", ".join(
        tr("commands.describe.top", value=value, share=rows / total) for value, rows in found["top"][:3] if rows > 1
    )


def _warnings(profile: dict[str, Any] | None) -> Iterator[str]:
    if profile is None:
        return
    found = [said(w) for w in profile["warnings"]]
    found += [f"{column['name']}: {said(w)}" for column in profile["columns"] for w in column["warnings"]]
    if found:
        yield ""
        yield from found


SHOW = Show(lines)
