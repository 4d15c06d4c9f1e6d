"""Ranked: a page of a score run in rank order, each row with its main reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["RankedRequest"]


@dataclass(frozen=True)
class RankedRequest(Request):
    """Show the most unusual rows of a score run with reasons."""

    task: ClassVar[str] = "ranked"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    where: str = option("--where", default="", help="Keep rows that satisfy this condition.")
    start: int = option("--start", default=0, help="First place of the page, 0 = most unusual.")
    count: int = option("--count", default=20, help="Rows of the page.")
