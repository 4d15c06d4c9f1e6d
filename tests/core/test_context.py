"""Rows in their context, and columns made from one another: readings and reasons an analyst would miss."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.open import open_source
from core.data.schema import Kind, Role
from core.detect.apart import cells_apart, given_apart
from core.detect.context import read_context
from core.models.base import FAMILIES
from core.run import Run
from core.tasks.fit import FitRequest
from core.tasks.ranked import RankedRequest
from core.tasks.score import ScoreRequest

from .tables import table

ODD = 7
"""A row that is ordinary anywhere, but not where it is."""


def shops(n=800, seed=0):
    """What is paid follows from the kind of shop, and the kind of shop is the context; some shops are rare."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["kiosk", "grocer", "jeweller"], n, p=[0.5, 0.45, 0.05])
    level = {"kiosk": 4.0, "grocer": 50.0, "jeweller": 900.0}
    amount = np.array([level[k] for k in kind]) * rng.lognormal(0, 0.25, n)
    paid = np.where(rng.random(n) < np.where(kind == "kiosk", 0.1, 0.9), "card", "cash")
    kind[ODD], amount[ODD], paid[ODD] = "kiosk", 900.0, "card"
    return table(
        kind=(Kind.CATEGORY, list(kind), Role.CONTEXT), amount=(Kind.NUMBER, list(amount)),
        paid=(Kind.CATEGORY, list(paid)))


def fitted(source, key="circuit"):
    family = FAMILIES.get(key)
    settings = ["trees=1", "states=6"] if key == "circuit" else []
    known = {s.name for s in family.Params.describe()}
    return family(family.Params.parse([s for s in settings if s.partition("=")[0] in known])).fit(source, Run(seed=0))


@pytest.fixture(scope="module")
def source():
    return shops()


@pytest.mark.parametrize("key", ["circuit", "mixture"])
def test_with_all_but_one_column_as_context_it_is_what_they_add_to_that_cells_surprise(source, key):
    part = fitted(source, key)
    read = read_context([part], source, ["kind", "amount"])
    cells = part.cells(source.take(np.arange(source.rows), source.schema.names))
    added = (cells.surprise - cells.alone)[:, cells.columns.index("paid")]
    np.testing.assert_allclose(read, added, rtol=1e-5, atol=1e-5)


def test_what_is_odd_only_in_its_context_comes_first_and_a_rare_context_does_not(source):
    read = read_context([fitted(source)], source, ["kind"])
    assert read.argmax() == ODD
    rare = source.take(np.arange(source.rows), ["kind"])["kind"].objects() == "jeweller"
    assert np.median(read[rare]) < 0, "what is usual there is no surprise there"


def test_a_rows_reading_does_not_depend_on_the_others(source):
    part = fitted(source)
    whole = read_context([part], source, ["kind"])
    alone = [read_context([part], source.subset(np.array([r])), ["kind"])[0] for r in (0, ODD, 500)]
    np.testing.assert_allclose(alone, whole[[0, ODD, 500]], rtol=1e-9)


def test_there_is_no_reading_without_context_without_rest_or_without_a_likelihood(source):
    part = fitted(source)
    assert read_context([part], source, []) is None
    assert read_context([part], source, ["gone"]) is None
    assert read_context([part], source, source.schema.names) is None
    assert read_context([fitted(source, "neighbours")], source, ["kind"]) is None


def test_rows_can_be_ordered_by_how_odd_they_are_in_their_context(tmp_path, source):
    file, project = tmp_path / "shops.csv", str(tmp_path / "shops.likeness")
    batch = source.take(np.arange(source.rows), source.schema.names)
    with file.open("w", newline="") as out:
        cells = zip(*(c.objects() for c in batch.columns.values()), strict=True)
        csv.writer(out).writerows([source.schema.names, *cells])
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(open_source(file).schema.set("kind", role=Role.CONTEXT).to_json()))
    execute(FitRequest(str(file), project=project, model="circuit", settings=("trees=1",), schema=str(schema)))
    execute(ScoreRequest(str(file), project=project))
    first = execute(RankedRequest(project=project, sort="context", count=5))["items"]
    nats = [item["readings"]["context"]["nats"] for item in first]
    assert nats == sorted(nats, reverse=True)
    assert ODD in [item["row"] for item in first]


# columns made from one another


def doubled(n=600):
    rng = np.random.default_rng(1)
    amount = rng.lognormal(3, 0.3, n)
    amount[ODD] = 400.0
    return table(
        amount=(Kind.NUMBER, list(amount)), times=(Kind.NUMBER, list(amount / 20 * rng.lognormal(0, 0.02, n))),
        other=(Kind.NUMBER, list(rng.normal(size=n))))


def test_a_huge_amount_keeps_its_reason_beside_its_multiple():
    source = doubled()
    part, batch = fitted(source, "mixture"), source.take(np.array([ODD, 0]), source.schema.names)
    together, apart = part.cells(batch), cells_apart(part, batch, ("times", "amount"))
    assert set(apart.columns) == {"amount", "times", "other"}
    at = {name: j for j, name in enumerate(apart.columns)}
    assert apart.excess[0, at["amount"]] > 4
    assert apart.excess[0, at["times"]] > 4
    assert apart.excess[0, at["amount"]] > together.excess[0, together.columns.index("amount")]
    assert apart.expected[0][at["amount"]].high < 100
    given = given_apart(part, batch, apart, ("times", "amount"), apart.excess.argmax(axis=1))
    assert len(given) == 2
    assert "times" not in given[0]


def test_tables_without_a_made_column_are_explained_as_ever():
    source = doubled()
    part, batch = fitted(source, "mixture"), source.take(np.array([ODD]), ["amount", "other"])
    for pair in (None, ("times", "amount")):
        np.testing.assert_array_equal(cells_apart(part, batch, pair).surprise, part.cells(batch).surprise)
