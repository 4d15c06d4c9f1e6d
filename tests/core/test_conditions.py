"""Conditions: a filter that means something else than it says shows, or draws, the wrong rows."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.conditions import OPERATORS, Condition, Test, period
from core.data.schema import Kind
from core.errors import SchemaError

from .tables import table

SOURCE = table(
    amount=(Kind.NUMBER, [5.0, 1000.5, -3.0, None, float("nan"), float("inf")]),
    pins=(Kind.INTEGER, [0, 1, 2, 3, None, 2**60]),
    country=(Kind.CATEGORY, ["FR", "IE", "O'Neill", "", None, "FR"]),
    online=(Kind.BOOLEAN, [True, False, True, None, False, True]),
    at=(Kind.DATETIME, [np.datetime64(t) for t in (
        "2024-01-01T00:00", "2024-01-31T23:59:59", "2024-02-01T00:00", "NaT", "2023-12-31T12:00", "2024-01-15T10:30",
    )]),
)

FOUND = [
    ("", [0, 1, 2, 3, 4, 5]),
    ("amount > 5", [1, 5]),
    ("amount >= 5", [0, 1, 5]),
    ("amount < 5", [2]),
    ("amount <= 5", [0, 2]),
    ("amount = 1000.5", [1]),
    ("amount == 1000.5", [1]),
    ("amount != 5", [1, 2, 5]),
    ("amount <> 5", [1, 2, 5]),
    ("amount > -1e1 and amount < +.5e1", [2]),
    ("amount between -3 and 5", [0, 2]),
    ("amount in (5, -3)", [0, 2]),
    ("amount = inf", [5]),
    ("amount is missing", [3, 4]),
    ("amount IS NOT NULL", [0, 1, 2, 5]),
    ("pins >= 2", [2, 3, 5]),
    ("pins > 1.5", [2, 3, 5]),
    ("pins = 1152921504606846976", [5]),
    ("pins = 1152921504606846975", []),
    ("pins > 1152921504606846975", [5]),
    ("pins <= 1152921504606846975", [0, 1, 2, 3]),
    ("country = 'FR'", [0, 5]),
    ("country = FR", [0, 5]),
    ('country = "FR"', [0, 5]),
    ("country in ('FR', IE)", [0, 1, 5]),
    ("country = 'O''Neill'", [2]),
    ("country != 'FR'", [1, 2]),
    ("country = ''", [3]),
    ("country is present", [0, 1, 2, 5]),
    ("country is missing", [3, 4]),
    ("online = true", [0, 2, 5]),
    ("online = Yes", [0, 2, 5]),
    ("online = 0", [1, 4]),
    ("at = 2024-01", [0, 1, 5]),
    ("at = 2024", [0, 1, 2, 5]),
    ("at <= 2024-01-31", [0, 1, 4, 5]),
    ("at < 2024-01-31", [0, 4, 5]),
    ("at > '2024-01-31'", [2]),
    ("at >= 2024-01-15 10:30", [1, 2, 5]),
    ("at between 2024-01-01 and 2024-01-31", [0, 1, 5]),
    ("at = '2024-01-15T10:30:00'", [5]),
    ("COUNTRY = FR and Amount > 10", [5]),
    ('"country" = FR AND `amount` < 10', [0]),
]


@pytest.mark.parametrize(("text", "rows"), FOUND, ids=[t or "nothing" for t, _ in FOUND])
def test_a_condition_finds_the_rows_it_names(text, rows):
    condition = Condition.parse(text).check(SOURCE.schema)
    assert np.flatnonzero(condition.mask(SOURCE.batch)).tolist() == rows


@pytest.mark.parametrize("text", [t for t, _ in FOUND])
def test_a_condition_is_written_as_it_is_read(text):
    condition = Condition.parse(text)
    assert Condition.parse(condition.to_text()) == condition
    assert Condition.from_json(json.loads(json.dumps(condition.to_json()))) == condition


WRONG = [
    ("amount >", 9, "the end"),
    ("amount > 1,000", 11, "','"),
    ("> 5", 1, "'>'"),
    ("amount ~ 3", 8, "'~'"),
    ("amount", 7, "the end"),
    ("amount > 5 country = FR", 12, "'country'"),
    ("amount > 5 and", 15, "the end"),
    ("amount between 1 or 2", 18, "'or'"),
    ("country in FR", 12, "'FR'"),
    ("country in (FR", 15, "the end"),
    ("country in ()", 13, "')'"),
    ("country is FR", 12, "'FR'"),
    ("amount = and", 10, "'and'"),
]


@pytest.mark.parametrize(("text", "place", "found"), WRONG)
def test_a_mistake_is_shown_at_its_place(text, place, found):
    with pytest.raises(SchemaError) as error:
        Condition.parse(text)
    what, why, fix = error.value.lines()
    assert text in what
    assert f"character {place} " in why
    assert found in why
    assert "country in" in fix


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a = 1 or b = 2", "data.condition_or"),
        ("country = 'FR", "data.condition"),
        ("amount > five", "data.condition_number"),
        ("pins = 1.x", "data.condition_number"),
        ("at > 3", "data.condition_date"),
        ("at = 31/01/2024", "data.condition_date"),
        ("at = 2024-02-31", "data.condition_date"),
        ("at = '2024-01-01T10:00+02:00'", "data.condition_date"),
        ("country > FR", "data.condition_order"),
        ("merchant = x", "schema.no_column"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, key):
    with pytest.raises(SchemaError) as error:
        Condition.parse(text).check(SOURCE.schema)
    assert error.value.key == key


def test_a_foreign_operator_in_json_is_refused():
    with pytest.raises(SchemaError):
        Condition.from_json([{"column": "x", "op": "; drop table", "values": []}])


def test_a_batch_without_the_column_is_refused():
    with pytest.raises(SchemaError):
        Condition.parse("amount > 5").mask(SOURCE.batch.select(["country"]))


def test_periods_have_the_length_that_was_written():
    day = 86_400_000_000
    start, end = period("2024-02-29") or (0, 0)
    assert end - start == day
    assert period("2024-03-01 00:00") == (end, end + 60_000_000)
    assert period("2024") == ((period("2024-01-01") or (0,))[0], (period("2025-01-01") or (0,))[0])
    assert [period(t) for t in ("", "20240101", "2024-1-1", "NaT", "today", "2024-13")] == [None] * 6


NAMES = st.text(min_size=1, max_size=12)
VALUES = st.one_of(st.text(max_size=12), st.floats(allow_nan=False, allow_infinity=False))


@settings(deadline=None)
@given(st.lists(st.builds(
    lambda column, op, values: Test(column, op, () if op.startswith("is") else values if op == "in" else values[:1]),
    NAMES, st.sampled_from(OPERATORS), st.lists(VALUES, min_size=1, max_size=3).map(tuple),
), max_size=3))
def test_every_condition_survives_its_own_text(tests):
    condition = Condition(tuple(tests))
    found = Condition.parse(condition.to_text())
    assert [(t.column, t.op) for t in found.tests] == [(t.column, t.op) for t in condition.tests]
    for mine, theirs in zip(found.tests, condition.tests, strict=True):
        assert [float(v) if not isinstance(w, str) else v for v, w in zip(mine.values, theirs.values, strict=True)] == [
            *theirs.values
        ]
    assert Condition.from_json(condition.to_json()) == condition


@settings(deadline=None)
@given(st.text(alphabet="ab1.'\"`=<>!(), andorinisbetween", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        condition = Condition.parse(text)
    except SchemaError:
        return
    assert Condition.parse(condition.to_text()) == condition


EDGES = [float("inf"), float("-inf"), 1.7976931348623157e308, 0.0, 2.0**53, 2.0**63, -(2.0**63)]
FLOATS = st.one_of(st.floats(allow_nan=False), st.sampled_from(EDGES))
INTEGERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, -(2**63)]))


def expected(value, op, limit):
    return {
        "=": value == limit, "!=": value != limit, "<": value < limit, "<=": value <= limit, ">": value > limit,
        ">=": value >= limit,
    }[op]


@given(FLOATS, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), FLOATS)
def test_comparisons_agree_with_arithmetic(value, op, limit):
    source = table(x=(Kind.NUMBER, [value]))
    assert Condition((Test("x", op, (limit,)),)).mask(source.batch)[0] == expected(value, op, limit)


@settings(max_examples=300)
@given(INTEGERS, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.one_of(INTEGERS, FLOATS))
def test_whole_numbers_are_compared_exactly(value, op, limit):
    source = table(x=(Kind.INTEGER, [value]))
    given_as = str(limit) if isinstance(limit, int) else limit
    assert Condition((Test("x", op, (given_as,)),)).mask(source.batch)[0] == expected(value, op, limit)


def test_the_window_can_load_conditions_without_the_engine():
    code = "import sys, core.data.conditions; print(sorted({'pandas','pyarrow','duckdb','scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
