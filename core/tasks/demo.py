"""Demo: the whole job on the bundled card payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["DemoRequest"]


@dataclass(frozen=True)
class DemoRequest(Request):
    """Run the whole job on the bundled sample: find anomalies, explain them, draw a synthetic copy."""

    task: ClassVar[str] = "demo"
    out: str = option("--out", default="likeness-demo", help="Folder to write to.")
    screenshots: bool = option("--screenshots/--no-screenshots", default=True, help="Also draw the window's pages.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")
