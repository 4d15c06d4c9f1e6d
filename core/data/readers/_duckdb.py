"""DuckDB as a reading engine: an empty database in memory that fetches nothing and loads no extension."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from ...run import Run

__all__ = ["connect", "spooled"]

_BATCH = 122_880  # rows of one DuckDB row group


def connect(run: Run) -> duckdb.DuckDBPyConnection:
    """A new in-memory database; the caller closes it.

    Reading is short and waits for memory rather than for cores: two threads even where the run asks for one.
    """
    threads = min(max(run.threads, 2), os.cpu_count() or 2)
    never = ("autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions")
    return duckdb.connect(":memory:", config={"threads": threads, **dict.fromkeys(never, "false")})


def spooled(relation: duckdb.DuckDBPyRelation, target: Path) -> Iterator[tuple[int, int]]:
    """Write a relation's rows to an Arrow file, piece by piece; yields rows and bytes written so far."""
    # The method's name differs between DuckDB's versions.
    read = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
    rows = 0
    with read(_BATCH) as batches, pa.OSFile(str(target), "wb") as out, pa.ipc.new_file(out, batches.schema) as into:
        for batch in batches:
            into.write_batch(batch)
            rows += batch.num_rows
            yield rows, out.tell()
