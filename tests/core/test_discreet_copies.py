"""A copy that a model for analysis draws shows no value that fewer than five subjects hold, also under conditions."""

from __future__ import annotations

import csv
from collections import Counter

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.batch import Batch, Column
from core.data.conditions import Either
from core.data.schema import ColumnSpec, Kind, Role
from core.errors import FitError
from core.models.base import Discreet
from core.models.circuit import Circuit, CircuitParams
from core.models.mixture import Mixture, MixtureParams
from core.run import Run
from core.tasks.fit import FitRequest
from core.tasks.synth import SynthRequest

from .model_tables import table
from .test_release_codec import ENTITY, SPECS, below, customers, met

HOUR = 3_600_000_000
FAMILIES = (Circuit(CircuitParams(trees=2, states=3, passes=2)), Mixture(MixtureParams(components=3)))


def drawn(model, text="", n=3_000):
    return Batch.concat(list(model.draw(n, Either.parse(text), np.random.default_rng(1))))


def check_discreet(made, source, subjects):
    assert not below(source.batch["city"], subjects, 5) & set(made["city"].objects())
    for name in ("amount", "score", "level"):
        assert not met(made[name].values, below(source.batch[name], subjects, 5)), name
        assert made[name].values.max() < source.batch[name].values.max()
    assert 3 not in made["since"].values // HOUR % 24


@pytest.fixture(scope="module")
def source():
    return table(SPECS, customers(600, 3))


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda family: family.key)
def model(source, request):
    return request.param.fit(source, Run())


@pytest.mark.parametrize("text", [
    "", "amount > 500", "city != 'north' and score > 2", "level in (0.25, 9.125)", "level = 0.5 or city = 'rare 1'",
])
def test_no_copy_shows_what_fewer_than_five_rows_hold(model, source, text):
    """While the model itself knows them, and draws them for those who ask what the table holds."""
    assert isinstance(model, Discreet)
    loaded = type(model).load(model.state())
    for own in (model, loaded):
        made = drawn(own.for_copies(), text)
        assert len(made) == 3_000
        assert Either.parse(text).mask(made).all()
        check_discreet(made, source, range(600))
    if not text:
        assert below(source.batch["city"], range(600), 5) & set(drawn(model)["city"].objects())
        assert 9.125 in drawn(model)["level"].values


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.key)
def test_what_one_card_holds_on_many_rows_is_shown_by_no_copy(family):
    rng = np.random.default_rng(4)
    cards = np.array([f"c{i}" for i in rng.integers(0, 150, 600)], dtype=object)
    cards[:50] = "mine"
    columns = customers(600, 4, card=Column.of(Kind.CATEGORY, list(cards)))
    city, amount = list(columns["city"].objects()), columns["amount"].values.copy()
    city[:50], amount[:50] = ["my village"] * 50, 4_321.125
    columns.update(city=Column.of(Kind.CATEGORY, city), amount=Column.of(Kind.NUMBER, amount))
    source = table((ENTITY, *SPECS), columns)
    model = family.fit(source, Run())
    assert "my village" in drawn(model)["city"].objects()
    assert 4_321.125 in drawn(model)["amount"].values
    made = drawn(model.for_copies())
    assert "my village" not in made["city"].objects()
    assert 4_321.125 not in made["amount"].values
    by_rows = table((ColumnSpec("card", Kind.CATEGORY, Role.IGNORE), *SPECS), columns)
    assert "my village" in drawn(family.fit(by_rows, Run()).for_copies())["city"].objects()


@pytest.mark.parametrize("text", [
    "level = 9.125", "city = 'rare 4' and amount > 5", "city = 'rare 1' or city = 'rare 4'",
])
def test_rows_of_such_a_value_are_refused_with_the_reason(model, text):
    assert len(drawn(model, "level = 9.125", 5)) == 5
    with pytest.raises(FitError) as refused:
        drawn(model.for_copies(), text, 5)
    assert refused.value.messages[1].key == "models.too_few_hold.why"


def test_a_column_of_which_nothing_may_be_shown_is_drawn_as_missing():
    columns = {
        "city": Column.of(Kind.CATEGORY, [f"v{i}" for i in range(60)]), "same": Column.of(Kind.NUMBER, [1.0] * 60),
        "amount": Column.of(Kind.NUMBER, [*np.arange(3) + 0.5, *[None] * 57]),
    }
    made = table([ColumnSpec(n, c.kind) for n, c in columns.items()], columns)
    copy = drawn(Circuit(CircuitParams(trees=1, states=2, passes=1)).fit(made, Run()).for_copies(), n=50)
    assert not copy["city"].present.any()
    assert not copy["amount"].present.any()
    assert (copy["same"].values == 1.0).all()


def test_synth_writes_no_such_value_under_conditions_and_when_balanced(tmp_path):
    rng = np.random.default_rng(6)
    file, project = tmp_path / "shops.csv", str(tmp_path / "shops.likeness")
    town = ["Mull", "Iona", "Iona", *["Skye"] * 4, *["Bute"] * 5]
    town += list(rng.choice(["York", "Leeds", "Hull"], 900 - len(town)))
    with file.open("w", newline="", encoding="utf-8") as opened:
        out = csv.writer(opened)
        out.writerow(["town", "sales", "size"])
        out.writerows(zip(town, np.round(rng.lognormal(4, 1, 900), 2), rng.integers(1, 5, 900), strict=True))
    execute(FitRequest(str(file), project=project, model="circuit", settings=("trees=1", "passes=1")))
    either = "town = 'Skye' or town = 'Mull' or sales > 40"
    for options in ({}, {"where": "sales > 40"}, {"where": either}, {"rebalance": "town"}):
        target = tmp_path / "copy.csv"
        execute(SynthRequest(project=project, rows=2_000, out=str(target), generator="circuit", **options))
        with target.open(newline="", encoding="utf-8") as opened:
            towns = Counter(row["town"] for row in csv.DictReader(opened))
        assert {"York", "Leeds", "Hull"} <= set(towns) <= {"York", "Leeds", "Hull", "Bute"}


def test_synth_says_which_column_is_left_empty_for_that(tmp_path):
    rng = np.random.default_rng(7)
    file, project = tmp_path / "farms.csv", str(tmp_path / "farms.likeness")
    with file.open("w", newline="", encoding="utf-8") as opened:
        out = csv.writer(opened)
        out.writerow(["hamlet", "size"])
        out.writerows((f"hamlet {i // 3}", int(size)) for i, size in enumerate(rng.integers(1, 900, 600)))
    execute(FitRequest(str(file), project=project, model="circuit", settings=("trees=1", "passes=1")))
    target = tmp_path / "copy.csv"
    told = execute(SynthRequest(project=project, rows=50, out=str(target), generator="circuit"))
    with target.open(newline="", encoding="utf-8") as opened:
        assert {row["hamlet"] for row in csv.DictReader(opened)} == {""}
    assert [n["values"]["columns"] for n in told["notes"] if n["key"] == "synth.note.rare"] == [["hamlet"]]
