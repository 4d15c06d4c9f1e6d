"""The dialect of a text table: delimiter, quotes, lines above the header, and the header itself."""

from __future__ import annotations

import csv
import glob
import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ..options import ReadOptions
from ._text import sample_text

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["Dialect", "records", "sniff"]

_DELIMITERS = (",", ";", "\t", "|")
_LINES = 200


@dataclass(frozen=True)
class Dialect:
    """How the lines of a file are cut into cells.

    Args:
        delimiter, quote, escape: single characters; "" for none.
        skip: lines above the header or first row.
        has_header: the first line after those holds names.
        names: of all columns; made up ("column1") without a header.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    skip: int = 0
    has_header: bool = True
    names: tuple[str, ...] = ()


def sniff(path: Path, options: ReadOptions, connection: duckdb.DuckDBPyConnection) -> Dialect:
    """The dialect of a UTF-8 file: DuckDB's judgement, corrected where ragged rows or titles mislead it."""
    text = sample_text(path)
    found = _ask(path, options, connection)
    if options.delimiter is None and len(found.names) <= 1 and (guess := _commonest_delimiter(text)):
        found = replace(_ask(path, replace(options, delimiter=guess), connection), delimiter=guess)
    skip = found.skip if _is_table_at(text, found) else _title_lines(text, found)
    if skip != found.skip:
        found = replace(found, skip=skip, has_header=_is_header(text, replace(found, skip=skip)))
    if options.header is not None:
        found = replace(found, has_header=options.header)
    first = _first(text, found)
    if found.has_header:
        return replace(found, names=tuple(name.strip() for name in first))
    return replace(found, names=tuple(f"column{i + 1}" for i in range(len(first))))


def records(lines: Iterable[str], dialect: Dialect) -> Reader:
    """Lines cut into cells by Python's own parser (slow, forgiving, and it counts lines)."""
    doubles = dialect.escape == dialect.quote
    return csv.reader(
        itertools.islice(lines, dialect.skip, None), delimiter=dialect.delimiter, quotechar=dialect.quote,
        doublequote=doubles, escapechar=None if doubles else dialect.escape,
    )


def _title_lines(text: str, dialect: Dialect) -> int:
    """How many lines stand above the table: comments, blank lines, or titles of one cell over rows of several."""
    lengths = Counter(_lengths(text, dialect.delimiter))
    width = lengths.most_common(1)[0][0] if lengths else 1
    for number, line in enumerate(text.splitlines()[:_LINES]):
        cells = next(iter(csv.reader([line], delimiter=dialect.delimiter)), [])
        is_title = width > 2 and len(cells) == 1 and not line.startswith(dialect.quote)
        is_comment = line.startswith("#") and (len(cells) != width or width == 1)
        if line.strip() and not is_comment and not is_title:
            return number
    return 0


def _is_table_at(text: str, dialect: Dialect) -> bool:
    """Whether DuckDB skipped to a line of names as wide as most lines."""
    lengths = _lengths(text, dialect.delimiter)
    return bool(dialect.skip and lengths and dialect.has_header) and (
        len(_first(text, dialect)) == max(set(lengths), key=lengths.count) and _is_header(text, dialect))


def _is_header(text: str, dialect: Dialect) -> bool:
    """Whether the first record reads like names: nothing in it is a number or empty."""
    return all(cell and not cell.strip().lstrip("+-").replace(".", "", 1).isdigit() for cell in _first(text, dialect))


def _first(text: str, dialect: Dialect) -> list[str]:
    """The first record that is not blank."""
    return next((r for r in records(text.splitlines(keepends=True), dialect) if r), list[str]())


def _ask(path: Path, options: ReadOptions, connection: duckdb.DuckDBPyConnection) -> Dialect:
    question = "SELECT Delimiter, Quote, Escape, SkipRows, HasHeader, Columns FROM sniff_csv(?, all_varchar = true"
    values: list[object] = [glob.escape(str(path))]
    if options.delimiter is not None:
        question += ", delim = ?"
        values.append(options.delimiter)
    try:
        delimiter, quote, escape, skip, has_header, columns = connection.execute(question + ")", values).fetchall()[0]
    except duckdb.Error:
        return Dialect(delimiter=options.delimiter or ",")
    # Without a quote in the sample none is reported; the usual one stays in force for the rest of the file.
    quote = '"' if quote in ("", "(empty)", "\0") else quote
    escape = quote if escape in ("", "(empty)", "\0") else escape
    names = tuple(str(c) for c in columns)
    return Dialect(options.delimiter or delimiter, quote, escape, int(skip), bool(has_header), names)


def _commonest_delimiter(text: str) -> str | None:
    """The delimiter that the first line and most others hold, the one whose lines agree best on a number of cells."""
    best, best_share = None, 0.0
    for delimiter in _DELIMITERS:
        lengths = _lengths(text, delimiter)
        if not lengths or lengths[0] < 2 or sum(n > 1 for n in lengths) < 0.9 * len(lengths):
            continue
        share = Counter(lengths).most_common(1)[0][1] / len(lengths)
        if share > best_share:
            best, best_share = delimiter, share
    return best


def _lengths(text: str, delimiter: str) -> list[int]:
    cut = records(text.splitlines(keepends=True), Dialect(delimiter))
    try:
        return [len(r) for r in itertools.islice(cut, _LINES) if r]
    except csv.Error:
        return []
