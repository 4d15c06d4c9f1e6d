"""Compare: real and synthetic rows side by side, on the same axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["CompareRequest"]


@dataclass(frozen=True)
class CompareRequest(Request):
    """Compare a synthetic file with the rows its fit learned from."""

    task: ClassVar[str] = "compare"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit the rows were drawn from; the latest when left out.")
    synthetic: str = option("--synthetic", help="Synthetic file.")
    samples: int = option("--samples", default=8, help="Rows of each to show.")
