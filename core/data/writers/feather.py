"""Feather (the Arrow file format), compressed with lz4, in the types the source had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from ...run import Run
from ..batch import Batch
from ..schema import Schema
from ._typed import write_tables

__all__ = ["WRITER"]


class Feather:
    """Writes Feather."""

    suffixes = (".feather", ".arrow")

    def write(self, path: Path, batches: Iterable[Batch], schema: Schema, run: Run, about: Mapping[str, str]) -> int:
        """Write all rows, one record batch a batch."""

        def sink(types: pa.Schema) -> pa.RecordBatchFileWriter:
            return pa.ipc.new_file(str(path), types, options=pa.ipc.IpcWriteOptions(compression="lz4"))

        return write_tables(sink, batches, schema, run, about)


WRITER = Feather()
