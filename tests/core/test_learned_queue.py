"""The order learned: what a reviewer sees move, what stays, and what a reopened window knows."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.review.queue import Case, arranged
from core.review.session import Session


def case(i, **fields):
    return Case(key=f"P-{i}", row=i, score=9.0 - i, rank=i + 1, title=f"Payment {i}", **fields)


BASE = [case(i) for i in range(5)]


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


@pytest.fixture
def session(project):
    return Session(project.journal, BASE, run="r", reviewer="kim")


def keys(session):
    return [c.key for c in session.cases]


def test_decided_cases_stand_first_and_the_open_ones_in_the_order_learned():
    found = arranged(BASE, [case(4), case(9), case(1)], {"P-2": 7, "P-0": 8}, ())
    assert [c.key for c in found] == ["P-2", "P-0", "P-4", "P-9", "P-1"]


def test_the_case_on_the_desk_stays_where_it_is(session):
    session.decide("P-0", "fraud")
    assert session.position == "P-1"
    session.arrange([case(8), case(4), case(1), case(3)])
    assert session.position == "P-1"
    assert keys(session) == ["P-0", "P-1", "P-8", "P-4", "P-3"]
    session.arrange([case(8), case(4)])
    assert keys(session)[1] == "P-1", "even where it is no longer among the best"


def test_what_somebody_acted_on_stays_in_the_queue(session):
    session.skip("P-1")
    session.note("P-3", "asked the shop")
    session.arrange([case(8), case(7), case(6)])
    assert set(keys(session)) == {"P-1", "P-2", "P-3", "P-8", "P-7"}, "and the queue is as long as it was begun"


def test_a_queue_longer_than_what_was_learned_goes_on_by_rank(session):
    session.decide("P-0", "fraud")
    session.arrange([case(9), case(4)])
    assert keys(session) == ["P-0", "P-1", "P-9", "P-4", "P-2"]
    session.arrange([])
    assert keys(session) == ["P-0", "P-1", "P-2", "P-3", "P-4"]


def test_a_case_that_was_learned_is_known_when_the_window_opens_again(project, session):
    session.arrange([case(8, expected=0.7), case(9, expected=0.6)])
    session.decide("P-0", "normal")
    assert session.position == "P-8"
    again = Session(project.journal, BASE, run="r", reviewer="kim")
    assert again.position == "P-8"
    again.decide("P-8", "fraud")
    assert "P-8" in keys(Session(project.journal, BASE, run="r", reviewer="kim"))


def test_a_queue_is_as_long_as_begun_whoever_reads_it(project, session):
    session.arrange([case(8, expected=0.7), case(9, expected=0.6)])
    for key in ("P-0", "P-8", "P-9"):
        session.decide(key, "fraud")
    assert session.counts.left == 2
    case_file = Session(project.journal, BASE, run="r", reviewer="kim")  # as an export
    assert (case_file.counts.total, case_file.counts.left) == (5, 2)
    assert [k for k in keys(case_file) if not case_file.state(k).verdict] == ["P-1", "P-2"]


def test_the_case_that_was_only_looked_at_is_found_again_with_the_order(project):
    again = Session(project.journal, BASE, run="r", reviewer="kim", position="P-9")
    assert again.position == "P-0"
    again.arrange([case(7), case(9)])
    assert again.position == "P-9"
    acted = Session(project.journal, BASE, run="r", reviewer="kim", position="P-9")
    acted.decide("P-0", "fraud")
    acted.arrange([case(7), case(9)])
    assert acted.position == "P-1", "whoever has gone on is not called back"


def test_what_was_expected_before_a_verdict_is_in_the_journal(project, session):
    session.arrange([case(0, expected=0.7, control="uniform"), case(9, expected=0.6)])
    session.decide("P-0", "normal")
    event = project.journal.entries()[-1].event
    assert (event["expected"], event["control"]) == (0.7, "uniform")


def test_an_undo_brings_a_learned_case_back_to_the_desk(session):
    session.arrange([case(8, expected=0.7), case(9, expected=0.6)])
    session.go("P-8")
    session.decide("P-8", "fraud")
    session.arrange([case(9), case(1)])
    assert session.undo().key == "P-8"
    assert session.current.key == "P-8"
    assert session.redo().key == "P-8"


def test_rows_drawn_to_judge_the_ranking_are_not_moved(session):
    session.draw([case(30, is_top=False, is_random=True, place=2)])
    before = keys(session)
    session.arrange([case(8), case(4)])
    assert keys(session) == before


def test_a_window_opened_again_has_the_case_that_was_brought_up_next_not_last(project, session):
    session.decide("P-0", "fraud")
    session.arrange([case(8), case(4)])
    session.go("P-8")
    session.skip("P-1")
    session.note("P-8", "ask the shop")
    again = Session(project.journal, BASE, run="r", reviewer="kim")
    again.go("P-8")
    again.arrange([case(4), case(8), case(3)])
    assert keys(again)[:2] == ["P-0", "P-8"]
