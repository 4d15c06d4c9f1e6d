"""Rows: one page of a table for a grid, filtered, searched and sorted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._files import FileRequest
from .base import option

__all__ = ["RowsRequest"]


@dataclass(frozen=True)
class RowsRequest(FileRequest):
    """Show rows of a file, filtered and sorted."""

    task: ClassVar[str] = "rows"
    project: str | None = option("--project", default=None, help="Project whose schema of the file applies.")
    where: str = option("--where", default="", help="Keep rows that satisfy this condition.")
    find: str = option("--find", default="", help="Keep rows that show this text in any cell.")
    sort: str | None = option("--sort", default=None, help="Column to sort by.")
    descending: bool = option("--descending", default=False, help="Largest first.")
    start: int = option("--start", default=0, help="First row of the page.")
    count: int = option("--count", default=200, help="Rows of the page.")
