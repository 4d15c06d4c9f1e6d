"""One kind of condition wherever rows are asked for: AND, OR, brackets, sets and ranges on any column."""

from __future__ import annotations

import csv

import pytest

from core.commands._execute import execute
from core.data.conditions import Either
from core.data.open import open_source
from core.errors import FitError, SchemaError
from core.tasks.ask import AskRequest
from core.tasks.fit import FitRequest
from core.tasks.impute import ImputeRequest
from core.tasks.release import ReleaseRequest
from core.tasks.rows import RowsRequest
from core.tasks.synth import SynthRequest

from .test_generator_choice import write_totals

WHERE = "net between 100 and 400 and region = 'north' or (region = 'south' and net not in (1, 2)) and tax > 90"
FEW = "net > 1e9 or net > 2e9 and region = 'north'"
BEYOND = "net < -5 and region = 'north'"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("where")
    file, project = str(write_totals(folder / "orders.csv")), str(folder / "orders.likeness")
    execute(FitRequest(file, project=project, model="circuit", settings=("trees=1", "states=2")))
    return folder, file, project


def where():
    return Either.parse(WHERE)


def passing(file):
    batch = next(open_source(str(file)).batches())
    return where().mask(batch)


def test_a_copy_an_answer_and_a_view_take_alternatives(shop, tmp_path):
    _, file, project = shop
    text, agree = where().to_text(), int(passing(file).sum())
    copy = execute(SynthRequest(project=project, rows=300, out=str(tmp_path / "copy.csv"), where=text))
    assert passing(tmp_path / "copy.csv").all()
    assert copy["tried"]["kept"] == 300
    answer = execute(AskRequest(project=project, where=text, rows=5))
    assert answer["real"] == {"agree": agree, "rows": 1_200}
    assert answer["probability"] == pytest.approx(agree / 1_200, abs=0.05)
    assert answer["lift"] is not None
    assert len(answer["drawn"]["rows"]) == 5
    assert execute(RowsRequest(file, where=text))["total"] == agree


def test_a_release_meets_alternatives_by_trying_and_says_how_often(shop):
    found = execute(ReleaseRequest(project=shop[2], rows=1_000, check=True, where=where().to_text()))
    assert found["tried"]["rows"] > found["tried"]["kept"] == 1_000


def test_only_rows_that_satisfy_any_alternative_are_filled(shop, tmp_path):
    folder, _, project = shop
    file = folder / "orders.csv"
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))[:40]
    for row in rows:
        row["tax"] = ""
    with (folder / "gaps.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    out = tmp_path / "filled.csv"
    found = execute(ImputeRequest(
        str(folder / "gaps.csv"), project=project, out=str(out), where="region = 'north' or net > 900"))
    wanted = [row["region"] == "north" or float(row["net"]) > 900 for row in rows]
    filled = [bool(row["tax"]) for row in csv.DictReader(out.read_text("utf-8").splitlines())]
    assert 0 < sum(wanted) < 40
    assert filled == wanted
    assert found["filled"]["tax"] == sum(wanted)


@pytest.mark.parametrize("request_of", [
    lambda project, out: SynthRequest(project=project, rows=10, out=out, where=FEW),
    lambda project, out: SynthRequest(project=project, rows=10, out=out, where=BEYOND, generator="generator"),
    lambda project, out: ReleaseRequest(project=project, rows=10, check=True, where=BEYOND),
], ids=["synth", "generator", "release"])
def test_what_the_marginals_rule_out_is_refused_before_any_work(shop, tmp_path, monkeypatch, request_of):
    from core.tasks import _generator

    monkeypatch.setattr(_generator, "_new", lambda *_: pytest.fail("a generator was fitted for nothing"))
    with pytest.raises(FitError) as refused:
        execute(request_of(shop[2], str(tmp_path / "copy.csv")))
    what, why, fix = refused.value.lines()
    assert "net > 1000000000" in what or "net < -5" in what
    assert "net goes from" in why
    assert "within that range" in fix


def test_tests_that_exclude_each_other_are_no_matter_of_probability(shop, tmp_path):
    with pytest.raises(SchemaError, match="net > 5 and net < 4"):
        execute(SynthRequest(project=shop[2], rows=10, out=str(tmp_path / "c.csv"), where="net > 5 and net < 4"))


def test_a_balance_is_of_the_values_that_the_condition_leaves(shop, tmp_path):
    out = tmp_path / "even.csv"
    execute(SynthRequest(
        project=shop[2], rows=20, out=str(out), rebalance="region", where="region != 'south' or region = 'north'"))
    assert {row["region"] for row in csv.DictReader(out.read_text("utf-8").splitlines())} == {"north"}
