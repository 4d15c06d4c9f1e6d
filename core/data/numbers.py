"""Texts to numbers: decimal marks, thousands, currency signs, words for "nothing here", codes that are no numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import SchemaError
from ..words import message
from .distinct import MARKERS, Parsed, Texts, among
from .options import ReadOptions
from .schema import Kind

__all__ = ["parse_numbers", "quick_numbers"]

_HUGE = float(2**63)
_SAMPLE = 1_000
_NAN = frozenset({"nan", "+nan", "-nan"})
_CODE = r"^-?0[0-9xX]|^\+\d{6}"
_INF = r"(?i:[+-]?inf(inity)?)"
_POINT = rf"^(?:[+-]?(?:\d{{1,3}}(?:[, ]\d{{3}})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?|{_INF})$"
_COMMA = rf"^(?:[+-]?(?:\d{{1,3}}(?:[. ]\d{{3}})+|\d+)?(?:,\d*)?(?:[eE][+-]?\d+)?|{_INF})$"
_UNITS = r"^([+-]?)[€$£¥]\s?|\s?[€$£¥%]$"


def quick_numbers(texts: pa.ChunkedArray) -> Parsed | None:
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
    return bool(pc.any(pc.match_substring_regex(_starts(texts), _CODE)).as_py())


def _starts(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    signed = pc.or_(pc.starts_with(texts, "-0"), pc.starts_with(texts, "+"))
    return texts.filter(pc.or_(pc.starts_with(texts, "0"), signed))


def parse_numbers(
    texts: Texts, options: ReadOptions, wanted: Kind | None, *, has_comma_decimals: bool
) -> Parsed | None:
    """The numbers that distinct texts stand for, or None when they are no numbers.

    Args:
        texts: of one column.
        options: the user's decimal mark, if any.
        wanted: the user's kind, if any: texts that are no numbers are then missing.
        has_comma_decimals: how to read an undecided `1,234`.

    Raises:
        SchemaError: the user wants numbers, and most texts are none.
    """
    head, _ = _plain(texts.distinct.slice(0, _SAMPLE))
    tests = {".": _matcher(_POINT), ",": _matcher(_COMMA)}
    likely = max(float(test(head).mean()) if len(head) else 0.0 for test in tests.values())
    if likely < 0.5 and wanted is None and not _has_markers(head):
        return None
    plain, has_units = _plain(texts.distinct)
    decimal = options.decimal or _decimal(plain, texts.counts, tests, has_comma_decimals=has_comma_decimals)
    is_number = tests[decimal](plain)
    is_nan = among(plain, ~is_number, _NAN)
    rest = ~(is_number | is_nan | among(plain, ~is_number, MARKERS))
    rows, others = texts.rows(is_number), texts.rows(rest)
    if wanted is None and (rows == 0 or others or pc.any(pc.match_substring_regex(plain, _CODE)).as_py()):
        return texts.as_mixed(rest) if rows > others > 0 else None
    if others > rows:
        raise SchemaError("read.convert", column=texts.column, kind=str(wanted), rows=others, all=len(texts.codes))
    values = _convert(plain, is_number, decimal)
    return _number_column(texts, values, is_nan, ~(is_number | is_nan), decimal=decimal, has_units=has_units)


def _number_column(
    texts: Texts, values: pa.Array, is_nan: NDArray[np.bool_], is_gone: NDArray[np.bool_], *, decimal: str,
    has_units: bool,
) -> Parsed:
    notes = texts.gone(is_gone)
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


def _has_markers(head: pa.Array) -> bool:
    return any(t.casefold() in MARKERS for t in head.to_pylist())
