"""How `groups` reads: what belongs together, how far it is from chance, and the strongest row's reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, case_line, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Two lines a group; of a single group every row too."""
    for item in result["items"]:
        known = " ".join(part for part in (item["column"], item["entity"]) if part)
        span = " … ".join(dict.fromkeys(part for part in (item["first"], item["last"]) if part))
        said_p = tr("commands.groups.p", p=item["p_value"])
        parts = (f"{item['group']:,}. {known or tr('commands.groups.series')}", said(item["says"]), span, said_p)
        yield " · ".join(part for part in parts if part)
        yield f"      {said(item['reason'])}"
    for row in result.get("members", ()):
        yield case_line(row)
        yield f"      {said(row['reason'])}"
    if "members" not in result:
        yield tr("commands.groups.total", shown=len(result["items"]), total=result["total"], held=result["held"],
                 tested=result["tested"], chance=result["by_chance"])


SHOW = Show(lines)
