"""Honest doubt: whether verdicts show the top to be better than chance, and what nobody may see before they do."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from core.commands._execute import execute
from core.errors import ParameterError
from core.project.project import Project
from core.review.casefile import About, export
from core.review.estimates import RANDOM, TOP, Standing, Tally
from core.review.queue import Case, order
from core.review.session import Session
from core.stats.intervals import fisher_greater
from core.tasks.blind import BlindRequest
from core.tasks.fit import FitRequest
from core.tasks.score import ScoreRequest
from core.words import words

from .payments import write_payments


def standing(fraud, random_fraud, clear=TOP, random_clear=RANDOM):
    return Standing(Tally(TOP, clear, clear, fraud), Tally(RANDOM, random_clear, random_clear, random_fraud))


def sessions(rate, random_rate, count=2_000, seed=0):
    """States of simulated sessions in which every case got the verdict that is true."""
    rng = np.random.default_rng(seed)
    return [standing(int(a), int(b)).state for a, b in zip(
        rng.binomial(TOP, rate, count), rng.binomial(RANDOM, random_rate, count), strict=True)]


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_a_top_like_any_other_rows_is_said_to_be_no_better(rate):
    assert np.mean([s == "no_better" for s in sessions(rate, rate)]) >= 0.9


def test_a_top_half_of_which_are_frauds_is_not():
    assert np.mean([s == "better" for s in sessions(0.5, 0.01)]) >= 0.94


def test_a_top_that_is_worse_than_random_is_no_better():
    assert standing(0, 9).state == "no_better"


def test_the_exact_test_is_the_exact_test():
    assert fisher_greater(3, 3, 0, 3) == pytest.approx(1 / 20)
    assert fisher_greater(0, 20, 0, 10) == 1.0
    assert fisher_greater(5, 20, 0, 0) == 1.0
    assert fisher_greater(10, 20, 0, 10) == pytest.approx(184_756 / 30_045_015)
    assert fisher_greater(10, 20, 0, 10, is_mid=True) == pytest.approx(184_756 / 30_045_015 / 2)
    assert fisher_greater(0, 20, 0, 10, is_mid=True) == 0.5


def test_nothing_is_said_before_the_verdicts_are_there():
    assert Standing().state == "none"
    assert Standing().sentence is None
    assert standing(5, 0, clear=12).state == "open"
    assert standing(5, 0, clear=12).missing == 8
    assert standing(20, 0, random_clear=9).state == "open"
    unsure = Standing(Tally(TOP, TOP, 12, 9), Tally(RANDOM, RANDOM, 8, 0))
    assert unsure.state == "better", "a case nobody is sure of is decided and says nothing"


def test_a_rare_fraud_is_not_called_noise_without_saying_what_would_tell():
    few = Standing(Tally(100, 100, 100, 10), Tally(RANDOM, RANDOM, RANDOM, 0))
    assert few.state == "no_better"
    told = [fisher_greater(10, 100, 0, RANDOM + n, is_mid=True) for n in (few.more, few.more - RANDOM)]
    assert told[0] <= 0.05 < told[1]
    assert standing(0, 0).more == 0, "no number of random rows makes none of 20 better"


def test_the_sentence_has_both_rates_with_their_intervals():
    said = words().text(standing(10, 0).sentence)
    assert "10 of 20 (50%, 95% interval 30% to 70%)" in said
    assert "0 of 10 (0%, 0% to 28%)" in said


# the queue


def case(i, **fields):
    return Case(key=f"P-{i}", row=10 * i, score=9.0 - i, rank=i + 1, **fields)


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


DRAWN = [case(400, is_top=False, is_random=True, place=2), case(1, is_random=True)]


@pytest.fixture
def session(project):
    made = Session(project.journal, [case(i) for i in range(4)], run="r", reviewer="kim")
    made.begin(4)
    made.draw(DRAWN)
    return made


def test_rows_drawn_at_random_stand_among_the_top(session):
    assert [c.key for c in session.cases] == ["P-0", "P-1", "P-400", "P-2", "P-3"]


def test_one_row_may_be_both_and_counts_for_both(session):
    both = session.case("P-1")
    assert (both.is_top, both.is_random, both.place) == (True, True, None)
    session.decide("P-1", "fraud")
    session.decide("P-400", "normal")
    assert (session.standing.top.cases, session.standing.top.fraud, session.standing.top.clear) == (4, 1, 1)
    assert (session.standing.random.cases, session.standing.random.fraud, session.standing.random.clear) == (2, 1, 2)
    assert order([DRAWN[1], case(1)]) == order([case(1), DRAWN[1]])


def test_it_is_blind_until_the_last_of_them_is_decided(session):
    assert session.is_blind
    session.decide("P-1", "normal")
    assert session.is_blind
    session.decide("P-400", "unsure")
    assert not session.is_blind
    session.undo()
    assert session.is_blind


def test_the_draw_is_in_the_journal_before_any_verdict_and_outlives_the_window(session, project):
    assert [e.event["type"] for e in project.journal.entries()] == ["queue", "drawn"]
    session.decide("P-400", "fraud")
    again = Session(project.journal, [case(i) for i in range(4)], run="r", reviewer="kim")
    assert again.cases == session.cases
    assert again.standing == session.standing
    other = Session(project.journal, [case(i) for i in range(4)], run="another")
    assert other.standing.state == "none"


def test_a_draw_can_be_taken_back_and_brought_back(session, project):
    drawn = project.journal.entries()[-1]
    session.go("P-400")
    session.take_back(drawn)
    assert [c.key for c in session.cases] == ["P-0", "P-1", "P-2", "P-3"]
    assert session.position == "P-0"
    with pytest.raises(ParameterError):
        session.decide("P-400", "fraud")
    session.bring_back(drawn)
    assert session.is_blind
    assert len(session.cases) == 5


def test_the_case_file_says_who_was_drawn_and_what_it_showed(session, project, tmp_path):
    for key in ("P-0", "P-1", "P-2", "P-3", "P-400"):
        session.decide(key, "normal")
    export(session, [], tmp_path / "out", About("p.likeness", project.id))
    with (tmp_path / "out" / "cases.csv").open(newline="", encoding="utf-8") as file:
        drawn = {line["case"]: line["drawn_at_random"].lower() for line in csv.DictReader(file)}
    assert [key for key, is_drawn in drawn.items() if is_drawn == "true"] == ["P-1", "P-400"]
    assert "no better than random" in (tmp_path / "out" / "case_file.html").read_text("utf-8")


# the draw


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blind")
    file, path = str(write_payments(folder / "march.csv")), str(folder / "march.likeness")
    execute(FitRequest(file, project=path, model="neighbours"))
    execute(ScoreRequest(file, project=path))
    return path


def test_the_draw_is_the_top_and_rows_as_likely_as_any_other(scored):
    items = execute(BlindRequest(project=scored))["items"]
    assert sorted(i["rank"] for i in items if i["is_top"]) == list(range(1, 21))
    assert sum(i["is_random"] for i in items) == 10
    rows = [i["row"] for seed in range(60) for i in execute(BlindRequest(project=scored, top=0, seed=seed))["items"]]
    assert len(rows) == 600
    assert 280 < np.mean(rows) < 320
    assert len(set(rows)) > 300


def test_the_same_seed_draws_the_same_and_further_rows_are_others(scored):
    first = execute(BlindRequest(project=scored))
    assert execute(BlindRequest(project=scored)) == first
    more = execute(BlindRequest(project=scored, top=0, drawn=10, random=30, among=50))["items"]
    assert not {i["row"] for i in more} & {i["row"] for i in first["items"] if i["is_random"]}
    assert len(more) == 30
    assert {i["place"] for i in more} <= set(range(1, 51))


def test_nothing_shown_tells_the_drawn_rows_from_the_others(scored):
    items = execute(BlindRequest(project=scored))["items"]
    assert {i["reason"]["key"] for i in items} & {"detect.headline.usual"} == set()
    order_shown = [i["is_top"] for i in items]
    assert order_shown != sorted(order_shown, reverse=True), "not at the end of the queue"


def test_a_short_table_gives_what_it_has(tmp_path):
    file = str(write_payments(tmp_path / "short.csv", rows=12))
    path = str(tmp_path / "short.likeness")
    execute(FitRequest(file, project=path, model="neighbours"))
    execute(ScoreRequest(file, project=path))
    items = execute(BlindRequest(project=path))["items"]
    assert len(items) == 12
    assert sum(i["is_random"] for i in items) == 10
