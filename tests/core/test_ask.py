"""Questions to the model: what an analyst would be told wrongly, or not at all."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from core.commands import main
from core.commands._execute import execute
from core.data.open import open_source
from core.data.schema import ColumnSpec, Kind
from core.errors import FitError, ParameterError, SchemaError
from core.models.base import Marginal, RareValues
from core.project.store import Store
from core.tasks import ask as asking
from core.tasks._answers import choices, shown
from core.tasks._runs import load_bundle
from core.tasks.ask import AskRequest
from core.tasks.fit import FitRequest
from core.words import Message, words

from .answering import Counting
from .payments import write_payments


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A project with a fit, and the table it learned from."""
    folder = tmp_path_factory.mktemp("ask")
    file, project = str(write_payments(folder / "march.csv")), str(folder / "march.likeness")
    execute(FitRequest(file, project=project, label="is_fraud", model="mixture"))
    return file, project


@pytest.fixture
def model(desk, monkeypatch, tmp_path):
    """The fit with a part that answers."""
    store = Store(desk[1], tmp_path / "staging")
    fit, bundle = load_bundle(store, None)
    store.close()
    counting = Counting(open_source(desk[0]).with_schema(bundle.schema))
    able = dataclasses.replace(bundle, parts={**bundle.parts, "counting": counting})
    monkeypatch.setattr(asking, "load_bundle", lambda _store, _fit: (fit, able))
    return counting


@pytest.fixture
def ask(desk, model):
    return lambda where="", **more: execute(AskRequest(project=desk[1], where=where, **more))


def column(answer, name):
    return next(c for c in answer["columns"] if c["name"] == name)


def test_the_probability_is_the_models_and_the_count_is_of_real_rows(ask, model):
    answer = ask("category = 'grocery'")
    assert answer["real"]["rows"] == 600
    assert answer["real"]["agree"] == round(600 * answer["probability"]), "this model counts"
    assert answer["expected"] == {"count": pytest.approx(10_000 * answer["probability"]), "rows": 10_000}
    assert answer["exact"]
    assert json.dumps(answer, allow_nan=False)


def test_rare_rows_are_counted_among_more_rows():
    assert asking._in_rows(2.5e-7) == {"count": pytest.approx(2.5), "rows": 10**7}
    assert asking._in_rows(1e-6)["count"] == pytest.approx(1)


def test_every_column_comes_beside_all_rows(ask):
    answer = ask("category = 'travel'")
    shares = {v: (given, overall) for v, given, overall in column(answer, "category")["values"]}
    assert shares["travel"][0] == pytest.approx(1)
    assert shares["travel"][1] < 0.2
    amount = column(answer, "amount")
    assert amount["log"], "payments have a long tail"
    assert len(amount["edges"]) <= 31
    assert len(amount["edges"]) == len(amount["given"]) + 1 == len(amount["overall"]) + 1
    assert sum(amount["overall"]) == pytest.approx(1)
    distance = column(answer, "distance_km")
    assert sum(distance["overall"]) + distance["missing"][1] == pytest.approx(1)
    assert column(answer, "category")["is_set"]
    assert not amount["is_set"]


def test_the_likeliest_value_of_each_column_is_named(ask):
    answer = ask("category = 'fuel'")
    assert column(answer, "category")["likeliest"]["text"] == "fuel"
    assert 5 < float(column(answer, "amount")["likeliest"]["text"]) < 200, "a number's middle"


def test_nothing_asked_is_every_row(ask):
    answer = ask()
    assert (answer["probability"], answer["real"]["agree"], answer["lift"]) == (1, 600, None)
    assert all(c["differs"] == 0 for c in answer["columns"])


def test_columns_that_do_not_know_each_other_meet_by_chance(ask):
    assert ask("category = 'fuel' and channel = 'chip'")["lift"] == pytest.approx(1)


def test_an_impossible_row_has_probability_zero(ask):
    answer = ask("amount > 1e9", rows=5)
    assert (answer["probability"], answer["log_probability"], answer["expected"]) == (0, None, None)
    assert column(answer, "channel")["expected"] is None, "there is no such row to expect anything of"
    assert answer["drawn"] is None
    assert json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize(("where", "error"), [
    ("colour = 'red'", SchemaError), ("category = 'cars'", FitError), ("category > 3", SchemaError),
    ("amount > 5 and amount < 3", SchemaError), ("category = 'fuel' and category = 'travel'", SchemaError),
    ("amount is missing and amount > 3", SchemaError), ("time = 2026-03-01 and time >= 2026-03-02", SchemaError),
    ("amount in (5, 7) and amount > 9", SchemaError),
])
def test_what_cannot_be_asked_is_told(ask, where, error):
    with pytest.raises(error) as told:
        ask(where)
    assert all(line.strip() for line in told.value.lines())


@pytest.mark.parametrize("where", [
    "amount > 3 and amount < 500", "category in ('fuel', 'travel') and category != 'fuel'",
    "distance_km is present and distance_km > 1", "amount >= 5 and amount <= 500 and amount != 7",
])
def test_several_tests_on_one_column_are_no_contradiction(ask, where):
    assert ask(where)["probability"] > 0


def test_rows_like_that_are_drawn_with_new_ids(ask, desk):
    drawn = ask("category = 'fuel'", rows=7)["drawn"]
    assert len(drawn["rows"]) == 7
    at = {name: i for i, name in enumerate(drawn["columns"])}
    assert {row[at["category"]] for row in drawn["rows"]} == {"fuel"}
    real = {line.split(",")[0] for line in Path(desk[0]).read_text("utf-8").splitlines()}
    assert not real & {row[at["payment_id"]] for row in drawn["rows"]}
    assert ask("category = 'fuel'", rows=7, seed=1)["drawn"]["rows"] != drawn["rows"]


def test_too_many_rows_are_for_synth(ask):
    with pytest.raises(ParameterError):
        ask(rows=1001)


def test_values_to_choose_from_come_when_they_are_wanted(ask):
    assert column(ask(choices=3), "category")["choices"][0] == "grocery"
    assert len(column(ask(choices=3), "category")["choices"]) == 3
    assert column(ask(), "category")["choices"] == []
    assert column(ask(choices=3), "amount")["choices"] == []


def test_a_fit_that_cannot_answer_says_what_to_do(desk):
    with pytest.raises(FitError) as told:
        execute(AskRequest(project=desk[1], where="amount > 5"))
    assert told.value.key == "models.no_answers"
    assert "again" in told.value.lines()[2]


def test_without_the_table_the_model_still_answers(ask, monkeypatch):
    from core.errors import ReadError

    def gone(*_):
        raise ReadError("tasks.gone", file="march.csv")

    monkeypatch.setattr(asking, "open_again", gone)
    monkeypatch.setattr(asking, "_tables", {})
    answer = ask("category = 'fuel'")
    assert answer["real"] is None
    assert answer["probability"] > 0


def test_the_command_reads_well(desk, model, capsys):
    assert main(["ask", "--project", desk[1], "--where", "category = 'fuel' and amount > 60", "--rows", "2"],
                lambda _: 1) == 0
    out = capsys.readouterr().out
    assert "about 1 in" in out
    assert "real rows agree" in out
    assert "Strongest links: time and category (1.44 bits)" in out
    assert main(["ask", "--project", desk[1], "--where", "category = 'cars'"], lambda _: 1) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_the_explaining_part_is_asked_before_any_other(desk, model, tmp_path):
    store = Store(desk[1], tmp_path / "staging")
    _, bundle = load_bundle(store, None)
    other = Counting.__new__(Counting)
    parts = {"other": other, "counting": model}
    assert dataclasses.replace(bundle, parts=parts, duties={"explains": "counting"}).answers is model
    assert dataclasses.replace(bundle, parts=parts, duties={"explains": "gone"}).answers is other


def test_what_rare_values_have_together_is_no_single_values():
    shop, nothing = ColumnSpec("shop", Kind.CATEGORY), np.zeros(0)
    parts = ("Volt", None, RareValues(37, "Kestrel"))
    marginal = Marginal("shop", parts, np.array([0.3, 0.1, 0.6]), nothing, nothing)
    card = shown(shop, marginal, marginal, is_set=False)
    assert [name for name, _, _ in card["values"]] == ["Volt", None]
    assert card["rest"] == pytest.approx([0.6, 0.6])
    assert (card["distinct"], card["rare"]) == (38, 37)
    assert card["likeliest"]["text"] == "Volt", "no single rare value is as likely"
    said = words().text(Message.from_json(card["expected"]))
    assert "one of 37 rare values (60%)" in said
    assert choices(shop, marginal, 9) == ["Volt"]
