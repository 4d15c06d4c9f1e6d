"""Conditions with OR: read, taken apart without overlaps, and drawn from exactly or by counted rejection."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.batch import Batch
from core.data.conditions import Condition, Either
from core.data.disjoint import disjoint
from core.data.schema import Kind
from core.errors import Cancelled, FitError, SchemaError
from core.models.base import FAMILIES
from core.models.rejection import Tried, until_enough
from core.run import Run
from core.synth.draw import draw_rows

from .tables import table

ROWS = 2_000
OVERLAPPING = [
    "kind = 'a' or colour = 'blue'", "level >= 3 or level < 1", "kind = 'c' or colour = 'red' or level <= 2",
    "kind in ('a', 'b') and level != 2 or kind != 'a' and level between 1 and 3 or colour is missing",
    "colour is missing or colour = 'red' and kind = 'a'", "level not in (1, 2) or kind = 'a'",
]


@pytest.fixture(scope="module")
def source():
    rng = np.random.default_rng(5)
    kind = rng.choice(["a", "b", "c"], ROWS, p=[0.6, 0.3, 0.1]).astype(object)
    colour = np.where(rng.random(ROWS) < np.where(kind == "a", 0.8, 0.3), "red", "blue").astype(object)
    colour[rng.random(ROWS) < 0.1] = None
    return table(kind=(Kind.CATEGORY, kind), colour=(Kind.CATEGORY, colour),
                 level=(Kind.INTEGER, rng.integers(0, 5, ROWS)))


@pytest.fixture(scope="module")
def fitted(source):
    return FAMILIES.get("circuit")().fit(source, Run())


def drawn(model, source, n, text, tried=None, seed=0):
    rng = np.random.default_rng(seed)
    return Batch.concat(list(draw_rows(model, source.schema, n, Either.parse(text), rng, tried=tried)))


@pytest.mark.parametrize(("text", "parts"), [
    ("a = 1 or b = 2", ["a = 1", "b = 2"]),
    ("a = 1 and b = 2 or c = 3", ["a = 1 and b = 2", "c = 3"]),
    ("a = 1 and (b = 2 or c = 3)", ["a = 1 and b = 2", "a = 1 and c = 3"]),
    ("(a = 1 or b = 2) and (c = 3 or c = 4)",
     ["a = 1 and c = 3", "a = 1 and c = 4", "b = 2 and c = 3", "b = 2 and c = 4"]),
    ("((a = 1))", ["a = 1"]), ("a in (1, 2) or a in (1, 2)", ["a in (1, 2)"]), ("", [""]),
    ("a not in (1, 2)", ["a != 1 and a != 2"]),
])
def test_alternatives_are_multiplied_out(text, parts):
    found = Either.parse(text)
    assert [part.to_text() for part in found.parts] == parts
    assert Either.parse(found.to_text()) == found


@pytest.mark.parametrize("text", ["a = 1 or", "or a = 1", "(a = 1", "a = 1)", "a = 1 b = 2", "()", "a or b", "a not 1"])
def test_what_is_no_condition_is_refused_at_its_place(text):
    with pytest.raises(SchemaError):
        Either.parse(text)


def test_too_many_alternatives_are_refused():
    with pytest.raises(SchemaError, match="64"):
        Either.parse(" and ".join(f"(c{i} = 1 or c{i} = 2)" for i in range(7)))
    tangled = " or ".join(f"(a{i} = 1 and b{i} = 1 and c{i} = 1)" for i in range(9))
    with pytest.raises(SchemaError, match="overlap"):
        disjoint(Either.parse(tangled))


@pytest.mark.parametrize("text", OVERLAPPING)
def test_each_row_is_in_exactly_one_of_the_parts(source, text):
    where = Either.parse(text)
    parts = disjoint(where)
    counts = np.sum([part.mask(source.batch) for part in parts], axis=0)
    np.testing.assert_array_equal(counts, where.mask(source.batch).astype(int))


def test_many_values_joined_by_or_stay_few_parts():
    assert len(disjoint(Either.parse(" or ".join(f"a = {i}" for i in range(64))))) == 64


@pytest.mark.parametrize("text", OVERLAPPING)
def test_probabilities_and_distributions_of_alternatives_are_those_of_drawn_rows(fitted, text):
    where = Either.parse(text)
    every = Batch.concat(list(fitted.draw(60_000, Condition(), np.random.default_rng(1))))
    meant = every.take(where.mask(every))
    share = np.exp(fitted.log_prob(where).value)
    assert abs(share - meant.rows / every.rows) < 4 * np.sqrt(0.25 / every.rows) + 0.002
    for told in fitted.marginals(where):
        cells = meant[told.column].objects().astype(str)
        assert told.shares.sum() + told.bins.sum() == pytest.approx(1.0)
        for value, expected in zip(told.values, told.shares, strict=True):
            assert abs((cells == str(value)).mean() - expected) < 4 * np.sqrt(0.25 / meant.rows) + 0.004


@pytest.mark.parametrize("text", OVERLAPPING)
def test_draws_are_distributed_as_all_rows_that_satisfy_any_and_none_is_in_vain(fitted, source, text):
    tried, where = Tried(), Either.parse(text)
    got = drawn(fitted, source, 10_000, text, tried)
    assert where.mask(got).all()
    assert (tried.rows, tried.kept) == (10_000, 10_000)
    every = Batch.concat(list(fitted.draw(40_000, Condition(), np.random.default_rng(3))))
    meant = every.take(where.mask(every))
    for name in ("kind", "colour", "level"):
        values = np.unique(meant[name].objects().astype(str))
        shares = [np.array([(b[name].objects().astype(str) == v).mean() for v in values]) for b in (got, meant)]
        assert np.abs(shares[0] - shares[1]).max() < 4 * np.sqrt(0.5 / min(got.rows, meant.rows))


def test_an_alternative_that_no_row_meets_leaves_the_others(fitted, source):
    got = drawn(fitted, source, 200, "level > 400 or kind = 'c'")
    assert set(got["kind"].objects()) == {"c"}


@pytest.mark.parametrize("family", ["generator", "mixture"])
def test_other_models_take_alternatives_too(source, family):
    model = FAMILIES.get(family)().fit(source, Run())
    tried, where = Tried(), Either.parse("kind = 'c' or level = 0 and colour = 'red'")
    got = drawn(model, source, 300, where.to_text(), tried)
    assert got.rows == 300
    assert where.mask(got).all()
    assert tried.kept == 300
    if family == "generator":
        assert tried.rows > 600, "rejection is counted"


def test_what_a_generator_never_draws_is_refused_before_a_row_is_tried(source):
    model, tried = FAMILIES.get("generator")().fit(source, Run()), Tried()
    with pytest.raises(FitError, match="probability of 0"):
        drawn(model, source, 10, "level > 400 or level < -3", tried)
    assert tried.rows == 0


def test_rejection_gives_up_with_its_count_and_can_be_cancelled(source):
    batch = source.batch
    where = Condition.parse("level > 400")
    with pytest.raises(FitError) as refused:
        list(until_enough(lambda n: batch.take(np.zeros(n, dtype=np.int64)), 5, where, most=60_000))
    assert refused.value.values["kept"] == 0
    assert refused.value.values["tried"] > 15_000
    assert "one in 10,000" in refused.value.lines()[1]

    def cancel(tried):
        if tried.rows > 20_000:
            raise Cancelled

    tried = Tried(watch=cancel)
    with pytest.raises(Cancelled):
        list(until_enough(lambda n: batch.take(np.zeros(n, dtype=np.int64)), 5, where, tried))
    assert tried.rows < 60_000


def test_a_long_form_is_continued_however_rare_its_answers_are_together():
    """Fifty answers of even odds meet once in 10^15 rows; none of them is rare."""
    rng = np.random.default_rng(0)
    source = table(**{f"q{i}": (Kind.BOOLEAN, rng.random(400) < 0.5) for i in range(51)})
    model = FAMILIES.get("circuit")().fit(source, Run())
    form = " and ".join(f"q{i} = {'true' if i % 3 else 'false'}" for i in range(50))
    assert model.log_prob(Condition.parse(form)).value < np.log(1e-12)
    got = drawn(model, source, 50, form)
    assert Either.parse(form).mask(got).all()
    assert set(got["q50"].objects()) == {"true", "false"}
