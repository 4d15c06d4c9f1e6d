"""Imputing: missing cells are filled from the rest of their row; all others stay, and absences that mean something."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.batch import Batch, Column, Missing
from core.data.rules.absence import Absence
from core.data.schema import Kind, Role
from core.models.base import FAMILIES
from core.run import Run
from core.synth.fill import Filled, fill_rows

from .tables import table

ROWS = 1_500


def payments():
    rng = np.random.default_rng(3)
    online = rng.random(ROWS) < 0.4
    country = np.where(rng.random(ROWS) < 0.5, "FR", "GB").astype(object)
    amount = np.round(np.where(country == "FR", 10, 100) + rng.normal(0, 1, ROWS), 2).astype(object)
    distance = [None if o else round(float(d), 1) for o, d in zip(online, rng.gamma(2, 3, ROWS), strict=True)]
    return table(
        key=(Kind.ID, [f"P{i}" for i in range(ROWS)], Role.ID),
        channel=(Kind.CATEGORY, np.where(online, "online", "shop").astype(object)),
        country=(Kind.CATEGORY, country), amount=(Kind.NUMBER, amount), distance=(Kind.NUMBER, distance),
    )


@pytest.fixture(scope="module")
def source():
    return payments()


@pytest.fixture(scope="module")
def fitted(source):
    return FAMILIES.get("circuit")().fit(source, Run())


def holed(source, name, every=7):
    """The table with every seventh cell of a column missing, and which."""
    gone = np.arange(source.rows) % every == 0
    column = source.batch[name]
    missing = np.where(gone, np.uint8(Missing.NULL), column.missing)
    batch = source.batch.with_columns({name: Column(column.kind, column.values, missing, column.categories)})
    return type(source)(batch, source.schema), gone


def filled(fitted, source, *, names=None, rules=(), rng=None):
    told = Filled()
    names = names or source.schema.modelled
    parts = list(fill_rows(fitted, source, source.schema, names, rules, told, rng, Run()))
    return Batch.concat(parts), told


@pytest.mark.parametrize("rng", [None, np.random.default_rng(1)], ids=["likely", "drawn"])
def test_what_the_rest_of_the_row_says_is_put_in(source, fitted, rng):
    torn, gone = holed(source, "country")
    made, told = filled(fitted, torn, names=("country",), rng=rng)
    right = made["country"].objects()[gone] == source.batch["country"].objects()[gone]
    assert right.mean() > 0.95
    assert told.filled == {"country": int(gone.sum())}
    assert told.left == {"country": 0}


def test_no_other_cell_changes(source, fitted):
    torn, gone = holed(source, "amount")
    made, _ = filled(fitted, torn, names=("amount",))
    assert (made["amount"].values[~gone] == torn.batch["amount"].values[~gone]).all()
    for name in ("key", "channel", "country", "distance"):
        assert (made[name].objects() == torn.batch[name].objects()).all()


def test_a_cell_that_a_rule_leaves_empty_stays_so(source, fitted):
    rule = Absence("channel", "distance", ("online",), ("shop",), always=True)
    made, told = filled(fitted, source, names=("distance",), rules=(rule,))
    assert not rule.broken(made).any()
    assert told.filled == {"distance": 0}
    without, told = filled(fitted, source, names=("distance",))
    assert without["distance"].present.all()
    assert told.left == {"distance": 0}


def test_filled_numbers_have_the_decimals_of_the_column(source, fitted):
    schema = source.schema.set("amount", decimals=2)
    torn, gone = holed(source.with_schema(schema), "amount")
    made, _ = filled(fitted, type(source)(torn.batch, schema), names=("amount",))
    cents = made["amount"].values[gone] * 100
    assert np.abs(cents - np.round(cents)).max() < 1e-6


def test_a_form_is_continued_where_the_fit_derives_columns_from_those_that_are_missing(tmp_path):
    """Cards with times and amounts have a gap and a habit beside them, which an empty form has not."""
    import csv

    from core.commands._execute import execute
    from core.tasks.fit import FitRequest
    from core.tasks.impute import ImputeRequest

    from .payments import write_payments

    file, project = write_payments(tmp_path / "pay.csv"), str(tmp_path / "pay.likeness")
    fit = execute(FitRequest(str(file), project=project, model="circuit", settings=("trees=1", "states=4")))
    assert fit["derived"], "or this tests nothing"
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    form = dict.fromkeys(rows[0], "") | {"category": rows[0]["category"]}
    known = {"one row": form, "one column": {"category": "travel"}}
    for name, row in known.items():
        (tmp_path / "form.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
        for how in ("likely", "drawn"):
            out = tmp_path / f"{name} {how}.csv"
            told = execute(ImputeRequest(str(tmp_path / "form.csv"), project=project, out=str(out), how=how))
            (filled,) = csv.DictReader(out.read_text("utf-8").splitlines())
            assert filled["category"] == row["category"]
            assert filled["amount"]
            assert told["filled"]["amount"] == 1
