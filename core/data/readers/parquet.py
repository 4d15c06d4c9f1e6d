"""Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...run import Run
from ..options import ReadOptions
from .base import DAMAGE, Raw, damaged

__all__ = ["READER"]


class _Parquet:
    title = "Parquet"
    suffixes = (".parquet", ".pq")

    def accepts(self, head: bytes, path: Path) -> bool:  # noqa: ARG002
        return head[:4] == b"PAR1"

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:  # noqa: ARG002
        try:
            file = pq.ParquetFile(path, memory_map=True)
        except DAMAGE as error:
            raise damaged(path, self.title, error) from error

        def column(position: int) -> pa.ChunkedArray:
            try:
                return _column(file, position)
            except DAMAGE as error:
                raise damaged(path, self.title, error) from error

        return Raw(tuple(file.schema_arrow.names), file.metadata.num_rows, column)


def _column(file: pq.ParquetFile, position: int) -> pa.ChunkedArray:
    if len(file.schema) == len(file.schema_arrow):
        return file.reader.read_column(position)  # by position: a file may hold one name twice
    return file.read(columns=[file.schema_arrow.names[position]]).column(0)


READER = _Parquet()
