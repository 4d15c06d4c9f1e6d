"""How `review order` reads: the next cases as verdicts teach, what the last one moved, and what is left at most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, case_line, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """A line a case, then what the verdicts say."""
    if not result["ready"]:
        yield tr("commands.rerank.not_ready")
        return
    for item in result["items"]:
        moved = tr("commands.rerank.moved", places=item["moved"]) if item["moved"] > 0 else ""
        yield " · ".join(part for part in (case_line(item), moved) if part)
    if result["told"]:
        yield said(result["told"]["why"])
    if trained := result["trained"]:
        yield tr("commands.rerank.few_verdicts" if trained["is_few"] else "commands.rerank.trained", **trained)
    left = result["left"]
    if left is None:
        yield tr("commands.rerank.few", rows=result["open"])
        return
    key = "commands.rerank.most" if left["least"] is None else "commands.rerank.between"
    yield tr(key, least=left["least"] or 0, most=left["most"], rows=left["rows"], verdicts=result["verdicts"])
    if left["is_done"]:
        yield tr("commands.rerank.stop", hits=left["next_hits"], most=left["most"])


SHOW = Show(lines)
