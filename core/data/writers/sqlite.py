"""SQLite: one table `data`, in the types the source had; what the file says about itself lies in a table of its own.

SQLite has no NaN, which becomes NULL. Dates are texts as ISO 8601 writes them, or as the source wrote them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import DataError
from ...run import Run
from ..batch import Batch
from ..readers.sqlite import ABOUT
from ..schema import Kind, Schema
from ._arrow import arrow_schema, arrow_table, texts

__all__ = ["WRITER"]

_TABLE = "data"
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})


class Sqlite:
    """Writes SQLite."""

    suffixes = (".sqlite", ".sqlite3", ".db")

    def write(self, path: Path, batches: Iterable[Batch], schema: Schema, run: Run, about: Mapping[str, str]) -> int:
        """Write all rows to one table.

        Raises:
            DataError: more columns than a table may have, none at all, or two that differ by letter case alone.
            OSError: the disk is full, or the folder may not be written.
        """
        with _told(path), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute("PRAGMA journal_mode = OFF")  # a file that is not finished is thrown away
            file.execute("PRAGMA synchronous = OFF")
            file.execute("BEGIN")
            rows = _fill(file, batches, schema, run)
            if about:
                file.execute(f"CREATE TABLE {ABOUT} (name TEXT PRIMARY KEY, value TEXT)")
                file.executemany(f"INSERT INTO {ABOUT} VALUES (?, ?)", about.items())  # noqa: S608  (our own name)
            file.execute("COMMIT")
        return rows


def _fill(file: sqlite3.Connection, batches: Iterable[Batch], schema: Schema, run: Run) -> int:
    rest = iter(batches)
    batch = next(rest, None)
    types = arrow_schema(schema, list(schema.names), batch)
    columns = ", ".join(f"{_quoted(f.name)} {_declared(f.type)}" for f in types)
    file.execute(f"CREATE TABLE {_TABLE} ({columns})")
    places = ", ".join("?" * len(schema))
    rows = 0
    while batch is not None:
        run.check()
        file.executemany(f"INSERT INTO {_TABLE} VALUES ({places})", _rows(batch, schema))  # noqa: S608  (our own)
        rows += batch.rows
        batch = next(rest, None)
    return rows


def _rows(batch: Batch, schema: Schema) -> Iterator[tuple[Any, ...]]:
    types = arrow_schema(schema, list(schema.names), batch)
    table = arrow_table(batch, schema, types)
    cells = []
    for spec in schema:
        column = batch[spec.name]
        if spec.kind is Kind.DATETIME:
            found = [t if ok else None for t, ok in zip(texts(column, spec).to_pylist(), column.present, strict=True)]
        else:
            found = table[spec.name].to_pylist()
        cells.append([float(v) if isinstance(v, Decimal) else v for v in found])
    return zip(*cells, strict=True)


def _declared(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "BOOLEAN"
    if pa.types.is_integer(kind):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(kind) or pa.types.is_decimal(kind) else "TEXT"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite says, as an error of the system or of the table."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code in _FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        if code == sqlite3.SQLITE_CANTOPEN:
            number = errno.EACCES if path.parent.is_dir() else errno.ENOENT
            raise OSError(number, os.strerror(number), str(path)) from error
        raise DataError("data.write_value", problem=str(error)) from error


WRITER = Sqlite()
