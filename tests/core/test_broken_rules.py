"""Rows that break a rule of their table are shown beside the unusual ones, and keep the score that they have."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from core.commands._execute import execute
from core.errors import SchemaError
from core.project.house import SETTING, with_house
from core.project.project import Project
from core.project.store import Store
from core.tasks._facts import facts_of
from core.tasks._files import open_path
from core.tasks._rules import kept_rules
from core.tasks.explain import ExplainRequest
from core.tasks.export import ExportRequest
from core.tasks.fit import FitRequest
from core.tasks.ranked import RankedRequest
from core.tasks.rules import RulesRequest
from core.tasks.score import ScoreRequest
from core.words import Message, words

DIRTY = (17, 203)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirty")
    rng = np.random.default_rng(0)
    net, tax = rng.integers(1, 500, 600), rng.integers(1, 90, 600)
    total = net + tax
    total[list(DIRTY)] += 3
    lines = ["net,tax,total,shop", *(f"{a},{b},{c},s{i % 5}" for i, (a, b, c) in enumerate(zip(
        net, tax, total, strict=True)))]
    file = folder / "sales.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    project = str(folder / "p.likeness")
    execute(FitRequest(str(file), project=project, model="neighbours"))
    execute(ScoreRequest(str(file), project=project, out=str(folder / "scores.csv"), threshold="budget:5"))
    return folder, project


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_rows_that_break_a_rule_are_listed_whatever_their_score(desk):
    _, project = desk
    every = execute(RankedRequest(project=project, count=600))
    broken = execute(RankedRequest(project=project, broken="any", count=10))
    assert {item["row"] for item in broken["items"]} == set(DIRTY)
    assert broken["total"] == 2
    scores = {item["row"]: (item["rank"], item["score"]) for item in every["items"]}
    assert all((item["rank"], item["score"]) == scores[item["row"]] for item in broken["items"])
    assert sum(bool(item["broken"]) for item in every["items"]) == 2
    said = words().text(Message.from_json(broken["items"][0]["broken"][0]))
    assert all(name in said for name in ("total", "net", "tax"))


def test_a_row_says_which_rule_it_breaks_wherever_it_is_told(desk):
    folder, project = desk
    shown = execute(ExplainRequest(project=project, rows=("17", "18")))["items"]
    assert [len(item["broken"]) for item in shown] == [1, 0]
    told = [row for row in read(folder / "scores.csv") if "breaks the rule" in row["reason"]]
    assert [int(row["row"]) for row in told] == list(DIRTY)
    execute(ExportRequest(project=project, broken="any", out=str(folder / "dirty.csv")))
    assert all("breaks the rule" in row["reason"] for row in read(folder / "dirty.csv"))


def test_one_rule_is_asked_for_by_its_name_and_an_unknown_one_is_refused(desk):
    _, project = desk
    rules = execute(RankedRequest(project=project, broken="any"))["items"][0]["broken"]
    assert rules
    with pytest.raises(SchemaError) as caught:
        execute(RankedRequest(project=project, broken="no such rule"))
    assert len(caught.value.lines()) == 3


def test_a_rule_that_somebody_added_is_counted_listed_and_kept_by_copies(desk):
    folder, project = desk
    file = folder / "house.json"
    rule = {"kind": "bounds", "column": "net", "low": None, "high": 400.0}
    file.write_text(json.dumps({"version": 1, "rules": [{"rule": rule}]}), "utf-8")
    counted = execute(RulesRequest(str(folder / "sales.csv"), check=str(file)))["rules"]
    high = {i for i, row in enumerate(read(folder / "sales.csv")) if int(row["net"]) > 400}
    assert [(entry["name"], entry["broken"]) for entry in counted] == [("bounds:net", len(high))]
    with pytest.raises(SchemaError):
        execute(RankedRequest(project=project, broken="bounds:net"))
    keep(project, counted)
    listed = execute(RankedRequest(project=project, broken="bounds:net", count=600))
    assert {item["row"] for item in listed["items"]} == high
    store = Store(project, folder / "staging")
    schema = open_path(str(folder / "sales.csv")).schema
    kept = kept_rules("", (), facts_of(store, store.record("fit")["id"]), schema)
    assert "bounds:net" in {rule.name for rule in kept}
    keep(project, [])
    with pytest.raises(SchemaError):
        execute(RankedRequest(project=project, broken="bounds:net"))


def test_an_edited_rule_takes_the_place_of_the_one_found():
    found = [{"name": "bounds:a", "columns": ["a"], "broken": 3}, {"name": "order:a,b", "columns": ["a", "b"]}]
    house = [{"name": "bounds:a", "columns": ["a"], "broken": 0}, {"name": "bounds:gone", "columns": ["gone"]}]
    assert with_house(found, house, ["a", "b"]) == [house[0], found[1]]


def keep(project, rules):
    opened = Project.open(project)
    opened.set_setting(SETTING, rules)
    opened.close()

