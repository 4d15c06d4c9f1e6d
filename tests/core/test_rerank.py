"""Rerank: the order that verdicts teach, from the journal alone."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from core.commands._execute import execute
from core.project.project import Project
from core.review.queue import Case
from core.review.session import Session
from core.run import Run
from core.tasks import _grounds
from core.tasks._learning import EVERY, Given, control_due
from core.tasks.fit import FitRequest
from core.tasks.rerank import RerankRequest
from core.tasks.score import ScoreRequest

from .payments import write_payments


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rerank")
    file, path = str(write_payments(folder / "march.csv")), str(folder / "march.likeness")
    execute(FitRequest(file, project=path, model="neighbours"))
    execute(ScoreRequest(file, project=path))
    execute(RerankRequest(project=path))
    return folder


@pytest.fixture
def path(scored, tmp_path):
    return str(shutil.copytree(scored, tmp_path / "copy") / "march.likeness")


def ask(path, **settings):
    return execute(RerankRequest(project=path, **settings))


def decide(path, *verdicts):
    """Open the project, take the queue that is learned now, and give verdicts by key."""
    with Project.open(path) as project:
        begun = [Case.from_json({**item, "expected": None}) for item, _ in verdicts]
        session = Session(project.journal, begun, run=project.run()["id"], reviewer="kim")
        for item, verdict in verdicts:
            session.arrange([Case.from_json(item)])
            session.decide(item["key"], verdict)


def keys(found):
    return [item["key"] for item in found["items"]]


def by_rank(items):
    return sorted((i for i in items if not i["control"]), key=lambda i: i["rank"])


def test_before_a_verdict_the_order_is_that_of_the_scores(path):
    found = ask(path, count=30)
    assert found["verdicts"] == 0
    assert found["left"] is None
    ranks = [i["rank"] for i in found["items"] if not i["control"]]
    assert ranks == sorted(ranks)


def test_the_same_journal_gives_the_same_order(path, scored, tmp_path):
    first = ask(path, count=4)["items"]
    decide(path, (first[0], "fraud"), (first[1], "normal"))
    other = str(shutil.copy(path, tmp_path / "other.likeness"))
    assert ask(path, count=40)["items"] == ask(other, count=40)["items"]


def test_an_undo_gives_the_order_before(path):
    before = ask(path, count=40)
    decide(path, (before["items"][0], "fraud"))
    assert keys(ask(path, count=40)) != keys(before)
    with Project.open(path) as project:
        Session(project.journal, [Case.from_json(before["items"][0])], run=project.run()["id"]).undo()
    after = ask(path, count=40)
    assert keys(after) == keys(before)
    assert [i["expected"] for i in after["items"]] == pytest.approx([i["expected"] for i in before["items"]], abs=1e-9)


def test_unsure_teaches_nothing_and_is_not_asked_again(path):
    before = ask(path, count=40)
    decide(path, (before["items"][0], "unsure"))
    after = ask(path, count=40)
    assert after["verdicts"] == 0
    assert before["items"][0]["key"] not in keys(after)
    now = {i["key"]: i["expected"] for i in after["items"]}
    assert all(now[i["key"]] == i["expected"] for i in before["items"] if i["key"] in now)


def test_what_moved_is_told_with_the_reason(path):
    top = by_rank(ask(path, count=40)["items"])
    decide(path, (top[0], "fraud"))
    found = ask(path, count=40)
    told = found["told"]
    assert told["case"] == top[0]["key"]
    assert told["rose"] > 0
    assert told["why"]["values"]["count"] == told["rose"]
    assert 0 < told["why"]["values"]["shared"] <= told["why"]["values"]["trees"] == 100
    assert any(i["moved"] > 0 for i in found["items"])


def test_money_and_doubt_order_otherwise(path):
    top = by_rank(ask(path, count=10)["items"])
    decide(path, (top[0], "fraud"), (top[1], "normal"), (top[2], "fraud"))
    doubt = ask(path, count=60, order="uncertain")
    values = [abs(i["expected"] - 0.5) for i in doubt["items"] if not i["control"]]
    assert values == sorted(values)
    money = [i for i in ask(path, count=60, order="amount")["items"] if not i["control"]]
    assert [i["key"] for i in money] != [i["key"] for i in ask(path, count=60)["items"]]
    worth = [max(i["expected"], 0) * float(i["amount"].replace(",", "")) for i in money]
    assert worth == pytest.approx(sorted(worth, reverse=True), rel=1e-3)


@pytest.mark.parametrize("verdict", ["fraud", "normal"])
def test_the_case_foreseen_is_the_one_that_then_stands_first(path, verdict):
    top = ask(path, count=4)["items"]
    decide(path, (top[0], "fraud"))
    desk = ask(path, count=2)["items"][0]
    foreseen = ask(path, count=2, desk=desk["key"])["next"][verdict]
    decide(path, (desk, verdict))
    first = ask(path, count=2)["items"][0]
    assert foreseen["key"] == first["key"]
    assert foreseen["expected"] == pytest.approx(first["expected"], abs=1e-6)


def test_a_suppressed_entity_is_away_but_not_learned_as_normal(path):
    whole = ask(path, count=600)
    found = ask(path, count=600, where="category != 'travel'")
    assert 0 < len(found["items"]) < len(whole["items"])
    now = {i["key"]: i["expected"] for i in found["items"]}
    assert all(now[i["key"]] == i["expected"] for i in whole["items"] if i["key"] in now)


def test_one_review_in_twenty_is_drawn_at_random_and_noted(path):
    drawn = []
    for _ in range(2 * EVERY):
        first = ask(path, count=1)["items"][0]
        drawn.append(first["control"])
        decide(path, (first, "normal"))
    assert sorted(filter(None, drawn)) == ["fifth", "uniform"]
    assert sum(map(bool, drawn[:EVERY])) == 1
    with Project.open(path, read_only=True) as project:
        events = [e.event for e in project.journal.entries()]
    assert [e["control"] for e in events] == drawn
    assert all(isinstance(e["expected"], float) for e in events)


def test_a_control_row_that_was_passed_over_comes_next():
    def given(n, control=""):
        return [Given(str(i), i, "normal", i, 0.1, control, True) for i in range(n)]

    waits = [control_due("r", given(n))[0] for n in range(EVERY + 3)]
    assert waits[0] < EVERY
    assert waits[-3:] == [0, 0, 0]
    assert control_due("r", given(1, "uniform"))[1] == "fifth"


def test_without_its_grounds_the_window_is_told_to_wait(tmp_path):
    file = str(write_payments(tmp_path / "short.csv", rows=30))
    path = str(tmp_path / "short.likeness")
    execute(FitRequest(file, project=path, model="neighbours"))
    execute(ScoreRequest(file, project=path))
    assert ask(path, prepare=False)["ready"] is False
    assert ask(path)["ready"] is True
    assert len(ask(path, prepare=False, count=100)["items"]) == 30


def test_of_a_long_table_the_most_unusual_rows_and_the_control_are_reranked(tmp_path, monkeypatch):
    rows, most, drawn = 200, 40, 25
    monkeypatch.setattr(_grounds, "_MOST", most)
    monkeypatch.setattr(_grounds, "_DRAWN", drawn)
    file, path = str(write_payments(tmp_path / "long.csv", rows=rows)), str(tmp_path / "long.likeness")
    execute(FitRequest(file, project=path, model="neighbours"))
    execute(ScoreRequest(file, project=path))
    found = ask(path, count=rows)
    ranks = {item["rank"] for item in found["items"]}
    assert set(range(1, most + 1)) <= ranks
    beyond = {item["key"] for item in found["items"] if item["rank"] > most}
    assert 0 < len(beyond) <= drawn, "the rows of the lot, whatever their rank"
    assert found["open"] == rows, "what is left is told of all rows"
    first = by_rank(found["items"])[0]
    decide(path, (first, "fraud"))
    again = ask(path, count=rows)
    assert again["open"] == rows - 1
    assert {item["key"] for item in again["items"]} == {item["key"] for item in found["items"]} - {first["key"]}
    while not (control := ask(path, count=1)["items"][0])["control"]:
        decide(path, (control, "normal"))
    lot = Run().rng("control", found["run"]).permutation(rows)[:drawn]
    assert control["row"] in lot, "a row that only its rank brought is no control"


def test_double_reviews_bring_a_lower_bound(path):
    items = ask(path, count=21)["items"]
    decide(path, *[(i, "fraud") for i in items])
    assert ask(path)["left"]["least"] is None
    with Project.open(path) as project:
        queue, run = [Case.from_json(i) for i in items], project.run()["id"]
        Session(project.journal, queue, run=run, reviewer="kim").recheck([i["key"] for i in items], "sample")
        second = Session(project.journal, queue, run=run, reviewer="lee", view="second")
        for item in items:
            second.decide(item["key"], "fraud")
    assert ask(path)["left"]["least"] is not None


def test_the_rows_a_person_is_asked_are_not_all_of_a_kind(path):
    """What is left counts every row of the table, not only the queue."""
    first = ask(path, count=21)["items"]
    decide(path, *[(item, "normal") for item in first])
    left = ask(path)["left"]
    assert left["rows"] == 579
    assert 0 <= left["most"] <= 579
    assert np.isfinite(left["next_hits"])


def test_the_next_batch_begins_with_what_was_learned_before(path, tmp_path):
    items = ask(path, count=30)["items"]
    decide(path, *[(i, "fraud" if at < 8 else "normal") for at, i in enumerate(items)])
    learned = ask(path, count=1)["verdicts"]
    file = str(write_payments(tmp_path / "april.csv", seed=4, start=600))
    execute(ScoreRequest(file, project=path))
    found = ask(path, count=600)
    assert found["verdicts"] == learned == 30
    assert len(found["items"]) == 600, "earlier rows teach, but are no cases of this batch"
    assert found["told"] is None
    assert all(i["moved"] == 0 for i in found["items"])
    assert found["trained"] is None or found["trained"]["is_few"]
    assert found["left"] is None, "what was decided elsewhere says nothing of what is left here"
    ranks = [i["rank"] for i in found["items"] if not i["control"]]
    assert ranks != sorted(ranks)
    alone = str(shutil.copy(path, tmp_path / "alone.likeness"))
    assert [i["key"] for i in ask(alone, count=600)["items"]] == keys(found)


def test_a_batch_whose_earlier_file_is_gone_begins_anew(path, tmp_path, monkeypatch, scored):
    items = ask(path, count=3)["items"]
    decide(path, *[(i, "fraud") for i in items])
    file = str(write_payments(tmp_path / "april.csv", seed=4, start=600))
    execute(ScoreRequest(file, project=path))
    from core.errors import ReadError
    from core.tasks import _earlier

    def gone(*_):
        raise ReadError("read.missing", file="march.csv")

    monkeypatch.setattr(_earlier, "open_run", gone)
    assert ask(path)["verdicts"] == 0


def test_the_learned_score_is_judged_without_each_cases_own_verdict(path):
    items = ask(path, count=60)["items"]
    rng = np.random.default_rng(3)
    decide(path, *[(i, "fraud" if rng.random() < 0.5 else "normal") for i in items])
    trained = ask(path)["trained"]
    assert trained is None or trained["low"] < 0.75, "verdicts by lot teach nothing, and the figure says so"
    with Project.open(path) as project:
        session = Session(project.journal, [Case.from_json(i) for i in items], run=project.run()["id"], reviewer="kim")
        for at, item in enumerate(items):
            session.decide(item["key"], "fraud" if at < 30 else "normal")
    trained = ask(path)["trained"]
    assert not trained["is_few"]
    assert trained["low"] <= trained["value"] == trained["right"] / trained["called"] <= trained["high"]
