"""Excel workbooks (.xlsx, .xlsm): one sheet, values only; formulas are never computed and macros never run."""

from __future__ import annotations

import datetime as dt
import itertools
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import LikenessError, ReadError
from ...run import Run
from ...words import Message, message
from ..options import ReadOptions
from ._archive import check_unpacked, is_zip, members
from .base import Raw, damaged

__all__ = ["READER"]

_ERRORS = frozenset({"#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#GETTING_DATA"})
_WORKBOOK = "xl/workbook.xml"
_BLOCK = 4_096


class _Excel:
    title = "Excel"
    suffixes = (".xlsx", ".xlsm")

    def accepts(self, head: bytes, path: Path) -> bool:
        return is_zip(head) and _WORKBOOK in members(path)

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:  # noqa: ARG002
        from openpyxl import load_workbook

        check_unpacked(path)
        try:
            with path.open("rb") as file, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no data
                book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
                sheet, others = _choose(book, options.sheet, path.name)
                rows = list(_rows(sheet, run))
        except (LikenessError, MemoryError):
            raise
        except Exception as error:  # openpyxl lets errors of zip, XML and its own descriptors through
            raise damaged(path, self.title, error) from error
        notes = [message("read.note.other_sheets", sheet=sheet.title, others=others)] if others else []
        return _raw(rows, options, notes, path.name)


def _choose(book: Any, wanted: str | None, file: str) -> tuple[Any, list[str]]:
    sheets = {s.title: s for s in book.worksheets}
    names = list(sheets)
    if not names:
        raise ReadError("read.empty", file=file)
    if wanted is None:
        chosen = names[0]
    elif wanted in sheets:
        chosen = wanted
    elif wanted.isdigit() and 1 <= int(wanted) <= len(names):
        chosen = names[int(wanted) - 1]
    else:
        raise ReadError("read.no_sheet", file=file, sheet=wanted, sheets=names, count=len(names))
    return sheets[chosen], [] if wanted is not None else [n for n in names if n != chosen]


def _rows(sheet: Any, run: Run) -> Iterator[tuple[Any, ...]]:
    """Rows that hold something, as wide as they are."""
    sheet.reset_dimensions()  # the declared size may be wrong in either direction
    total = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number % _BLOCK == 0:
            total += _BLOCK
            run.progress(1 - _BLOCK / (total + _BLOCK))
        if any(cell is not None for cell in row):
            yield row


def _raw(rows: list[tuple[Any, ...]], options: ReadOptions, notes: list[Message], file: str) -> Raw:
    if not rows:
        raise ReadError("read.empty", file=file)
    width = Counter(_width(r) for r in rows[:200]).most_common(1)[0][0]
    skip = next((i for i, r in enumerate(rows[:20]) if 2 * _width(r) > width), 0) if width > 2 else 0
    has_header = options.header if options.header is not None else _is_header(rows[skip])
    body = rows[skip + has_header:]
    size = max((len(r) for r in itertools.chain(body, rows[skip:skip + 1])), default=0)
    first = rows[skip] if has_header else ()
    names = [_name(first[i]) if i < len(first) else "" for i in range(size)]
    used = [i for i in range(size) if names[i] or any(i < len(r) and r[i] is not None for r in body)]
    if skip:
        notes.append(message("read.note.skipped_lines", lines=skip))
    if not has_header:
        names = [f"column{i + 1}" for i in range(size)]
        notes += [message("read.note.no_header")] if options.header is None else []
    columns = []
    for i in used:
        column, said = _column(names[i], [r[i] if i < len(r) else None for r in body])
        columns.append(column)
        notes += said
    return Raw(tuple(names[i] for i in used), len(body), lambda p: columns[p], is_text=True, notes=tuple(notes))


def _width(row: tuple[Any, ...]) -> int:
    return sum(cell is not None for cell in row)


def _is_header(row: tuple[Any, ...]) -> bool:
    return all(cell is None or isinstance(cell, str) for cell in row)


def _name(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _column(name: str, cells: list[Any]) -> tuple[pa.ChunkedArray, list[Message]]:
    """One column of Python values as Arrow; cells of several types become text."""
    notes = []
    errors = sum(isinstance(c, str) and c in _ERRORS for c in cells)
    if errors:
        cells = [None if isinstance(c, str) and c in _ERRORS else c for c in cells]
        notes.append(message("read.note.formula_errors", column=name, rows=errors))
    types = {type(c) for c in cells if c is not None}
    if types <= {int, float} and float in types:
        return pa.chunked_array([pa.array([None if c is None else float(c) for c in cells], pa.float64())]), notes
    if types <= {dt.datetime, dt.date}:
        stamps = [c if isinstance(c, dt.datetime) or c is None else dt.datetime(c.year, c.month, c.day) for c in cells]  # noqa: DTZ001
        days = all(s is None or s.time() == dt.time() for s in stamps)
        made = pa.array(stamps, pa.timestamp("us"))
        return pa.chunked_array([made.cast(pa.date32()) if days else made]), notes
    if len(types) == 1 and types <= {int, bool, str}:
        try:
            return pa.chunked_array([pa.array(cells)]), notes
        except (pa.ArrowInvalid, OverflowError):
            pass  # a whole number beyond int64 stays text
    if len(types) > 1:
        notes.append(message("read.note.mixed_cells", column=name, types=sorted(t.__name__ for t in types)))
    return pa.chunked_array([pa.array([None if c is None else _text(c) for c in cells], pa.string())]), notes


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


READER = _Excel()
