"""View: the grid must show the rows that were asked for, in the order asked for, as they stand in the table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Batch, Column, Missing
from core.data.cells import cell_texts
from core.data.conditions import Condition
from core.data.schema import Kind, Role, Schema
from core.data.source import MemorySource
from core.data.view import display, order
from core.errors import SchemaError

from .tables import spec, table

SOURCE = table(
    name=(Kind.ID, ["P1", "p2", "Zoë", "a", None]),
    amount=(Kind.NUMBER, [9400.37, -50.5, float("inf"), float("nan"), 12.0]),
    count=(Kind.INTEGER, [3, 1, 1, None, 2]),
    at=(Kind.DATETIME, [np.datetime64(t) for t in (
        "2024-03-01T10:30", "2024-03-01T23:59", "NaT", "2023-01-01", "2024-04-01",
    )]),
)


@pytest.mark.parametrize(
    ("find", "rows"),
    [
        ("", [0, 1, 2, 3, 4]), ("p", [0, 1]), ("ZOË", [2]), ("9,400", [0]), ("9400.3", [0]), ("9400.4", []),
        ("-50", [1]), ("50", []), ("1", [0, 1, 2]), ("2024-03-01", [0, 1]), ("2024-03-01 10:30", [0]), ("nothing", []),
        (".*", []), ("  p2 ", [1]),
    ],
)
def test_a_search_finds_the_rows_that_show_it(find, rows):
    assert order(SOURCE, None, find).tolist() == rows


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        ("name", [3, 0, 1, 2, 4], [2, 1, 0, 3, 4]),
        ("amount", [1, 4, 0, 2, 3], [2, 0, 4, 1, 3]),
        ("count", [1, 2, 4, 0, 3], [0, 4, 1, 2, 3]),
        ("at", [3, 0, 1, 4, 2], [4, 1, 0, 3, 2]),
    ],
)
def test_missing_cells_come_last_in_both_directions(sort, up, down):
    assert order(SOURCE, None, "", sort).tolist() == up
    assert order(SOURCE, None, "", sort, descending=True).tolist() == down


def test_filter_search_and_order_work_together():
    where = Condition.parse("COUNT <= 2 and amount is present")
    assert order(SOURCE, where, "", "amount").tolist() == [1, 4, 2]
    assert order(SOURCE, where, "p", "amount").tolist() == [1]


def test_views_are_remembered_and_cannot_be_changed():
    first = order(SOURCE, None, "", "amount")
    assert order(SOURCE, None, "", "amount") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


def test_another_kind_is_another_view():
    digits = Column.of(Kind.CATEGORY, ["10", "9", "8"])
    numbers = Column.of(Kind.INTEGER, [10, 9, 8])
    as_text, as_number = (
        MemorySource(Batch({"x": c}, 3), Schema((spec("x", c.kind),)), fingerprint="same") for c in (digits, numbers)
    )
    assert order(as_text, None, "", "x").tolist() == [0, 2, 1]
    assert order(as_number, None, "", "x").tolist() == [2, 1, 0]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=20), st.booleans())
def test_sorting_agrees_with_python(values, descending):
    found = order(table(x=(Kind.INTEGER, values)), None, "", "x", descending=descending).tolist()
    present = [i for i, v in enumerate(values) if v is not None]
    expected = sorted(present, key=lambda i: -values[i] if descending else values[i])
    assert found == expected + [i for i, v in enumerate(values) if v is None]


def test_an_unknown_column_is_refused():
    with pytest.raises(SchemaError):
        order(SOURCE, None, "", "merchant")
    with pytest.raises(SchemaError):
        order(SOURCE, Condition.parse("merchant = x"))


def test_an_empty_table_has_an_empty_view():
    empty = table(x=(Kind.NUMBER, []), c=(Kind.CATEGORY, []))
    assert order(empty, Condition.parse("x > 1"), "a", "c").tolist() == []
    assert display(empty.take(np.arange(0)), empty.schema) == []


def shown(kind, values, **more):
    return cell_texts(Column.of(kind, values), spec(more.pop("name", "x"), kind, **more))


def test_numbers_have_the_decimals_of_their_column():
    assert shown(Kind.NUMBER, [9400.0, 0.5, -1234567.891], decimals=2) == ["9,400.00", "0.50", "-1,234,567.89"]
    assert shown(Kind.NUMBER, [9400.0, 0.1234567, 123456.789, 1e-9, 1e20]) == [
        "9,400", "0.123457", "123,456.79", "1e-09", "1e+20",
    ]
    assert shown(Kind.NUMBER, [float("inf"), float("-inf")], decimals=2) == ["infinity", "-infinity"]
    assert shown(Kind.INTEGER, [1234567, -5]) == ["1,234,567", "-5"]


def test_years_are_not_amounts():
    assert shown(Kind.INTEGER, [2024], name="birth_year") == ["2024"]
    assert shown(Kind.INTEGER, [2024], name="yearly") == ["2,024"]
    assert shown(Kind.INTEGER, [1002003], name="customer", role=Role.ENTITY) == ["1002003"]


@pytest.mark.parametrize(
    ("moments", "texts"),
    [
        (["2024-03-01", "1969-12-31"], ["2024-03-01", "1969-12-31"]),
        (["2024-03-01T10:30", "2024-03-01"], ["2024-03-01 10:30", "2024-03-01 00:00"]),
        (["2024-03-01T10:30:05"], ["2024-03-01 10:30:05"]),
        (["2024-03-01T10:30:05.25"], ["2024-03-01 10:30:05.250000"]),
    ],
)
def test_dates_leave_useless_parts_out(moments, texts):
    assert shown(Kind.DATETIME, [np.datetime64(m) for m in moments]) == texts


def test_each_sort_of_missing_is_told_apart():
    assert shown(Kind.NUMBER, [None, float("nan")]) == [{"missing": "null"}, {"missing": "nan"}]
    assert shown(Kind.TEXT, ["", "0"]) == [{"missing": "empty"}, "0"]
    assert shown(Kind.DATETIME, [np.datetime64("NaT")]) == [{"missing": "nan"}]
    assert Missing.NULL == 1


def test_rows_are_displayed_in_the_order_of_the_columns():
    rows = display(SOURCE.take(np.array([1]), ["count", "name"]), SOURCE.schema)
    assert rows == [["1", "p2"]]
