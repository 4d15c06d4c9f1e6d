"""Delimited text: CSV, TSV and their relatives.

DuckDB sniffs and reads; every cell arrives as text, and NULL (nothing between two delimiters) stays apart from quoted
empty text. What the texts mean is settled for all formats alike, in `core/data/texts.py`.
"""

from __future__ import annotations

import csv
import glob
import logging
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from ...errors import ReadError
from ...run import Run
from ...words import Message, message
from ..options import ReadOptions
from ._dialect import Dialect, records, sniff
from ._duckdb import connect, spooled
from ._text import as_utf8, looks_like_text
from .base import Raw

__all__ = ["READER"]

_LOG = logging.getLogger(__name__)


class _Csv:
    title = "CSV"
    suffixes = (".csv", ".tsv", ".tab", ".txt", ".psv", ".dat")

    def accepts(self, head: bytes, path: Path) -> bool:  # noqa: ARG002
        return looks_like_text(head)

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:
        text, notes = as_utf8(path, options, scratch, run)
        connection = connect(run)
        try:
            dialect = sniff(text, options, connection)
            spool = scratch / "cells.arrow"
            rows, repairs = _Cut(path.name, text, dialect, connection).spool(spool, run)
        finally:
            connection.close()
        cells = pa.ipc.open_file(pa.memory_map(str(spool))).read_all()
        names, column = dialect.names, cells.column
        if len(names) > 1 and not names[-1] and cells.column(len(names) - 1).null_count == rows:
            names = names[:-1]  # every line ends in a delimiter
        return Raw(
            names, rows, column, is_text=True, has_comma_decimals=dialect.delimiter == ";",
            notes=(*notes, *_said(dialect, options), *repairs),
        )


@dataclass(frozen=True)
class _Cut:
    """One file being cut into cells.

    Args:
        file: its name, for messages.
        text: a UTF-8 file with its text.
        dialect: how it is cut.
        connection: the database that reads it.
    """

    file: str
    text: Path
    dialect: Dialect
    connection: duckdb.DuckDBPyConnection

    def spool(self, target: Path, run: Run) -> tuple[int, tuple[Message, ...]]:
        """Write all cells as text to an Arrow file; returns the rows and what had to be mended."""
        if not self.dialect.names:
            raise ReadError("read.empty", file=self.file)
        try:
            return self._copy(target, run, is_strict=True), ()
        except duckdb.OutOfMemoryException as error:
            raise ReadError("read.memory", file=self.file) from error
        except (duckdb.Error, pa.ArrowException) as error:
            _LOG.info("strict reading failed (%s); reading again with mending", type(error).__name__)
        try:
            rows = self._copy(target, run, is_strict=False)
        except (duckdb.Error, pa.ArrowException) as error:
            problem = str(error).splitlines()[0]
            shown = _shown(self.dialect.delimiter)
            raise ReadError("read.csv", file=self.file, delimiter=shown, problem=problem) from error
        return rows, self._ragged(rows, run)

    def _copy(self, target: Path, run: Run, *, is_strict: bool) -> int:
        cut = self.dialect
        relation = self.connection.cursor().read_csv(
            glob.escape(str(self.text)), auto_detect=False, header=cut.has_header, delimiter=cut.delimiter,
            quotechar=cut.quote, escapechar=cut.escape, skiprows=cut.skip, allow_quoted_nulls=False,
            columns={f"c{i}": "VARCHAR" for i in range(len(cut.names))}, compression="none",
            strict_mode=is_strict, null_padding=not is_strict, parallel=is_strict,
        )
        size, rows = max(self.text.stat().st_size, 1), 0
        for done, written in spooled(relation, target):
            rows = done
            run.progress(min(written / (1.6 * size), 1.0))
        return rows

    def _ragged(self, rows: int, run: Run) -> tuple[Message, ...]:
        """Count rows with too few or too many cells; refuse a file where most rows are such."""
        width, short, long, first = len(self.dialect.names), 0, 0, 0
        begun, ended, last = 0, 0, [""]
        with self.text.open(encoding="utf-8-sig", newline="") as lines:
            cut = records(lines, self.dialect)
            try:
                for number, record in enumerate(cut):
                    if number % 65_536 == 0:
                        run.check()
                    begun, ended, last = ended, cut.line_num, record
                    if record and (len(record) < width or any(record[width:])):
                        short += len(record) < width
                        long += len(record) > width
                        first = first or cut.line_num + self.dialect.skip
            except csv.Error:
                return (message("read.note.uneven"),)
        if short + long > max(rows // 2, 1):
            raise ReadError("read.ragged", file=self.file, rows=short + long, all=rows, first=first, columns=width,
                            delimiter=_shown(self.dialect.delimiter))
        is_open = 0 < len(last) < width and "\n" in last[-1] and self.dialect.delimiter in last[-1]
        counts = {"read.note.short_rows": short - is_open, "read.note.long_rows": long}
        found = tuple(message(key, rows=n, first=first, columns=width) for key, n in counts.items() if n)
        if not is_open:
            return found
        return (message("read.note.open_quote", line=begun + 1 + self.dialect.skip, lines=ended - begun), *found)


def _said(dialect: Dialect, options: ReadOptions) -> tuple[Message, ...]:
    said = []
    if dialect.delimiter != "," and options.delimiter is None:
        said.append(message("read.note.delimiter", delimiter=_shown(dialect.delimiter)))
    if dialect.skip:
        said.append(message("read.note.skipped_lines", lines=dialect.skip))
    if not dialect.has_header and options.header is None:
        said.append(message("read.note.no_header"))
    return tuple(said)


def _shown(delimiter: str) -> str:
    return {"\t": "tab", " ": "space"}.get(delimiter, delimiter)


READER = _Csv()
