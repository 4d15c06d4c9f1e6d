"""Parquet, compressed with zstd, in the types the source had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...run import Run
from ..batch import Batch
from ..schema import Schema
from ._typed import write_tables

__all__ = ["WRITER"]


class Parquet:
    """Writes Parquet."""

    suffixes = (".parquet", ".pq")

    def write(self, path: Path, batches: Iterable[Batch], schema: Schema, run: Run, about: Mapping[str, str]) -> int:
        """Write all rows, one row group a batch."""

        def sink(types: pa.Schema) -> pq.ParquetWriter:
            return pq.ParquetWriter(path, types, compression="zstd")

        return write_tables(sink, batches, schema, run, about)


WRITER = Parquet()
