"""Texts to values: what the columns of a format without types hold.

A column becomes numbers or dates only when every text in it is one, or says that nothing is there ("n/a", "-", ...).
Texts among numbers keep the whole column text and are named, since guessing would lose them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SchemaError
from ..words import message
from .batch import CODED
from .dates import parse_dates
from .distinct import MARKERS, Parsed, Texts, among
from .numbers import parse_numbers, quick_numbers
from .options import ReadOptions
from .schema import Kind

__all__ = ["Parsed", "parse_texts"]

_SAMPLE = 1_000
_UNREAL = 0.05  # share of dates that may be such as 30 February before a column is no column of dates


def parse_texts(column: str, texts: pa.ChunkedArray, options: ReadOptions, *, has_comma_decimals: bool) -> Parsed:
    """The values of a column of texts.

    Args:
        column: its name.
        texts: (n,) strings.
        options: kinds, decimal and date format.
        has_comma_decimals: how to read `1,234` when the column alone does not say.

    Raises:
        SchemaError: the user's kind does not fit most of the texts.
    """
    wanted = options.kind_of.get(column)
    if wanted in CODED or texts.null_count == len(texts):
        return Parsed(texts, "string")
    quick = quick_numbers(texts) if wanted is not Kind.DATETIME and options.decimal is None else None
    if quick is None and wanted in (None, Kind.DATETIME) and options.date_format is None:
        quick = _quick_dates(texts)
    if quick is not None:
        return quick
    distinct = Texts.of(column, texts)
    found = None
    if wanted is not Kind.DATETIME:
        found = parse_numbers(distinct, options, wanted, has_comma_decimals=has_comma_decimals)
    if found is None and wanted in (None, Kind.DATETIME):
        found = _dates(distinct, options, wanted)
    return found or _as_text(distinct)


def _quick_dates(texts: pa.ChunkedArray) -> Parsed | None:
    """ISO dates and times without a zone."""
    try:
        values = texts.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    longest = pc.max(pc.utf8_length(texts)).as_py() or 0
    return Parsed(values, "date32[day]" if longest <= len("2026-03-01") else "timestamp[us]")


def _dates(texts: Texts, options: ReadOptions, wanted: Kind | None) -> Parsed | None:
    """The dates that texts stand for, or None; words for "nothing here" and dates that do not exist are missing."""
    found = parse_dates(texts.distinct, texts.counts, options.date_format)
    if found is None and wanted is None:
        return None
    plain = pc.utf8_trim_whitespace(texts.distinct)
    is_date = np.zeros(len(plain), dtype=bool) if found is None else found.is_date
    marks = among(plain, ~is_date, MARKERS)
    rest = ~is_date & ~marks
    if wanted is not None and texts.rows(rest) > texts.rows(is_date):
        raise SchemaError("read.convert", column=texts.column, kind=str(wanted), rows=texts.rows(rest),
                          all=len(texts.codes))
    if found is None:
        return Parsed(pa.nulls(len(texts.codes), pa.timestamp("us")), "timestamp[us]", notes=tuple(texts.gone(marks)))
    odd, shaped = rest & ~found.is_shaped, rest & found.is_shaped
    if wanted is None and (odd.any() or texts.rows(shaped) > _UNREAL * texts.rows(is_date)):
        return texts.as_mixed(odd) if 0 < texts.rows(odd) < texts.rows(is_date) else None
    notes = [message(key, column=texts.column, **values) for key, values in found.notes]
    notes += texts.gone(marks)
    if rest.any():
        row, text = texts.first(rest)
        gone = texts.rows(rest)
        notes.append(message("read.note.no_such_date", column=texts.column, rows=gone, first=row, text=text))
    storage = "timestamp[us]" if found.has_time else "date32[day]"
    return Parsed(texts.spread(found.values), storage, found.format, tuple(notes))


def _as_text(texts: Texts) -> Parsed:
    """Text as it stands; without the blank that follows each comma in some files."""
    head = [t for t in texts.distinct.slice(0, _SAMPLE).to_pylist() if t]
    if head and all(t[0] == " " for t in head):
        kept = texts.spread(pc.utf8_ltrim(texts.distinct, characters=" "))
        return Parsed(kept, "string", notes=(message("read.note.trimmed", column=texts.column),))
    is_bool = len(texts.distinct) == 2 and {t.casefold() for t in head} == {"true", "false"}
    return Parsed(texts.itself, "bool" if is_bool else "string")
