"""What Parquet and Feather share: types decided by the first batch, then tables one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa

from ...errors import DataError
from ...run import Run
from ..batch import Batch
from ..schema import Schema
from ._arrow import arrow_schema, arrow_table

__all__ = ["write_tables"]


def write_tables(
    sink: Callable[[pa.Schema], Any], batches: Iterable[Batch], schema: Schema, run: Run, about: Mapping[str, str]
) -> int:
    """Write batches through `sink(types)`, a context manager with `write_table`; `about` is metadata of the schema.

    Raises:
        DataError: a later batch holds a value that the type chosen for its column cannot hold.
    """
    rest = iter(batches)
    first = next(rest, None)
    types = arrow_schema(schema, list(schema.names), first)
    if about:
        types = types.with_metadata(dict(about))
    rows, batch = 0, first
    with sink(types) as file:
        while batch is not None:
            run.check()
            file.write_table(_table(batch, schema, types))
            rows += batch.rows
            batch = next(rest, None)
    return rows


def _table(batch: Batch, schema: Schema, types: pa.Schema) -> pa.Table:
    try:
        return arrow_table(batch, schema, types)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError("data.write_value", problem=str(error)) from error
