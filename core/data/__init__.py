"""Data: files in, one `Source` out. Light to import; the readers load with the first file."""

from __future__ import annotations

from .batch import Batch, Column, Missing
from .schema import ColumnSpec, Kind, Role, Schema
from .source import Source

__all__ = ["Batch", "Column", "ColumnSpec", "Kind", "Missing", "Role", "Schema", "Source"]
