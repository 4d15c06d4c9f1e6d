"""Models: the families there are, what they can do and their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, option

__all__ = ["ModelsRequest"]


@dataclass(frozen=True)
class ModelsRequest(Request):
    """List the model families with their capabilities and parameters."""

    task: ClassVar[str] = "models"
    kind: str = option("--kind", default="", help="Only families that accept this kind of data: table or images.")
