"""What SQLite and DuckDB readers share: choosing a table."""

from __future__ import annotations

from ...errors import ReadError

__all__ = ["choose_table"]


def choose_table(tables: list[str], wanted: str | None, file: str) -> str:
    """The table to read: the one asked for, or the only one there is.

    Raises:
        ReadError: there is no table, none of that name, or several and none was named.
    """
    if not tables:
        raise ReadError("read.no_tables", file=file)
    if wanted is None:
        if len(tables) > 1:
            raise ReadError("read.which_table", file=file, count=len(tables), tables=tables, example=tables[0])
        return tables[0]
    for table in tables:
        if table.casefold() == wanted.casefold():
            return table
    raise ReadError("read.no_table", file=file, table=wanted, tables=tables, example=tables[0])
