"""Rules: found where they hold, not where they do not, and kept by every row of a copy."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data.batch import Batch, Column
from core.data.conditions import Condition
from core.data.rules.base import RULES
from core.data.rules.book import discover, judge, keep, rules_from_json, to_json
from core.data.schema import Kind, Role
from core.errors import DataError, SchemaError
from core.run import Run
from core.synth.draw import draw_rows
from core.tasks._rules import kept_rules
from core.words import words

from .planted import PLANTED, planted
from .tables import table

ROWS = 3_000


def names(found):
    return {(f.rule.key, frozenset(f.rule.columns)) for f in found}


@pytest.fixture(scope="module")
def source():
    return planted(ROWS, seed=11)


@pytest.fixture(scope="module")
def found(source):
    return discover(source, Run())


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_planted_rules_are_found_and_hardly_another(seed):
    got = names(discover(planted(ROWS, seed), Run()))
    assert len(got & PLANTED) >= 18
    assert len(got - PLANTED) <= 2


def test_shuffled_columns_keep_no_rule_between_them(source):
    rng = np.random.default_rng(0)
    shuffled = {name: c.take(rng.permutation(source.rows)) for name, c in source.batch.columns.items()}
    torn = type(source)(Batch(shuffled, source.rows), source.schema)
    assert {f.rule.key for f in discover(torn, Run())} <= {"form", "bounds"}


def test_dirty_rows_are_counted_and_listed(source, found):
    for item in found:
        wrong = np.flatnonzero(item.rule.broken(source.batch))
        assert item.broken == len(wrong)
        assert list(item.rows) == wrong[:100].tolist()
    assert sum(item.broken for item in found) > 0


def test_mended_rows_keep_every_rule(source, found):
    rules = [f.rule for f in found]
    rng = np.random.default_rng(1)
    mixed = {name: c.take(rng.permutation(source.rows)) for name, c in source.batch.columns.items()}
    batch, good = keep(rules, Batch(mixed, source.rows), rng)
    assert good.mean() > 0.3
    kept = batch.take(good)
    for rule in rules:
        assert not rule.broken(kept).any(), rule
        assert not rule.unsure(kept).any(), rule


def test_each_kind_survives_json(source, found):
    back = rules_from_json(json.loads(json.dumps(to_json(found))), source.schema)
    assert list(back) == [f.rule for f in found]
    assert {r.key for r in back} == set(RULES.keys())
    for before, after in zip(found, judge(source, back, Run()), strict=True):
        assert (before.support, before.broken) == (after.support, after.broken)


def test_each_rule_has_its_sentence(found):
    for item in found:
        text = words().text(item.rule.sentence())
        assert "rules." not in text
        assert "{" not in text
        assert all(column in text for column in item.rule.columns)


class Shuffling:
    """Draws every column by itself from the rows of a table: breaks most rules most of the time."""

    def __init__(self, batch):
        self.batch = batch

    def draw(self, n, condition, rng):
        yield Batch({k: c.take(rng.integers(self.batch.rows, size=n)) for k, c in self.batch.columns.items()}, n)


def test_every_row_of_a_copy_keeps_every_rule(source, found):
    rules = [f.rule for f in found]
    copy = Batch.concat(list(draw_rows(
        Shuffling(source.batch), source.schema, 500, Condition(), np.random.default_rng(2), rules=rules)))
    assert copy.rows == 500
    for rule in rules:
        assert not rule.broken(copy).any(), rule


def test_mending_keeps_the_condition(source, found):
    where = Condition.parse("region = 'region3'")

    class Chosen(Shuffling):
        def draw(self, n, condition, rng):
            for batch in super().draw(8 * n, condition, rng):
                yield batch.take(condition.mask(batch))

    rules = [f.rule for f in found]
    copy = Batch.concat(list(draw_rows(
        Chosen(source.batch), source.schema, 50, where, np.random.default_rng(2), rules=rules)))
    assert copy.rows == 50
    assert set(copy["region"].objects()) == {"region3"}


def test_mending_writes_no_value_that_the_model_did_not_draw(source, found):
    rule = next(f.rule for f in found if f.rule.columns == ("city", "region"))
    two = source.batch.take(np.flatnonzero(source.batch["city"].objects() == "city0")[:2])
    alien = Column.of(Kind.CATEGORY, ["region9", "region9"])
    batch, good = keep([rule], two.with_columns({"region": alien}), np.random.default_rng(0))
    assert not good.any() or set(batch.take(good)["region"].objects()) <= {"region9"}
    assert not good.any()


def test_a_code_far_from_the_numbers_is_no_dirt():
    rng = np.random.default_rng(0)
    hours = np.round(rng.uniform(0, 60, 2_000), 1)
    hours[rng.choice(2_000, 20, replace=False)] = 999.0
    assert discover(table(hours=(Kind.NUMBER, hours)), Run()) == ()
    hours[hours == 999.0] = rng.uniform(200, 999, 20).round(1)
    assert [f.rule.to_json()["high"] for f in discover(table(hours=(Kind.NUMBER, hours)), Run())] == [60.0]


def test_labels_and_ids_decide_nothing():
    kind = ["a", "b"] * 200
    twin = table(kind=(Kind.CATEGORY, kind), label=(Kind.CATEGORY, kind, Role.LABEL), key=(Kind.ID, kind, Role.ID))
    assert discover(twin, Run()) == ()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_small_tables_have_no_rules(rows):
    small = table(a=(Kind.NUMBER, [1.0] * rows), b=(Kind.CATEGORY, ["x"] * rows))
    assert discover(small, Run()) == ()


def test_columns_with_nothing_in_them_have_no_rules():
    rows = 300
    odd = table(
        empty=(Kind.NUMBER, [None] * rows), same=(Kind.INTEGER, [4] * rows), same_too=(Kind.INTEGER, [4] * rows),
        endless=(Kind.NUMBER, [float("inf"), 1.0, 2.0] * (rows // 3)),
        words=(Kind.CATEGORY, [None, "x", ""] * (rows // 3)))
    assert {f.rule.key for f in discover(odd, Run())} <= {"absence", "dependency"}


@pytest.mark.parametrize("plain", [
    {}, {"version": 9, "rules": []}, {"version": 1, "rules": [{"rule": {"kind": "magic"}}]},
    {"version": 1, "rules": [{"rule": {"kind": "order", "low": "age"}}]}, {"version": 1, "rules": [3]},
    {"version": 1, "rules": [{"rule": {"kind": "order", "low": "age", "high": "nowhere", "strict": True}}]},
    {"version": 1, "rules": [{"rule": {"kind": "form", "column": "reference", "pattern": "[A-", "example": "A"}}]},
    {"version": 1, "rules": [{"rule": {"kind": "bounds", "column": "age", "low": "young", "high": None}}]},
])
def test_files_that_are_no_rules_are_refused_in_words(source, plain):
    with pytest.raises(SchemaError):
        rules_from_json(plain, source.schema)


def test_a_rule_is_left_out_by_its_name(source, found):
    facts = {"rules": to_json(found)}
    name = found[0].rule.name
    assert name not in [r.name for r in kept_rules("", [name], facts, source.schema)]
    assert len(kept_rules("", [name], facts, source.schema)) == len(found) - 1
    assert kept_rules("none", [], facts, source.schema) == ()
    assert kept_rules("", [], {}, source.schema) == ()
    with pytest.raises(SchemaError, match="bounds:nowhere"):
        kept_rules("", ["bounds:nowhere"], facts, source.schema)


def test_edited_rules_come_from_a_file(source, found, tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"version": 1, "rules": to_json(found)["rules"][:2]}), "utf-8")
    assert list(kept_rules(str(path), [], {}, source.schema)) == [f.rule for f in found[:2]]
    with pytest.raises(DataError, match="nowhere"):
        kept_rules(str(tmp_path / "nowhere.json"), [], {}, source.schema)
    path.write_text("not json", "utf-8")
    with pytest.raises(SchemaError):
        kept_rules(str(path), [], {}, source.schema)
