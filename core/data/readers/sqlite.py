"""A table of a SQLite file, opened read-only. Nothing in the file can run code: only ordinary tables are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from ...errors import ReadError
from ...run import Run
from ...words import Message, message
from ..options import ReadOptions
from ._database import choose_table
from .base import Raw, damaged

__all__ = ["ABOUT", "READER"]

ABOUT = "likeness_about"
"""Table in which our own files say where their rows come from."""

_BLOCK = 20_000
_PROJECT = b"LIKE"  # the application id of our own projects, at byte 68 of a SQLite file


class _Sqlite:
    title = "SQLite"
    suffixes = (".sqlite", ".sqlite3", ".db", ".db3")

    def accepts(self, head: bytes, path: Path) -> bool:  # noqa: ARG002
        return head.startswith(b"SQLite format 3\0")

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:  # noqa: ARG002
        with path.open("rb") as file:
            if file.read(72)[68:] == _PROJECT:
                raise ReadError("read.is_project", file=path.name)
        try:
            connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
            try:
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA query_only = ON")
                connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
                table = choose_table(_tables(connection), options.table, path.name)
                return _table(connection, table, run)
            finally:
                connection.close()
        except (sqlite3.DatabaseError, UnicodeError) as error:
            raise damaged(path, self.title, error) from error


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Ordinary tables: neither views and virtual ones, which can call functions, nor SQLite's own, nor ABOUT."""
    listed = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name"
    return [name for (name,) in connection.execute(listed) if not name.startswith("sqlite_") and name != ABOUT]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(connection: sqlite3.Connection, table: str, run: Run) -> Raw:
    # Generated columns compute an expression of the file's author when they are read; plain and hidden = 0 ones do not.
    described = connection.execute("SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0", (table,)).fetchall()
    names, declared = [n for n, _ in described], [str(t or "").upper() for _, t in described]
    rows = connection.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0]  # noqa: S608  (a quoted name)
    chunks: list[list[pa.Array]] = [[] for _ in names]
    notes: list[Message] = []
    for done, block in _blocks(connection, table, names):
        run.progress(min(done / max(rows, 1), 1.0))
        for cells, into in zip(zip(*block, strict=True), chunks, strict=True):
            into.append(_array(cells))
    columns = []
    for name, kind, parts in zip(names, declared, chunks, strict=True):
        column, said = _joined(name, kind, parts)
        columns.append(column)
        notes += said
    total = len(columns[0]) if columns else 0
    return Raw(tuple(names), total, lambda p: columns[p], is_text=True, notes=tuple(notes))


def _blocks(
    connection: sqlite3.Connection, table: str, names: list[str]
) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    wanted = ", ".join(map(_quoted, names))
    cursor = connection.execute(f"SELECT {wanted} FROM {_quoted(table)}")  # noqa: S608  (quoted names)
    done = 0
    while block := cursor.fetchmany(_BLOCK):
        done += len(block)
        yield done, block


def _array(cells: tuple[Any, ...]) -> pa.Array:
    """One block of a column: int64, double, bytes or, where SQLite mixes types, text."""
    types = {type(c) for c in cells if c is not None}
    if types <= {int} or types <= {str} or types <= {bytes}:
        return pa.array(cells) if types else pa.nulls(len(cells))
    if types <= {int, float}:
        return pa.array([None if c is None else float(c) for c in cells], pa.float64())
    return pa.array([_text(c) for c in cells], pa.string())


def _joined(name: str, declared: str, parts: list[pa.Array]) -> tuple[pa.ChunkedArray, list[Message]]:
    kinds = {p.type for p in parts} - {pa.null()}
    notes: list[Message] = []
    if len(kinds) <= 1:
        wanted = next(iter(kinds), pa.string())
    elif kinds <= {pa.int64(), pa.float64()}:
        wanted = pa.float64()
    else:
        wanted = pa.string()
        notes.append(message("read.note.mixed_cells", column=name, types=sorted(map(str, kinds))))
    if "BOOL" in declared and wanted == pa.int64():
        wanted = pa.bool_()
    return pa.chunked_array([_recast(p, wanted) for p in parts], wanted), notes


def _recast(part: pa.Array, wanted: pa.DataType) -> pa.Array:
    if wanted == pa.string() and pa.types.is_binary(part.type):
        return pa.array([_text(c) for c in part.to_pylist()], pa.string())
    return part.cast(wanted)


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    return cell.hex() if isinstance(cell, bytes) else str(cell)


READER = _Sqlite()
