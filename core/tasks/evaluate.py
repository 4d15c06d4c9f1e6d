"""Evaluate: how faithful, useful and safe a synthetic table is, each figure between its reference rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["EvaluateRequest"]


@dataclass(frozen=True)
class EvaluateRequest(Request):
    """Measure fidelity, utility and privacy of a synthetic table."""

    task: ClassVar[str] = "evaluate"
    train: str | None = option("--train", default=None, help="Real rows the generator learned from.")
    holdout: str | None = option("--holdout", default=None, help="Real rows the generator never saw.")
    synthetic: str = option("--synthetic", help="Synthetic rows.")
    project: str | None = option("--project", default=None, help="Take the real rows from this project's fit instead.")
    fit: str | None = option("--fit", default=None, help="Fit the rows were drawn from; the latest when left out.")
    target: str | None = option("--target", default=None, help="Column to predict for downstream utility.")
    out: str | None = option("--out", default=None, help="Folder for the report (HTML and JSON).")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")
