"""Fit: learn what is ordinary in a file and keep the result in the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._files import FileRequest
from .base import option

__all__ = ["FitRequest"]


@dataclass(frozen=True)
class FitRequest(FileRequest):
    """Learn what is ordinary in a file."""

    task: ClassVar[str] = "fit"
    project: str = option("--project", help="Project file; made when there is none.")
    model: str = option("--model", default="default", help="Model key; see the command models.")
    settings: tuple[str, ...] = option("--set", default=(), help="A parameter of the model: name=value. Repeat.")
    schema: str | None = option("--schema", default=None, help="Schema file made by describe.")
    label: str | None = option("--label", default=None, help="Column with the known answer; never seen by the model.")
    ignore: tuple[str, ...] = option("--ignore", default=(), help="A column to leave out. Repeat.")
    reference: str = option("--reference", default="mixed", help="Rows known to be normal: clean; else: mixed.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")
