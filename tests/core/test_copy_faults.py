"""Planted faults of a copy are caught by the metric that is there for them, and named."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.batch import Batch
from core.data.schema import Kind, Role
from core.evaluate.base import METRICS, Tables
from core.evaluate.report import evaluate
from core.evaluate.tables import prepare
from core.run import Run
from core.words import Message, words

from .evaluation import partly_copied, real, tables
from .tables import table


def metric(key: str):
    return next(m for group in METRICS.values() for k, m in group.items() if k == key)


def figure(key: str, given: Tables, seed: int = 0):
    return metric(key).measure(given, np.random.default_rng(seed), Run())


def judged(copy: Batch, n: int = 1500) -> Tables:
    """A copy beside training rows and a holdout of their own."""
    train, holdout = real(n, 1), real(n, 2)
    return prepare(train.batch, holdout.batch, copy, train.schema).tables


def shuffled_within(batch: Batch, name: str, rows: np.ndarray, rng: np.random.Generator) -> Batch:
    """A column dealt out anew among some rows."""
    places = np.arange(batch.rows)
    places[rows] = rng.permutation(np.flatnonzero(rows))
    return batch.with_columns({name: batch[name].take(places)})


def test_the_column_that_gives_a_copy_away_is_named():
    fresh = real(1500, 3).batch
    torn = shuffled_within(fresh, "hour", np.ones(1500, dtype=bool), np.random.default_rng(0))
    more = figure("two_sample_auc", judged(torn)).get_more()
    first, second, together, alone = more["pair"]
    assert "hour" in {more["columns"][0][0], more["columns"][1][0]}
    assert "hour" in (first, second), "alone its values are perfect: only a pair shows it"
    assert together > 0.8
    assert alone < 0.6


def test_a_faithful_copy_has_no_column_that_gives_it_away():
    more = figure("two_sample_auc", tables("fresh")).get_more()
    assert all(loss < 0.03 for _, loss in more["columns"])


def test_the_segment_a_copy_gets_wrong_is_named_with_its_column():
    fresh = real(3000, 3).batch
    travel = fresh["category"].objects() == "travel"
    rng = np.random.default_rng(0)
    amounts = fresh["amount"].take(np.where(travel, rng.integers(3000, size=3000), np.arange(3000)))
    worst = figure("per_segment", judged(fresh.with_columns({"amount": amounts}).take(np.arange(1500))))
    first = worst.get_more()["worst"][0]
    assert (first["column"], first["value"], first["worst_column"]) == ("category", "travel", "amount")
    assert first["auc"] > 0.7
    lost = judged(fresh.take(np.flatnonzero(fresh["category"].objects() != "travel")[:1500]))
    gone = figure("per_segment", lost).get_more()["worst"][0]
    assert (gone["column"], gone["value"], gone["agreement"]) == ("category", "travel", 0.0)
    assert gone["synthetic"] == 0.0 < gone["real"]


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_a_mode_that_collapsed_shows_in_recall_and_coverage(share):
    """The copy says the same few rows again and again, in a share of its rows or nearly all."""
    fresh = real(1500, 3).batch
    rng = np.random.default_rng(0)
    few = rng.choice(1500, int(1500 * share), replace=False)
    given, whole = judged(fresh.take(rng.choice(few, 1500))), judged(fresh)
    for key in ("beta_recall", "coverage"):
        assert figure(key, given).get_interval()[1] < figure(key, whole).get_interval()[0], key


def test_rows_that_crowd_in_the_middle_are_no_precision():
    fresh = real(6000, 3).batch
    is_rare = (fresh["channel"].objects() == "keyed") | ~fresh["age"].present
    middle = np.flatnonzero(~is_rare)[:1500]
    given, whole = judged(fresh.take(middle)), judged(fresh.take(np.arange(1500)))
    assert figure("alpha_precision", given).value < figure("alpha_precision", whole).value - 0.05


def test_the_same_cases_are_found_with_a_faithful_copy_and_not_with_a_torn_one():
    assert figure("same_cases", tables("fresh")).value > figure("same_cases", tables("independent")).value + 0.2


def people(n: int, seed: int, *, loan: tuple[float, float] = (0.5, 0.3), small: float = 0.2):
    """Groups a and b, of which b is small, with their rates of being lent to."""
    rng = np.random.default_rng(seed)
    is_b = rng.random(n) < small
    lent = rng.random(n) < np.where(is_b, loan[1], loan[0])
    return table(
        group=(Kind.CATEGORY, np.where(is_b, "b", "a"), Role.SENSITIVE),
        age=(Kind.INTEGER, rng.integers(18, 80, n), Role.SENSITIVE),
        income=(Kind.NUMBER, np.exp(rng.normal(3, 0.5, n) + lent)),
        lent=(Kind.BOOLEAN, lent, Role.LABEL),
    )


def fairness(copy) -> dict:
    train, holdout = people(3000, 1), people(3000, 2)
    given = prepare(train.batch, holdout.batch, copy.batch, train.schema).tables
    return evaluate(given, Run(), [metric("representation"), metric("outcomes")])


def said(report) -> str:
    return " ".join(words().text(Message.from_json(n)) for n in report["notes"])


def test_a_fair_copy_raises_no_note_and_shows_every_group():
    found = fairness(people(3000, 3))
    assert found["notes"] == []
    groups = [(g["column"], g["group"]) for g in found["details"]["representation"]["groups"]]
    assert {("group", "a"), ("group", "b")} <= set(groups)
    assert sum(column == "age" for column, _ in groups) == 4, "the quarters of a number"
    assert found["fairness"]["representation"] > 0.97
    assert found["fairness"]["outcomes"] < 0.05


def test_a_copy_that_widens_a_difference_between_groups_is_told():
    found = fairness(people(3000, 3, loan=(0.6, 0.2)))
    assert "widens a difference" in said(found)
    assert "'group'" in said(found)
    narrower = fairness(people(3000, 3, loan=(0.4, 0.4)))
    assert "widens" not in said(narrower)
    assert narrower["fairness"]["outcomes"] > 0.03


def test_a_group_that_shrank_is_told():
    assert "group = b" in said(fairness(people(3000, 3, small=0.1)))


def test_without_a_sensitive_column_fairness_is_not_measured():
    train, holdout, fresh = (people(300, s) for s in (1, 2, 3))
    schema = train.schema.set("group", role=Role.FEATURE).set("age", role=Role.FEATURE)
    found = evaluate(prepare(train.batch, holdout.batch, fresh.batch, schema).tables, Run(),
                     [metric("representation"), metric("outcomes")])
    assert found["fairness"] == {"representation": None, "outcomes": None}


def test_half_copied_rows_are_no_better_than_they_are():
    """Half-copied rows keep most of each column and lose the relations: fidelity must not mistake them for a copy."""
    train = real(1500, 1)
    copy = partly_copied(train.batch, 0.5, 1.0, np.random.default_rng(0))
    given = judged(copy)
    for key, least in (("alpha_precision", 0.1), ("per_segment", 0.02), ("beta_recall", 0.02)):
        whole = figure(key, judged(real(1500, 3).batch)).value
        assert figure(key, given).value < whole - least, key
