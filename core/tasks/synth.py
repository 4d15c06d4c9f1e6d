"""Synth: draw new rows from a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["SynthRequest"]


@dataclass(frozen=True)
class SynthRequest(Request):
    """Draw synthetic rows from a fitted model."""

    task: ClassVar[str] = "synth"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to draw from; the latest when left out.")
    rows: int = option("--rows", default=1000, help="Rows to draw.")
    out: str = option("--out", help="File to write: .csv .tsv .parquet .feather .xlsx .jsonl")
    where: str = option("--where", default="", help="Condition all drawn rows satisfy.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")
