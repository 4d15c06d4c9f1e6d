"""A table of a DuckDB file, attached read-only to a database that loads nothing and reaches no other file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from ...run import Run
from ..options import ReadOptions
from ._database import choose_table
from ._duckdb import connect, spooled
from .base import Raw, damaged

__all__ = ["READER"]


class _DuckDb:
    title = "DuckDB"
    suffixes = (".duckdb", ".ddb")

    def accepts(self, head: bytes, path: Path) -> bool:  # noqa: ARG002
        return head[8:12] == b"DUCK"

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:
        connection = connect(run)
        try:
            connection.execute(f"ATTACH {_literal(str(path.absolute()))} AS given (READ_ONLY)")
            connection.execute("SET enable_external_access = false")
            table = choose_table(_tables(connection), options.table, path.name)
            schema, _, name = table.rpartition(".")
            spool = scratch / "cells.arrow"
            place = f"given.{_quoted(schema or 'main')}.{_quoted(name)}"
            rows = _copy(connection, place, spool, run)
        except (duckdb.Error, pa.ArrowException, UnicodeError) as error:
            raise damaged(path, self.title, error) from error
        finally:
            connection.close()
        table_of_cells = pa.ipc.open_file(pa.memory_map(str(spool))).read_all()
        return Raw(tuple(table_of_cells.column_names), rows, table_of_cells.column)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Base tables, those of other schemas as `schema.table`; no views and macros, which may read other files."""
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = 'given' AND NOT internal ORDER BY 1, 2"
    ).fetchall()
    return [table if schema == "main" else f"{schema}.{table}" for schema, table in rows]


def _copy(connection: duckdb.DuckDBPyConnection, place: str, spool: Path, run: Run) -> int:
    total = connection.execute(f"SELECT count(*) FROM {place}").fetchall()[0][0]  # noqa: S608  (quoted names)
    rows = 0
    relation = connection.cursor().sql(f"SELECT * FROM {place}")  # noqa: S608  (quoted names)
    for done, _ in spooled(relation, spool):
        rows = done
        run.progress(min(rows / max(total, 1), 1.0))
    return rows


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


READER = _DuckDb()
