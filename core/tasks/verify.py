"""Verify: whether a project or an exported case file was changed outside Likeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Request, argument, option

__all__ = ["VerifyRequest"]


@dataclass(frozen=True)
class VerifyRequest(Request):
    """Check that a project was not changed outside Likeness."""

    task: ClassVar[str] = "verify"
    path: str = argument(help="Project file or folder of a case file.")
    length: int | None = option("--length", default=None, help="Length of the journal as an export states it.")
    head: str | None = option("--head", default=None, help="Head of the journal as an export states it.")
