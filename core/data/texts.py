"""Texts to values: which columns of a format without types are numbers, and what their odd cells mean.

A column becomes numbers only when every text in it is one, or says that nothing is there ("n/a", "-", ...). Texts among
numbers keep the whole column text and are named, since guessing would lose them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..words import Message, message
from .dates import parse_dates
from .options import ReadOptions
from .schema import Kind

__all__ = ["MARKERS", "Parsed", "Texts", "parse_texts"]

MARKERS = frozenset({
    "", "na", "n/a", "#n/a", "n.a.", "nan", "null", "(null)", "none", "nil", "nat", "<na>", "-", "--", "?", ".", "..",
    "missing", "#null!", "#div/0!", "#value!", "#ref!", "#num!", "\\n",
})
"""Lower-case texts that mean "nothing here" among numbers and dates; among other texts they stay what they are."""

_CODED = frozenset({Kind.CATEGORY, Kind.BOOLEAN, Kind.TEXT, Kind.ID})
_HUGE = float(2**63)
_SAMPLE = 1_000
_INF = r"(?i:[+-]?inf(inity)?)"
_POINT = rf"^(?:[+-]?(?:\d{{1,3}}(?:[, ]\d{{3}})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?|{_INF})$"
_COMMA = rf"^(?:[+-]?(?:\d{{1,3}}(?:[. ]\d{{3}})+|\d+)?(?:,\d*)?(?:[eE][+-]?\d+)?|{_INF})$"
_UNITS = r"^([+-]?)[€$£¥]\s?|\s?[€$£¥%]$"


@dataclass(frozen=True, eq=False)
class Parsed:
    """A column's values.

    Args:
        values: int64, float64, timestamp[us], string or dictionary array, chunked or not.
        storage: Arrow type a writer restores.
        date_format: strptime format of dates that were not ISO.
        notes: what was read as missing, undecided or mixed.
    """

    values: Any
    storage: str
    date_format: str | None = None
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, eq=False)
class Texts:
    """The distinct texts of a column and where they stand.

    Args:
        column: its name.
        distinct: (m,) texts.
        codes: (n,) positions in `distinct`, null where the cell is.
        counts: (m,) how many rows hold each.
    """

    column: str
    distinct: pa.Array
    codes: pa.Array
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, column: str, texts: pa.ChunkedArray) -> Texts:
        """Encode a column."""
        coded = texts.dictionary_encode().combine_chunks()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
        codes = coded.indices.drop_null().to_numpy()
        return cls(column, coded.dictionary, coded.indices, np.bincount(codes, minlength=len(coded.dictionary)))

    def spread(self, values: pa.Array) -> pa.Array:
        """(n,) the value of each row, given the values of the distinct texts."""
        return values.take(self.codes)

    @property
    def itself(self) -> pa.DictionaryArray:
        """(n,) the texts as they stand."""
        return pa.DictionaryArray.from_arrays(self.codes, self.distinct)

    def rows(self, mask: NDArray[np.bool_]) -> int:
        """How many rows hold one of the texts under a mask."""
        return int(self.counts[mask].sum())

    def first(self, mask: NDArray[np.bool_]) -> tuple[int, str]:
        """1-based row and text of the first cell under a mask of distinct texts."""
        position = int(np.flatnonzero(mask)[0])  # texts are numbered by first appearance
        row = pc.index(self.codes, pa.scalar(position, self.codes.type)).as_py()
        return row + 1, self.distinct[position].as_py()


def parse_texts(column: str, texts: pa.ChunkedArray, options: ReadOptions, *, has_comma_decimals: bool) -> Parsed:
    """The values of a column of texts.

    Args:
        column: its name.
        texts: (n,) strings.
        options: kinds, decimal, date format and texts that mean missing.
        has_comma_decimals: how to read `1,234` when the column alone does not say.
    """
    wanted = options.kind_of.get(column)
    if options.missing:
        gone = pc.is_in(texts, value_set=pa.array(options.missing, pa.string()))
        texts = pc.if_else(gone, pa.scalar(None, texts.type), texts)
    if wanted in _CODED or texts.null_count == len(texts):
        return Parsed(texts, "string")
    quick = _quick(texts) if wanted is not Kind.DATETIME and options.decimal is None else None
    if quick is None and wanted in (None, Kind.DATETIME) and options.date_format is None:
        quick = _quick_dates(texts)
    if quick is not None:
        return quick
    distinct = Texts.of(column, texts)
    found = None
    if wanted is not Kind.DATETIME:
        found = _numbers(distinct, options, wanted, has_comma_decimals=has_comma_decimals)
    if found is None and wanted in (None, Kind.DATETIME):
        found = _dates(distinct, options, wanted)
    return found or _as_text(distinct)


def _quick(texts: pa.ChunkedArray) -> Parsed | None:
    """Plain numbers, the usual case: two casts at most."""
    try:
        whole = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return _quick_floats(texts)
    return None if _any_code(texts) else Parsed(whole, "int64")


def _quick_floats(texts: pa.ChunkedArray) -> Parsed | None:
    try:
        values = texts.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    top = pc.max(pc.abs(values), skip_nulls=True).as_py()
    is_doubtful = top is None or top >= _HUGE  # beyond int64, or infinite: look closer
    return None if is_doubtful or _any_code(texts) else Parsed(values, "double")


def _any_code(texts: pa.ChunkedArray) -> bool:
    """Whether a text is a code rather than a number: 007, 0x1F, +44123."""
    return bool(pc.any(pc.match_substring_regex(_starts(texts), r"^(-?0[0-9xX]|\+\d{6})")).as_py())


def _starts(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    signed = pc.or_(pc.starts_with(texts, "-0"), pc.starts_with(texts, "+"))
    return texts.filter(pc.or_(pc.starts_with(texts, "0"), signed))


def _quick_dates(texts: pa.ChunkedArray) -> Parsed | None:
    """ISO dates and times without a zone."""
    try:
        values = texts.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    longest = pc.max(pc.utf8_length(texts)).as_py() or 0
    return Parsed(values, "date32[day]" if longest <= len("2026-03-01") else "timestamp[us]")


def _numbers(texts: Texts, options: ReadOptions, wanted: Kind | None, *, has_comma_decimals: bool) -> Parsed | None:
    head, _ = _plain(texts.distinct.slice(0, _SAMPLE))
    tests = {".": _matcher(_POINT), ",": _matcher(_COMMA)}
    likely = max(float(test(head).mean()) if len(head) else 0.0 for test in tests.values())
    if likely < 0.5 and wanted is None and not _has_markers(head):
        return None
    plain, has_units = _plain(texts.distinct)
    decimal = options.decimal or _decimal(plain, texts.counts, tests, has_comma_decimals=has_comma_decimals)
    is_number = tests[decimal](plain)
    folded = [t.casefold() for t in plain.to_pylist()] if len(plain) - is_number.sum() < 5_000 else []
    is_marker = _mask(folded, lambda t: t in MARKERS, len(plain)) & ~is_number
    is_nan = _mask(folded, lambda t: t in ("nan", "+nan", "-nan"), len(plain))
    rest = ~(is_number | is_marker | is_nan)
    rows = texts.rows(is_number)
    if wanted is None and (rows == 0 or texts.rows(rest)):
        return None if rows <= texts.rows(rest) else _mixed(texts, rest)
    values = _convert(plain, is_number, decimal)
    if wanted is None and pc.any(pc.match_substring_regex(plain, r"^[+-]?0\d|^\+\d{6}")).as_py():
        return None
    return _number_column(texts, values, is_nan, is_marker & ~is_nan | rest, decimal=decimal, has_units=has_units)


def _number_column(
    texts: Texts, values: pa.Array, is_nan: NDArray[np.bool_], is_gone: NDArray[np.bool_], *, decimal: str,
    has_units: bool,
) -> Parsed:
    notes = _gone_notes(texts, is_gone)
    if decimal == ",":
        notes.append(message("read.note.decimal_comma", column=texts.column))
    if has_units:
        notes.append(message("read.note.units", column=texts.column))
    if pa.types.is_int64(values.type) and not is_nan.any():
        return Parsed(texts.spread(values), "int64", notes=tuple(notes))
    floats = values.cast(pa.float64(), safe=False)
    is_huge = _huge(texts.distinct, floats)
    if texts.rows(is_huge) > 0.01 * texts.counts.sum():
        said = message("read.note.huge_text", column=texts.column)
        return Parsed(texts.itself, "string", notes=(said,))
    if is_huge.any():
        row, _ = texts.first(is_huge)
        notes.append(message("read.note.huge_double", column=texts.column, rows=texts.rows(is_huge), first=row))
    filled = pc.if_else(pa.array(is_nan), pa.scalar(np.nan), floats)
    return Parsed(texts.spread(filled), "double", notes=tuple(notes))


def _plain(distinct: pa.Array) -> tuple[pa.Array, bool]:
    """Texts without blanks around them and without a currency or percent sign, and whether there was such a sign."""
    bare = pc.replace_substring(pc.utf8_trim_whitespace(distinct), "\u00a0", " ")
    units = pc.match_substring_regex(bare, _UNITS)
    if not pc.any(units).as_py():
        return bare, False
    return pc.replace_substring_regex(bare, _UNITS, r"\1"), True


def _matcher(pattern: str) -> Callable[[pa.Array], NDArray[np.bool_]]:
    def test(texts: pa.Array) -> NDArray[np.bool_]:
        fits = pc.and_(pc.match_substring_regex(texts, pattern), pc.match_substring_regex(texts, r"\d|(?i:inf)"))
        return np.asarray(fits.to_numpy(zero_copy_only=False), dtype=bool)

    return test


def _decimal(
    plain: pa.Array, counts: NDArray[np.int64], tests: dict[str, Callable[[pa.Array], NDArray[np.bool_]]], *,
    has_comma_decimals: bool,
) -> str:
    point, comma = (int(counts[tests[d](plain)].sum()) for d in ".,")
    if point == comma:
        return "," if has_comma_decimals else "."
    return "," if comma > point else "."


def _convert(plain: pa.Array, is_number: NDArray[np.bool_], decimal: str) -> pa.Array:
    kept = pc.if_else(pa.array(is_number), plain, pa.scalar(None, plain.type))
    bare = pc.replace_substring_regex(kept, r"[,\s]" if decimal == "." else r"[.\s]", "")
    if decimal == ",":
        bare = pc.replace_substring(bare, ",", ".")
    bare = pc.replace_substring_regex(bare, r"^\+", "")
    try:
        return bare.cast(pa.int64())
    except pa.ArrowInvalid:
        return bare.cast(pa.float64())


def _huge(distinct: pa.Array, floats: pa.Array) -> NDArray[np.bool_]:
    big = np.abs(np.nan_to_num(floats.to_numpy(zero_copy_only=False), nan=0.0)) >= _HUGE
    whole = pc.match_substring_regex(distinct, r"^\s*[+-]?\d+\s*$").to_numpy(zero_copy_only=False)
    is_huge: NDArray[np.bool_] = big & np.asarray(whole, dtype=bool)
    return is_huge


def _dates(texts: Texts, options: ReadOptions, wanted: Kind | None) -> Parsed | None:
    found = parse_dates(texts.distinct, texts.counts, options.date_format)
    if found is None:
        return None if wanted is None else Parsed(
            pa.nulls(len(texts.codes), pa.timestamp("us")), "timestamp[us]",
            notes=tuple(_gone_notes(texts, np.ones(len(texts.distinct), dtype=bool))),
        )
    plain = pc.utf8_trim_whitespace(texts.distinct)
    marks = np.array([t.casefold() in MARKERS for t in plain.to_pylist()]) if (~found.is_date).any() else ~found.is_date
    rest = ~found.is_date & ~marks
    shaped = rest & found.is_shaped
    odd = texts.rows(rest & ~shaped)
    if wanted is None and (odd or texts.rows(shaped) > 0.05 * texts.rows(found.is_date)):
        return _mixed(texts, rest & ~shaped) if 0 < odd < 0.5 * texts.counts.sum() else None
    notes = [message(key, column=texts.column, **values) for key, values in found.notes]
    notes += _gone_notes(texts, marks & ~found.is_date)
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


def _mixed(texts: Texts, rest: NDArray[np.bool_]) -> Parsed:
    row, text = texts.first(rest)
    counts = {"rows": texts.rows(rest), "all": len(texts.codes), "first": row}
    said = message("read.note.mixed", column=texts.column, text=text[:40], **counts)
    return Parsed(texts.itself, "string", notes=(said,))


def _gone_notes(texts: Texts, is_gone: NDArray[np.bool_]) -> list[Message]:
    """Which texts were read as missing, and how often; empty text needs no word."""
    shown = [t for t in texts.distinct.filter(pa.array(is_gone)).to_pylist() if t.strip()]
    if not shown:
        return []
    return [message("read.note.read_as_missing", column=texts.column, texts=shown[:5], rows=texts.rows(is_gone))]


def _has_markers(head: pa.Array) -> bool:
    return any(t.casefold() in MARKERS for t in head.to_pylist())


def _mask(folded: list[str], test: Callable[[str], bool], size: int) -> NDArray[np.bool_]:
    flags = np.zeros(size, dtype=np.bool_)
    flags[:len(folded)] = [test(text) for text in folded]
    return flags
