"""Data: files in, one `Source` out. Light to import; the readers load with the first file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .batch import Batch, Column, Missing
from .schema import ColumnSpec, Kind, Role, Schema

if TYPE_CHECKING:
    from .source import Source

__all__ = ["Batch", "Column", "ColumnSpec", "Kind", "Missing", "Role", "Schema", "Source"]
