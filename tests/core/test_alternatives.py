"""Conditions with OR: read, and drawn from exactly."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.batch import Batch
from core.data.conditions import Condition, Either
from core.data.schema import Kind
from core.errors import FitError, SchemaError
from core.models.base import FAMILIES
from core.run import Run
from core.synth.alternatives import drawn_under

from .tables import table

ROWS = 2_000


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(5)
    kind = rng.choice(["a", "b", "c"], ROWS, p=[0.6, 0.3, 0.1]).astype(object)
    colour = np.where(rng.random(ROWS) < np.where(kind == "a", 0.8, 0.3), "red", "blue").astype(object)
    level = rng.integers(0, 5, ROWS)
    source = table(kind=(Kind.CATEGORY, kind), colour=(Kind.CATEGORY, colour), level=(Kind.INTEGER, level))
    return FAMILIES.get("circuit")().fit(source, Run())


@pytest.mark.parametrize(("text", "parts"), [
    ("a = 1 or b = 2", ["a = 1", "b = 2"]),
    ("a = 1 and b = 2 or c = 3", ["a = 1 and b = 2", "c = 3"]),
    ("a = 1 and (b = 2 or c = 3)", ["a = 1 and b = 2", "a = 1 and c = 3"]),
    ("(a = 1 or b = 2) and (c = 3 or c = 4)",
     ["a = 1 and c = 3", "a = 1 and c = 4", "b = 2 and c = 3", "b = 2 and c = 4"]),
    ("((a = 1))", ["a = 1"]), ("a in (1, 2) or a in (1, 2)", ["a in (1, 2)"]), ("", [""]),
])
def test_alternatives_are_multiplied_out(text, parts):
    found = Either.parse(text)
    assert [part.to_text() for part in found.parts] == parts
    assert Either.parse(found.to_text()) == found


@pytest.mark.parametrize("text", ["a = 1 or", "or a = 1", "(a = 1", "a = 1)", "a = 1 b = 2", "()", "a or b"])
def test_what_is_no_condition_is_refused_at_its_place(text):
    with pytest.raises(SchemaError):
        Either.parse(text)


def test_too_many_alternatives_are_refused():
    with pytest.raises(SchemaError, match="64"):
        Either.parse(" and ".join(f"(c{i} = 1 or c{i} = 2)" for i in range(7)))


@pytest.mark.parametrize("text", [
    "kind = 'a' or colour = 'blue'", "level >= 3 or level < 1", "kind = 'c' or colour = 'red' or level <= 2",
])
def test_draws_are_distributed_as_all_rows_that_satisfy_any(fitted, text):
    where, rng = Either.parse(text), np.random.default_rng(0)
    got = Batch.concat(list(drawn_under(fitted, 30_000, where, rng)))
    assert where.mask(got).all()
    every = Batch.concat(list(fitted.draw(120_000, Condition(), rng)))
    meant = every.take(where.mask(every))
    for name in ("kind", "colour", "level"):
        values = np.unique(meant[name].objects().astype(str))
        shares = [np.array([(b[name].objects().astype(str) == v).mean() for v in values]) for b in (got, meant)]
        assert np.abs(shares[0] - shares[1]).max() < 4 * np.sqrt(0.25 / got.rows)


def test_alternatives_that_do_not_overlap_cost_nothing(fitted):
    where = Either.parse("level >= 3 or level < 1")
    assert sum(b.rows for b in drawn_under(fitted, 500, where, np.random.default_rng(0))) == 500


def test_a_model_without_probabilities_says_so():
    class Draws:
        def draw(self, n, condition, rng):
            yield from ()

    with pytest.raises(FitError, match="or"):
        list(drawn_under(Draws(), 5, Either.parse("a = 1 or b = 2"), np.random.default_rng(0)))
