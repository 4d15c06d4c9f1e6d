"""Case file: the verdicts of a review as CSV and one self-contained page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["CaseFileRequest"]


@dataclass(frozen=True)
class CaseFileRequest(Request):
    """Export the verdicts of a review as CSV and a self-contained case file."""

    task: ClassVar[str] = "case_file"
    verb: ClassVar[str] = "review export"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the one under review when left out.")
    out: str = option("--out", help="Folder to write to.")
