"""What texts mean: numbers, dates and their odd relatives, as people and programs write them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.data import Kind
from core.data.options import ReadOptions
from core.data.settle import decimals_of, settle


def read(texts, options=None, name="x", *, is_text=True, has_comma_decimals=False):
    column = pa.chunked_array([pa.array(texts, pa.string())])
    return settle(name, column, options or ReadOptions(), is_text=is_text, has_comma_decimals=has_comma_decimals)


def keys(settled) -> set[str]:
    return {note.key.removeprefix("read.note.") for note in settled.notes}


NUMBERS = {
    "whole": (["1", "-2", "30"], Kind.INTEGER, [1, -2, 30]),
    "broken": (["1.5", "-2", "3e2"], Kind.NUMBER, [1.5, -2.0, 300.0]),
    "thousands": (["1,234.50", "12.00", "1,000,000.25"], Kind.NUMBER, [1234.5, 12.0, 1000000.25]),
    "decimal comma": (["1,5", "2,25", "-0,5"], Kind.NUMBER, [1.5, 2.25, -0.5]),
    "decimal comma, thousands": (["1.234,50", "12,00", "1.000.000,25"], Kind.NUMBER, [1234.5, 12.0, 1000000.25]),
    "blanks between thousands": (["1 234,5", "12,5", "2 000,5"], Kind.NUMBER, [1234.5, 12.5, 2000.5]),
    "currency": (["€ 1.50", "€ 2.25", "-€3.00"], Kind.NUMBER, [1.5, 2.25, -3.0]),
    "percent": (["10%", "12.5 %", "3%"], Kind.NUMBER, [10.0, 12.5, 3.0]),
    "signs": (["+1.5", "-2", "3"], Kind.NUMBER, [1.5, -2.0, 3.0]),
    "blanks around": ([" 1", " 2", "3 "], Kind.INTEGER, [1, 2, 3]),
    "markers": (["1", "n/a", "-", "NULL", "?", "4"], Kind.INTEGER, [1, None, None, None, None, 4]),
    "quoted empty": (["1.5", "", "2.5"], Kind.NUMBER, [1.5, None, 2.5]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name):
    texts, kind, values = NUMBERS[name]
    settled = read(texts)
    assert settled.kind is kind, settled.notes
    assert settled.array.to_pylist() == values


@pytest.mark.parametrize("texts", [
    ["007", "123", "045"], ["0x1F", "0x20", "0x03"], ["+44123456", "+44999999", "+33111111"], ["1-2", "3-4", "5-6"],
    ["12a", "13", "14b"], ["1.2.3", "1.2.4", "2.0.0"], ["n/a", "-", "?"], ["", "", "x"],
])
def test_what_only_looks_like_numbers_stays_text(texts):
    """A telephone number, a version or a post code loses its meaning as a number."""
    settled = read(texts)
    assert settled.kind is Kind.CATEGORY
    assert settled.array.to_pylist() == texts


def test_nan_is_not_null():
    settled = read(["1.5", "NaN", None, "2"])
    assert settled.array.null_count == 1
    assert np.isnan(settled.array[1].as_py())


def test_an_undecided_comma_follows_the_delimiter():
    """`1,234` is a thousand in one country and little more than one in another."""
    assert read(["1,234", "5,678"]).array.to_pylist() == [1234, 5678]
    assert read(["1,234", "5,678"], has_comma_decimals=True).array.to_pylist() == [1.234, 5.678]
    assert read(["1,234", "5,678"], ReadOptions(decimal=",")).array.to_pylist() == [1.234, 5.678]


def test_what_was_read_as_missing_is_named():
    (note,) = read(["1", "n/a", "3", "n/a"]).notes
    assert note.values == {"column": "x", "texts": ["n/a"], "rows": 2}


def test_a_few_texts_among_numbers_are_named_with_their_row():
    (note,) = read([*map(str, range(50)), "twelve", "7"]).notes
    assert note.key == "read.note.mixed"
    assert (note.values["rows"], note.values["first"], note.values["text"]) == (1, 51, "twelve")


def test_a_kind_the_user_gave_beats_what_values_look_like():
    texts = ["1", "2", "three"]
    assert read(texts, ReadOptions(kinds=("x=number",))).array.to_pylist() == [1, 2, None]
    assert read(["1", "2", "3"], ReadOptions(kinds=("x=category",))).kind is Kind.CATEGORY


DATES = {
    "ISO": (["2026-03-01", "2026-12-31"], None, ["2026-03-01", "2026-12-31"]),
    "ISO with time": (["2026-03-01 02:49:30", "2026-03-01 00:00:00"], None, ["2026-03-01T02:49:30", "2026-03-01"]),
    "ISO with T": (["2026-03-01T02:49", "2026-03-02T10:00"], None, ["2026-03-01T02:49", "2026-03-02T10:00"]),
    "fractions": (["2026-03-01 02:49:30.250", "2026-03-01 02:49:31"], None,
                  ["2026-03-01T02:49:30.250", "2026-03-01T02:49:31"]),
    "nanoseconds": (["2026-03-01 02:49:30.123456789"] * 2, None, ["2026-03-01T02:49:30.123457"] * 2),
    "day first": (["31/12/2025", "01/02/2026"], "%d/%m/%Y", ["2025-12-31", "2026-02-01"]),
    "month first": (["12/31/2025", "02/01/2026"], "%m/%d/%Y", ["2025-12-31", "2026-02-01"]),
    "points": (["31.12.2025", "1.2.2026"], "%d.%m.%Y", ["2025-12-31", "2026-02-01"]),
    "names of months": (["31 Dec 2025", "01 Feb 2026"], "%d %b %Y", ["2025-12-31", "2026-02-01"]),
    "afternoon": (["12/31/2025 11:30:00 PM", "02/01/2026 12:00:00 AM"], "%m/%d/%Y %I:%M:%S %p",
                  ["2025-12-31T23:30", "2026-02-01"]),
    "zone": (["2026-03-01T02:49:30+01:00"] * 2, None, ["2026-03-01T02:49:30"] * 2),
    "zulu": (["2026-03-01T02:49:30Z"] * 2, None, ["2026-03-01T02:49:30"] * 2),
    "two zones": (["2026-03-01 02:00:00+01:00", "2026-03-01 02:00:00Z"], None,
                  ["2026-03-01T01:00", "2026-03-01T02:00"]),
}


@pytest.mark.parametrize("name", DATES)
def test_dates(name):
    texts, pattern, expected = DATES[name]
    settled = read(texts)
    assert settled.kind is Kind.DATETIME, settled.notes
    assert settled.array.to_numpy().tolist() == np.array(expected, "datetime64[us]").tolist()
    assert settled.date_format == pattern


def test_dates_that_could_be_either_say_so():
    settled = read(["01/02/2026", "03/04/2026"])
    assert keys(settled) == {"ambiguous_date"}
    assert settled.array.to_numpy()[0] == np.datetime64("2026-02-01")
    asked = read(["01/02/2026", "03/04/2026"], ReadOptions(date_format="%m/%d/%Y"))
    assert asked.array.to_numpy()[0] == np.datetime64("2026-01-02")
    assert not asked.notes


def test_a_day_that_does_not_exist_is_missing_not_the_next_month():
    """The C library turns 31/02 into 3 March without a word."""
    settled = read([*(f"{d:02d}/01/2026" for d in range(1, 29)), "31/02/2026"])
    assert settled.array[-1].as_py() is None
    assert keys(settled) >= {"no_such_date"}


def test_compact_dates_need_a_name_that_says_so():
    texts = ["20260301", "20260302"]
    assert read(texts, name="booking_date").kind is Kind.DATETIME
    assert read(texts, name="amount").kind is Kind.INTEGER
    assert read(["20260301", "20261301"], name="booking_date").kind is Kind.INTEGER


def test_typed_files_mean_text_where_they_say_text():
    assert read(["1", "2"], is_text=False).kind is Kind.CATEGORY
    assert read(["2026-03-01", "2026-03-02"], is_text=False).kind is Kind.DATETIME
    assert read(["1", "2"], ReadOptions(kinds=("x=integer",)), is_text=False).kind is Kind.INTEGER


@pytest.mark.parametrize(("values", "decimals"), [
    ([1.0, 2.0], 0), ([1.5, 2.25], 2), ([271.90000000000003, 0.5], 1), ([1 / 3, 0.5], None), ([np.nan, np.inf, 2.5], 1),
    ([], None), ([1e15, 0.5], None),
])
def test_decimals(values, decimals):
    assert decimals_of(np.array(values, dtype=float)) == decimals


ARROW = {
    "bool": (pa.array([True, None, False]), ["true", None, "false"], Kind.CATEGORY),
    "uint64": (pa.array([1, 2**64 - 1], pa.uint64()), ["1", str(2**64 - 1)], Kind.CATEGORY),
    "int8": (pa.array([1, None], pa.int8()), [1, None], Kind.INTEGER),
    "decimal": (pa.array([None, "1.50"]).cast(pa.decimal128(10, 2)), [None, 1.5], Kind.NUMBER),
    "float32": (pa.array([0.5, 2.0], pa.float32()), [0.5, 2.0], Kind.NUMBER),
    "date": (pa.array([0, 1], pa.date32()), [0, 86_400_000_000], Kind.DATETIME),
    "zoned": (pa.array([0], pa.timestamp("ms", "Europe/Paris")), [3_600_000_000], Kind.DATETIME),
    "duration": (pa.array([1500], pa.duration("ms")), [1.5], Kind.NUMBER),
    "clock": (pa.array([3661], pa.time32("s")), ["01:01:01"], Kind.CATEGORY),
    "list": (pa.array([[1, 2], None]), ["[1, 2]", None], Kind.CATEGORY),
    "bytes": (pa.array([b"\x00\xff"]), ["00ff"], Kind.CATEGORY),
    "dictionary": (pa.array(["a", "", "b"]).dictionary_encode(), ["a", "", "b"], Kind.CATEGORY),
    "nothing": (pa.nulls(2), [None, None], Kind.CATEGORY),
}


@pytest.mark.parametrize("name", ARROW)
def test_every_arrow_type_has_a_form(name):
    array, values, kind = ARROW[name]
    settled = settle("x", pa.chunked_array([array]), ReadOptions(), is_text=False, has_comma_decimals=False)
    assert settled.kind is kind
    stored = settled.array.cast(pa.int64()) if kind is Kind.DATETIME else settled.array
    assert stored.to_pylist() == values


def test_empty_text_stands_last_in_its_dictionary():
    settled = read(["b", "", "a", None, ""])
    assert settled.array.dictionary.to_pylist() == ["b", "a", ""]
    assert settled.array.to_pylist() == ["b", "", "a", None, ""]
