"""Describe: open a file, say what each column is and why, and profile it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._files import FileRequest
from .base import option

__all__ = ["DescribeRequest"]


@dataclass(frozen=True)
class DescribeRequest(FileRequest):
    """Read a file and describe its columns: kind, role, missing values, quantiles, warnings."""

    task: ClassVar[str] = "describe"
    schema: str | None = option("--schema", default=None, help="Write the schema to this JSON file.")
    sdv: str | None = option("--sdv", default=None, help="Write the schema as SDV metadata to this JSON file.")
    project: str | None = option("--project", default=None, help="Remember the file in this project.")
    profile: bool = option("--profile/--no-profile", default=True, help="Profile the columns, or only read them.")
