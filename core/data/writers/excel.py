"""Excel workbooks (xlsx): one sheet, real dates and numbers, formula-safe texts.

Excel has no NULL apart from the blank cell, no NaN and no empty text: all three become blank. Infinities and dates
before 1900 become texts. Numbers keep 16 digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.packaging.custom import StringProperty
from openpyxl.utils.exceptions import WorkbookAlreadySaved
from openpyxl.writer.excel import ExcelWriter

from ...errors import DataError
from ...run import Run
from ..batch import CODED, Batch, Column
from ..schema import ColumnSpec, Kind, Schema
from ._formula import safe_text

__all__ = ["WRITER"]

MOST_ROWS, MOST_COLUMNS, LONGEST_TEXT = 1_048_576, 16_384, 32_767
_EXACT = 10**15


class Excel:
    """Writes xlsx workbooks."""

    suffixes = (".xlsx",)

    def write(self, path: Path, batches: Iterable[Batch], schema: Schema, run: Run, about: Mapping[str, str]) -> int:
        """Write all rows to one sheet.

        Raises:
            DataError: more rows, columns or text than a sheet holds.
        """
        if len(schema) > MOST_COLUMNS:
            raise DataError("data.write_sheet_size", file=path.name, rows=MOST_ROWS - 1, columns=MOST_COLUMNS)
        book = Workbook(write_only=True)
        for name, value in about.items():
            book.custom_doc_props.append(StringProperty(name=name, value=value))
        with _sheet(book) as sheet:
            sheet.append([_text(n, path) for n in schema.names])
            rows = 0
            for batch in batches:
                rows += batch.rows
                if rows >= MOST_ROWS:
                    raise DataError("data.write_sheet_size", file=path.name, rows=MOST_ROWS - 1, columns=MOST_COLUMNS)
                _append(sheet, batch, schema, path, run)
            with ZipFile(path, "w", ZIP_DEFLATED) as archive:  # book.save leaves its archive open on a full disk
                ExcelWriter(book, archive).save()
        return rows


@contextmanager
def _sheet(book: Workbook) -> Iterator[Any]:
    """A sheet whose draft does not outlive a failure: openpyxl would keep it, a copy of the data, until exit."""
    sheet = book.create_sheet("Data")
    try:
        yield sheet
    finally:
        draft = sheet._writer
        if draft is not None and Path(draft.out).exists():
            with suppress(OSError, WorkbookAlreadySaved):
                sheet.close()
            draft.cleanup()


def _append(sheet: Any, batch: Batch, schema: Schema, path: Path, run: Run) -> None:
    columns = [_values(batch[s.name], s, sheet, path) for s in schema]
    for at in range(batch.rows):
        if at % 2000 == 0:
            run.check()
        sheet.append([column[at] for column in columns])


def _values(column: Column, spec: ColumnSpec, sheet: Any, path: Path) -> list[Any]:
    if column.kind in CODED:
        column = column.compact()
        known = _categories(column, spec, path)
        return [known[code] if ok else None for code, ok in _cells(column)]
    if column.kind is Kind.DATETIME:
        day = spec.storage.startswith("date32")
        style = "yyyy-mm-dd" if day else "yyyy-mm-dd hh:mm:ss"
        moments = column.values.view("datetime64[us]").astype(object).tolist()
        return [_date(m, style, sheet) if ok else None for m, ok in zip(moments, column.present.tolist(), strict=True)]
    return [_number(v) if ok else None for v, ok in _cells(column)]


def _cells(column: Column) -> Iterable[tuple[Any, bool]]:
    return zip(column.values.tolist(), column.present.tolist(), strict=True)


def _categories(column: Column, spec: ColumnSpec, path: Path) -> list[Any]:
    if spec.storage == "bool" and set(column.categories) <= {"true", "false"}:
        return [c == "true" for c in column.categories]
    return [_text(c, path) for c in column.categories]


def _text(text: str, path: Path) -> str:
    if len(text) > LONGEST_TEXT:
        raise DataError("data.write_sheet_text", file=path.name, length=len(text), most=LONGEST_TEXT)
    return safe_text(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))


def _number(value: float) -> float | str:
    """Infinities, and whole numbers beyond the 15 digits of Excel, as texts: none is rounded unseen."""
    fits = math.isfinite(value) if isinstance(value, float) else abs(value) < _EXACT
    return value if fits else str(value)


def _date(moment: datetime, style: str, sheet: Any) -> Any:
    if moment.year < 1900:
        return moment.isoformat(" ")
    cell = WriteOnlyCell(sheet, moment)
    cell.number_format = style
    return cell


WRITER = Excel()
