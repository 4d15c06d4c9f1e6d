"""Explain: every cell of chosen rows beside what the model expected, with neighbours and history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["ExplainRequest"]


@dataclass(frozen=True)
class ExplainRequest(Request):
    """Explain why rows of a score run are unusual."""

    task: ClassVar[str] = "explain"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    rows: tuple[str, ...] = option("--row", default=(), help="Row number (0-based, as in the scores file). Repeat.")
    nearest: int = option("--nearest", default=3, help="Ordinary rows to show beside each.")
