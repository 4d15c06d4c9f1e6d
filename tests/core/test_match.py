"""Match: next month's file must be scored as what it is, and every difference said before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Batch, Column, Missing
from core.data.match import match, there
from core.data.recast import Recast
from core.data.schema import Kind, Role, Schema
from core.data.source import MemorySource
from core.errors import RefusedError
from core.words import words

from .tables import moments, spec, table

ROWS = 20
SHOPS = ["book", "food", "fuel", "toys"]
KNOWN = {"shop": frozenset(SHOPS), "channel": frozenset({"chip", "online"})}


def last_month(rows=ROWS, **changed):
    columns = {
        "payment": (Kind.ID, [f"P{i}" for i in range(rows)], Role.ID),
        "amount": (Kind.NUMBER, [i / 2 for i in range(rows)]),
        "pins": (Kind.INTEGER, [i % 3 for i in range(rows)]),
        "shop": (Kind.CATEGORY, [SHOPS[i % 4] for i in range(rows)]),
        "channel": (Kind.CATEGORY, [["chip", "online"][i % 2] for i in range(rows)]),
        "at": (Kind.DATETIME, moments("2024-01-01", rows)),
        "fraud": (Kind.BOOLEAN, [False] * rows, Role.LABEL),
    }
    for name, column in changed.items():
        if column is None:
            del columns[name]
        else:
            columns[name] = column
    return table(**columns)


def renamed(source, **names):
    to = {old: names.get(old, old) for old in source.schema.names}
    batch = Batch({to[n]: c for n, c in source.batch.columns.items()}, source.rows)
    return MemorySource(batch, Schema(tuple(spec(to[c.name], c.kind, c.role) for c in source.schema)))


def matched(source, known=KNOWN):
    return match(last_month().schema, known, source)


def keys(notes):
    return [n.key.removeprefix("data.match_") for n in notes]


def cells(source, name):
    return source.take(np.arange(source.rows))[name].objects().tolist()


def test_the_same_columns_need_no_word():
    source = last_month()
    found = matched(source)
    assert found.notes == found.problems == ()
    assert found.source.fingerprint == source.fingerprint
    assert found.source.schema == last_month().schema
    assert cells(found.source, "amount") == cells(source, "amount")


def test_columns_in_another_order_are_the_same_columns():
    source = last_month()
    turned = MemorySource(source.batch, Schema(source.schema.columns[::-1]))
    found = matched(turned)
    assert found.notes == ()
    assert list(next(found.source.batches()).columns) == list(last_month().schema.names)


def test_a_column_that_is_gone_shows_as_missing_and_is_left_out_of_scores():
    found = matched(last_month(shop=None))
    assert keys(found.notes) == keys(found.problems) == ["missing"]
    assert found.notes[0].values["columns"] == ["shop"]
    batch = next(found.source.batches())
    assert set(batch["shop"].missing.tolist()) == {Missing.NULL}
    assert batch["amount"].present.all()
    assert there(found.source, ("amount", "shop", "nowhere")) == ("amount",)


def test_ids_that_are_gone_cost_no_score():
    found = matched(last_month(payment=None))
    assert keys(found.notes) == ["unnamed"]
    assert found.problems == ()


def test_a_label_that_is_gone_is_expected():
    assert matched(last_month(fraud=None)).notes == ()


@pytest.mark.parametrize("name", ["Amount", "AMOUNT ", "a_mount", "a-mount"])
def test_another_spelling_is_the_same_column(name):
    source = last_month()
    found = matched(renamed(source, amount=name))
    assert keys(found.notes) == ["renamed"]
    assert found.notes[0].values == {"column": "amount", "now": name}
    assert cells(found.source, "amount") == cells(source, "amount")
    assert found.source.fingerprint != source.fingerprint


def test_a_column_with_the_same_categories_is_the_same_column():
    source = last_month()
    found = matched(renamed(source, shop="merchant_type", channel="how"))
    assert {n.values["column"]: n.values["now"] for n in found.notes} == {"shop": "merchant_type", "channel": "how"}
    assert cells(found.source, "shop") == cells(source, "shop")


def test_two_candidates_are_not_guessed_between():
    source = renamed(last_month(second=(Kind.CATEGORY, [SHOPS[i % 4] for i in range(ROWS)])), shop="first")
    found = matched(source)
    assert keys(found.notes) == ["missing", "new"]


def test_a_single_number_left_over_at_its_place_is_the_same_column():
    source = last_month()
    assert keys(matched(renamed(source, amount="value_eur")).notes) == ["renamed"]
    moved = renamed(source, amount="value_eur")
    moved = MemorySource(moved.batch, Schema((*moved.schema.columns[2:], *moved.schema.columns[:2])))
    assert keys(matched(moved).notes) == ["missing", "new"]


def test_texts_that_are_numbers_and_dates_are_read_as_such():
    source = last_month()
    texts = last_month(
        amount=(Kind.TEXT, [str(i / 2) for i in range(ROWS)]),
        pins=(Kind.CATEGORY, [f"{i % 3}.0" for i in range(ROWS)]),
        at=(Kind.TEXT, [str(m).replace("T", " ") for m in moments("2024-01-01", ROWS, "h")]),
    )
    found = matched(texts)
    assert keys(found.notes) == ["converted"] * 3
    assert found.problems == ()
    for name in ("amount", "pins", "at"):
        assert cells(found.source, name) == cells(source, name)


def test_values_that_do_not_parse_are_missing_and_counted():
    texts = [str(i / 2) if i > 3 else "n/a" for i in range(ROWS)]
    found = matched(last_month(amount=(Kind.TEXT, texts)))
    assert keys(found.problems) == ["retyped"]
    assert found.problems[0].values["lost"] == 4
    assert cells(found.source, "amount")[:5] == [None] * 4 + [2.0]


def test_a_column_that_mostly_does_not_parse_is_refused():
    with pytest.raises(RefusedError) as error:
        matched(last_month(amount=(Kind.TEXT, ["much"] * ROWS)))
    assert error.value.key == "data.match_kind"
    assert "amount" in error.value.lines()[0]


def test_dates_are_no_numbers():
    with pytest.raises(RefusedError):
        matched(last_month(amount=(Kind.DATETIME, moments("2024-01-01", ROWS))))


def test_numbers_are_read_as_the_categories_they_are_written_as():
    fit = table(code=(Kind.CATEGORY, ["1", "2"]), x=(Kind.NUMBER, [1.0, 2.0]))
    now = table(code=(Kind.INTEGER, [1, 2, 3]), x=(Kind.INTEGER, [1, 2, 3]))
    found = match(fit.schema, {"code": frozenset({"1", "2"})}, now)
    assert keys(found.notes) == ["converted", "categories"]
    assert cells(found.source, "code") == ["1", "2", "3"]
    assert cells(found.source, "x") == [1.0, 2.0, 3.0]
    with_point = match(fit.schema, {"code": frozenset({"1.0", "2.0"})}, table(
        code=(Kind.NUMBER, [1.0, 2.0]), x=(Kind.NUMBER, [1.0, 2.0])))
    assert cells(with_point.source, "code") == ["1.0", "2.0"]


def test_new_columns_are_left_out_and_named():
    found = matched(last_month(region=(Kind.CATEGORY, ["n"] * ROWS), score=(Kind.NUMBER, [1.0] * ROWS)))
    assert keys(found.notes) == ["new"]
    assert found.notes[0].values == {"columns": ["region", "score"], "count": 2}
    assert found.problems == ()


def test_new_categories_are_named_commonest_first():
    shops = ["bank"] * 2 + ["zoo"] * 3 + ["food"] * (ROWS - 6) + [None]
    found = matched(last_month(shop=(Kind.CATEGORY, shops)))
    assert keys(found.notes) == ["categories"]
    assert found.notes[0].values == {"column": "shop", "count": 2, "rows": 5, "first": ["zoo", "bank"]}
    assert words().text(found.notes[0]) == "Column shop has 2 values that the fit has never seen, in 5 rows: zoo, bank."


def test_unused_entries_of_a_dictionary_are_no_news():
    source = last_month()
    column = Column.of(Kind.CATEGORY, ["food"] * ROWS, categories=("food", "never"))
    batch = source.batch.with_columns({"shop": column})
    assert matched(MemorySource(batch, source.schema)).notes == ()


def test_another_table_is_refused():
    with pytest.raises(RefusedError) as error:
        matched(table(height=(Kind.NUMBER, [1.0]), weight=(Kind.NUMBER, [2.0])))
    assert error.value.key == "data.match_refused"
    assert "5 of its 5" in error.value.lines()[0]


def test_half_of_the_columns_are_enough():
    assert keys(matched(last_month(shop=None, channel=None)).problems) == ["missing"]
    with pytest.raises(RefusedError):
        matched(last_month(shop=None, channel=None, at=None))


def test_subsets_pages_and_batches_are_read_alike():
    source = renamed(last_month(pins=(Kind.TEXT, [str(i % 3) for i in range(ROWS)])), amount="Amount")
    found = matched(source).source
    whole = found.take(np.arange(ROWS))
    part = found.subset(np.array([3, 7]))
    assert part.rows == 2
    assert cells(part, "pins") == [0, 1]
    pieces = Batch.concat(list(found.batches(["pins", "amount"], size=7)))
    assert pieces["pins"].values.tolist() == whole["pins"].values.tolist()
    assert [b.start for b in found.batches(size=7)] == [0, 7, 14]


def test_every_difference_has_words():
    source = renamed(last_month(
        pins=(Kind.TEXT, ["1"] * 15 + ["x"] * 5), payment=None, channel=None,
        at=(Kind.TEXT, ["2024-01-01"] * ROWS), extra=(Kind.NUMBER, [1.0] * ROWS),
        shop=(Kind.CATEGORY, ["zoo"] + ["food"] * (ROWS - 1)),
    ), amount="AMOUNT")
    found = matched(source)
    assert set(keys(found.notes)) == {"missing", "unnamed", "renamed", "retyped", "converted", "new", "categories"}
    for note in found.notes:
        text = words().text(note)
        assert text.endswith(".")
        assert "data." not in text
        assert "{" not in text


RECASTS = [
    (Kind.NUMBER, Kind.INTEGER, [1.0, 2.5, float("inf"), None, 1e30], [1, None, None, None, None]),
    (Kind.INTEGER, Kind.NUMBER, [1, None, -3], [1.0, None, -3.0]),
    (Kind.TEXT, Kind.NUMBER, ["1", " 2.5 ", "1e3", "1,5", "nan", "0x1", "", "-.5"],
     [1, 2.5, 1000, None, None, None, None, -0.5]),
    (Kind.TEXT, Kind.INTEGER, ["1", "2.0", "2.5", "9223372036854775807", "9223372036854775808", "1e2"],
     [1, 2, None, 9223372036854775807, None, 100]),
    (Kind.TEXT, Kind.BOOLEAN, ["yes", "N", "True", "0", "maybe", None], ["true", "false", "true", "false", None, None]),
    (Kind.INTEGER, Kind.BOOLEAN, [0, 1, 2], ["false", "true", None]),
    (Kind.NUMBER, Kind.BOOLEAN, [0.0, 1.0], ["false", "true"]),
    (Kind.BOOLEAN, Kind.CATEGORY, [True, False], ["true", "false"]),
    (Kind.DATETIME, Kind.CATEGORY, [np.datetime64("2024-01-01T10:30")], ["2024-01-01 10:30"]),
    (Kind.DATETIME, Kind.NUMBER, [np.datetime64("2024-01-01")], [None]),
    (Kind.NUMBER, Kind.DATETIME, [5.0], [None]),
    (Kind.CATEGORY, Kind.TEXT, ["a", "", None], ["a", None, None]),
]


@pytest.mark.parametrize(("was", "now", "values", "expected"), RECASTS)
def test_values_are_read_as_another_kind_where_they_parse(was, now, values, expected):
    column = Column.of(was, values)
    known = frozenset({"true", "false"}) if now is Kind.BOOLEAN else frozenset()
    found = Recast(spec("x", now), known).column(column)
    assert found.objects().tolist() == expected
    assert found.kind is now
    assert np.array_equal(found.missing[~column.present], column.missing[~column.present])


def test_dates_are_read_in_the_format_the_fit_knew():
    column = Column.of(Kind.TEXT, ["03/01/2024", "31/12/1969", "2024-01-03", "31/02/2024"])
    found = Recast(spec("x", Kind.DATETIME, date_format="%d/%m/%Y")).column(column)
    assert [None if v is None else str(v)[:10] for v in found.objects()] == ["2024-01-03", "1969-12-31", None, None]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=20))
def test_integers_survive_being_text(values):
    column = Column.of(Kind.INTEGER, values)
    as_text = Recast(spec("x", Kind.CATEGORY)).column(column)
    assert Recast(spec("x", Kind.INTEGER)).column(as_text).objects().tolist() == values
