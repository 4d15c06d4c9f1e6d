"""A queue longer than anybody reads: its first rows are cases, the others are known by their rank alone."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.review.queue import Case
from core.review.session import Session

ROWS = 1_000_000


def case(i, **fields):
    return Case(key=f"P-{i}", row=i, score=9.0 - i / ROWS, rank=i + 1, title=f"Payment {i}", **fields)


BEGUN = [case(i) for i in range(5)]


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


def sit(project):
    return Session(project.journal, BEGUN, run="r", reviewer="kim", behind=ROWS - len(BEGUN))


def test_a_long_queue_counts_all_its_rows_whatever_verdicts_bring_up(project):
    session = sit(project)
    assert (session.budget, session.behind) == (ROWS, ROWS - 5)
    session.arrange([case(900_000), case(3)])
    assert len(session.cases) + session.behind == ROWS
    session.decide("P-0", "fraud")
    session.arrange([case(800_000), case(3)])
    assert session.counts.total == ROWS
    assert session.counts.left == ROWS - 1


def test_cases_that_are_no_longer_expected_fall_back_behind(project):
    session = sit(project)
    for i in range(40):
        session.arrange([case(1_000 + 2 * i), case(1_001 + 2 * i), case(4)])
    assert len(session.cases) < 10, "else each verdict would take longer than the one before"


def test_a_row_from_far_behind_is_decided_and_known_when_the_window_opens_again(project):
    session = sit(project)
    session.meet(case(500_000))
    assert session.current.row == 500_000
    session.arrange([case(3), case(900_000)])
    assert session.current.row == 500_000, "an order that comes meanwhile leaves it on the desk"
    session.decide("P-500000", "fraud")
    assert session.position == "P-3", "then the best open case comes"
    again = sit(project)
    assert again.state("P-500000").verdict == "fraud"
    assert again.case("P-500000").row == 500_000
    assert again.counts.total == ROWS
    session.undo()
    assert session.current.row == 500_000


def test_the_next_rows_become_cases_once(project):
    session = sit(project)
    session.extend([case(i) for i in range(3, 9)])
    session.extend([case(i) for i in range(3, 9)])
    assert [c.row for c in session.cases] == list(range(9))
    assert (session.budget, session.behind) == (ROWS, ROWS - 9)
    assert session.seated("second", "lee").behind == 0, "a second reviewer sees what was asked for alone"
