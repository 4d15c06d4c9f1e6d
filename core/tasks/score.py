"""Score: how unusual each row of a file is under a fit, which rows are flagged, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._files import FileRequest
from .base import option

__all__ = ["ScoreRequest"]


@dataclass(frozen=True)
class ScoreRequest(FileRequest):
    """Score the rows of a file and flag the most unusual."""

    task: ClassVar[str] = "score"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to use; the latest when left out.")
    out: str | None = option("--out", default=None, help="Write one line per row to this .csv or .parquet file.")
    cells: str | None = option("--cells", default=None, help="Write the cells of flagged rows to this .parquet file.")
    threshold: str = option("--threshold", default="budget:100", help="Contract: budget:N or fdr:A.")
