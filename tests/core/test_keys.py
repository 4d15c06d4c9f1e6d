"""Keys: a verdict must find its case again in a refreshed file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Batch, Column
from core.data.keys import case_keys, occurrences, row_hashes
from core.data.schema import Kind, Role, Schema
from core.data.source import MemorySource

from .tables import moments, spec, table


def payments(rows=60):
    return table(
        payment=(Kind.ID, [f"P{i}" for i in range(rows)], Role.ID),
        amount=(Kind.NUMBER, [float(i % 7) for i in range(rows)]),
        shop=(Kind.CATEGORY, [None if i % 11 == 0 else f"shop {i % 5}" for i in range(rows)]),
        at=(Kind.DATETIME, moments("2024-01-01", rows)),
    )


def reordered(source, rows=None, columns=None):
    names = columns or source.schema.names
    batch = source.take(np.arange(source.rows) if rows is None else rows, names)
    return MemorySource(batch, Schema(tuple(source.schema[n] for n in names)))


def test_a_row_keeps_its_hash_whatever_the_size_of_batches():
    source = payments()
    whole = row_hashes(source)
    assert len(set(whole.tolist())) == source.rows

    class Small(MemorySource):
        def batches(self, columns=None, size=7):
            return super().batches(columns, 7)

    assert np.array_equal(row_hashes(Small(source.batch, source.schema)), whole)


def test_a_row_keeps_its_hash_when_columns_change_places():
    source = payments()
    assert np.array_equal(row_hashes(reordered(source, columns=source.schema.names[::-1])), row_hashes(source))


def test_a_row_keeps_its_hash_under_another_dictionary():
    texts = ["b", "a", "c", "a"]
    one = Column.of(Kind.CATEGORY, texts, categories=("a", "b", "c"))
    other = Column.of(Kind.CATEGORY, texts, categories=("c", "unused", "b", "a"))
    schema = Schema((spec("x", Kind.CATEGORY),))
    first, second = (row_hashes(MemorySource(Batch({"x": c}, 4), schema)) for c in (one, other))
    assert np.array_equal(first, second)


def test_whole_numbers_hash_alike_as_integers_and_as_numbers():
    values = [3, -7, 0, 2**53]
    first = row_hashes(table(x=(Kind.INTEGER, values)))
    second = row_hashes(table(x=(Kind.NUMBER, [float(v) for v in values])))
    assert np.array_equal(first, second)
    assert np.array_equal(row_hashes(table(x=(Kind.NUMBER, [-0.0]))), row_hashes(table(x=(Kind.NUMBER, [0.0]))))
    large = row_hashes(table(x=(Kind.INTEGER, [2**60, 2**60 + 1])))
    assert large[0] != large[1]


def test_null_nan_empty_and_zero_are_four_things():
    numbers = row_hashes(table(x=(Kind.NUMBER, [None, float("nan"), 0.0])))
    texts = row_hashes(table(x=(Kind.CATEGORY, [None, "", "0"])))
    assert len({*numbers.tolist(), *texts.tolist()}) == 5  # NULL is NULL in any kind


def test_the_same_value_in_another_column_is_another_row():
    assert row_hashes(table(a=(Kind.NUMBER, [1.0]))) != row_hashes(table(b=(Kind.NUMBER, [1.0])))
    swapped = [row_hashes(table(a=(Kind.CATEGORY, [x]), b=(Kind.CATEGORY, [y]))) for x, y in ("uv", "vu")]
    assert swapped[0] != swapped[1]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["u", "v", None])), max_size=30))
def test_equal_rows_have_equal_hashes_and_others_do_not(rows):
    source = table(a=(Kind.INTEGER, [r[0] for r in rows]), b=(Kind.CATEGORY, [r[1] for r in rows]))
    hashes = row_hashes(source).tolist()
    for i, row in enumerate(rows):
        for j in range(i):
            assert (hashes[i] == hashes[j]) == (row == rows[j])


@given(st.lists(st.integers(0, 4), max_size=30))
def test_occurrences_count_earlier_equals(values):
    found = occurrences(np.array(values, dtype=np.uint64)).tolist()
    assert found == [values[:i].count(v) for i, v in enumerate(values)]


def test_a_unique_id_names_the_case():
    assert case_keys(payments(), np.array([5, 2])) == ["P5", "P2"]


def test_several_ids_name_the_case_together_and_unmistakably():
    source = table(a=(Kind.ID, ["x / y", "x", "x"], Role.ID), b=(Kind.ID, ["z", "y / z", "z"], Role.ID))
    keys = case_keys(source, np.arange(3))
    assert keys == ["x \\/ y / z", "x / y \\/ z", "x / z"]


@pytest.mark.parametrize("ids", [["A", "A", "B"], ["A", None, "B"], ["A", "", "B"]])
def test_an_id_that_repeats_or_is_missing_names_no_case(ids):
    source = table(payment=(Kind.ID, ids, Role.ID), amount=(Kind.NUMBER, [1.0, 1.0, 2.0]))
    keys = case_keys(source, np.arange(3))
    assert all(k.startswith("#") for k in keys)
    assert len(set(keys)) == 3


def test_content_keys_survive_sorting_and_new_rows():
    source = table(amount=(Kind.NUMBER, [1.0, 2.0, 2.0, 3.0]), shop=(Kind.CATEGORY, ["a", "b", "b", "c"]))
    keys = case_keys(source, np.arange(4))
    later = table(
        amount=(Kind.NUMBER, [9.0, 3.0, 2.0, 2.0, 1.0]), shop=(Kind.CATEGORY, ["z", "c", "b", "b", "a"])
    )
    assert case_keys(later, np.arange(1, 5)) == [keys[3], keys[1], keys[2], keys[0]]
    assert keys[1].endswith(".0")
    assert keys[2].endswith(".1")


def test_changing_the_role_of_ids_changes_how_cases_are_named():
    source = payments()
    assert case_keys(source, np.array([1])) == ["P1"]
    plain = source.with_schema(source.schema.set("payment", role=Role.IGNORE))
    assert case_keys(plain, np.array([1]))[0].startswith("#")
