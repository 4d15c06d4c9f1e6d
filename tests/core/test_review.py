"""Review: what was decided is what the journal says, at any moment and after any closing."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LeaseHeld, ParameterError, ProjectError
from core.project.project import Project
from core.review.events import CaseState, Verdict
from core.review.queue import Case, order
from core.review.session import Session, last_queue
from core.words import message


def case(i, **fields):
    return Case(key=f"P-{i}", row=10 * i, score=9.0 - i, rank=i + 1, title=f"Payment {i}", **fields)


CASES = [case(i) for i in range(6)]


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


@pytest.fixture
def session(project):
    return Session(project.journal, CASES, run="r1", reviewer="kim")


def verdicts(session):
    return [str(session.state(c.key).verdict or "") for c in session.cases]


def test_a_case_without_a_name_keeps_its_title_in_words_of_any_language():
    case = Case(key="P-1", row=0, score=1.0, rank=1, title=message("tasks.row", row=1), reason=message("report.share"))
    assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case


def test_the_queue_is_most_anomalous_first_and_holds_each_case_once(project):
    mixed = [case(2), case(0), case(2), case(1)]
    assert [c.key for c in order(mixed)] == ["P-0", "P-1", "P-2"]
    assert [c.key for c in Session(project.journal, mixed).cases] == ["P-0", "P-1", "P-2"]


def test_a_case_survives_json_and_ignores_what_the_window_adds():
    item = case(1, reason=message("detect.reason.outside", column="amount", value=9.5), p_value=0.01, column="amount")
    assert Case.from_json({**item.to_json(), "cells": ["9.50"], "in_sample": True}) == item
    bare = {"key": "k", "row": 1, "score": 2.0, "rank": 3, "amount": None, "reason": None}
    assert Case.from_json(bare) == Case("k", 1, 2.0, 3)


def test_a_verdict_brings_the_next_open_case(session):
    assert session.position == "P-0"
    entry = session.decide("P-0", "fraud", reason_codes=("amount", "hour"), note="called")
    state = session.state("P-0")
    assert (state.verdict, state.reasons, state.note) == (Verdict.FRAUD, ("amount", "hour"), "called")
    assert (state.by, state.number, state.at) == ("kim", entry.number, entry.at)
    assert session.current == CASES[1]
    assert [c.key for c in session.decided] == ["P-0"]


def test_a_skipped_case_comes_again_at_the_end(session):
    session.skip("P-0")
    for key in ("P-1", "P-2", "P-3", "P-4", "P-5"):
        assert session.position == key
        session.decide(key, "normal")
    assert session.position == "P-0"
    assert session.counts.skipped == 1
    session.decide("P-0", "unsure")
    assert session.is_finished
    assert session.counts.skipped == 0
    assert session.position == "P-0"


def test_undo_goes_back_to_the_case_and_redo_brings_the_verdict_again(session):
    session.decide("P-0", "fraud")
    session.decide("P-1", "normal")
    step = session.undo()
    assert (step.key, session.position, verdicts(session)[:2]) == ("P-1", "P-1", ["fraud", ""])
    assert session.undo().key == "P-0"
    assert session.undo() is None
    assert [session.redo().key, session.redo().key] == ["P-0", "P-1"]
    assert session.redo() is None
    assert verdicts(session)[:2] == ["fraud", "normal"]


def test_a_new_verdict_ends_redo(session):
    session.decide("P-0", "fraud")
    session.undo()
    assert session.can_redo
    session.decide("P-3", "normal")
    assert not session.can_redo


def test_undo_of_a_second_thought_restores_the_first(session):
    session.decide("P-0", "fraud", note="stolen card")
    session.decide("P-0", "normal")
    assert session.state("P-0").note == "stolen card"
    session.undo()
    assert session.state("P-0").verdict is Verdict.FRAUD


def test_a_note_is_kept_without_a_verdict_and_can_be_removed(session):
    session.note("P-2", "ask the merchant")
    assert session.state("P-2") == CaseState(note="ask the merchant")
    assert session.position == "P-0"
    session.note("P-2", "")
    assert session.state("P-2").note == ""


def test_nothing_changes_when_the_verdict_cannot_be_written(project, session):
    with Project.open(project.path) as second:
        reading = Session(second.journal, CASES)
        with pytest.raises(LeaseHeld):
            reading.decide("P-0", "fraud")
        assert verdicts(reading) == [""] * 6
        assert reading.position == "P-0"
    database = project._database
    database.rows(f"PRAGMA max_page_count = {database.value('PRAGMA page_count')}")
    with pytest.raises(ProjectError):
        session.decide("P-0", "fraud", note="x" * 100_000)
    assert verdicts(session) == [""] * 6


def test_a_second_window_can_follow(project, session):
    with Project.open(project.path) as second:
        reading = Session(second.journal, CASES)
        session.decide("P-0", "fraud")
        assert reading.refresh()
        assert not reading.refresh()
        assert verdicts(reading) == verdicts(session)


@pytest.mark.parametrize("verdict", ["maybe", "", "Fraud"])
def test_only_known_verdicts_and_cases(session, verdict):
    with pytest.raises(ParameterError):
        session.decide("P-0", verdict)
    with pytest.raises(ParameterError):
        session.decide("P-99", "fraud")
    assert session.journal.length == 0


def test_verdicts_belong_to_cases_not_to_runs(project, session):
    session.decide("P-4", "fraud")
    refreshed = [Case(key=c.key, row=c.row + 1000, score=c.score, rank=7 - c.rank) for c in CASES[2:]]
    later = Session(project.journal, refreshed, run="r2")
    assert later.state("P-4").verdict is Verdict.FRAUD
    assert later.elsewhere == ()
    assert [key for key, _ in Session(project.journal, CASES[:2]).elsewhere] == ["P-4"]
    assert not Session(project.journal, CASES[:2]).can_undo  # another queue's verdict is not taken back unseen


def test_reopening_stands_where_the_review_was_left(project, session):
    session.decide("P-0", "fraud")
    session.skip("P-1")
    assert Session(project.journal, CASES, run="r1").position == session.position == "P-2"
    assert Session(project.journal, CASES, run="r1", position="P-5").position == "P-5"
    assert Session(project.journal, CASES, run="r1", position="gone").position == "P-2"


def test_moving_stays_in_the_queue_and_an_empty_queue_is_calm(project, session):
    assert [session.move(step).key for step in (1, 1, -1, -5, 99)] == ["P-1", "P-2", "P-1", "P-0", "P-5"]
    assert session.go("P-3") == session.current
    empty = Session(project.journal, [])
    assert (empty.current, empty.move(1), empty.undo(), empty.standing.top.share) == (None, None, None, None)


def test_a_row_added_by_hand_is_still_there_next_time(project, session):
    session.add(case(20))
    session.add(case(20))
    assert project.journal.length == 1
    assert Session(project.journal, CASES, run="r1").cases[-1] == case(20)
    assert len(Session(project.journal, CASES, run="other").cases) == 6


def test_a_queue_is_begun_once(project, session):
    assert last_queue(project.journal) is None
    session.begin(200)
    Session(project.journal, CASES, run="r1").begin(200)
    assert project.journal.length == 1
    assert last_queue(project.journal)["budget"] == 200
    session.begin(300)
    assert last_queue(project.journal)["budget"] == 300


def test_precision_counts_clear_verdicts_with_its_uncertainty(session):
    for key, verdict in zip(("P-0", "P-1", "P-2", "P-3"), ("fraud", "normal", "normal", "unsure"), strict=True):
        session.decide(key, verdict)
    counts = session.counts
    assert (counts.total, counts.decided, counts.left, counts.fraud) == (6, 4, 2, 1)
    share = session.standing.top.share
    assert (share.value, share.low, share.high) == pytest.approx((1 / 3, 0.0615, 0.7923), abs=1e-3)


STEPS = st.lists(st.one_of(
    st.tuples(st.just("decide"), st.integers(0, 5), st.sampled_from(list(Verdict))),
    st.tuples(st.just("decide_all"), st.tuples(st.integers(0, 2), st.integers(3, 5)), st.sampled_from(list(Verdict))),
    st.tuples(st.just("note"), st.integers(0, 5), st.sampled_from(["", "a", "b"])),
    st.tuples(st.just("skip"), st.integers(0, 5), st.none()),
    st.tuples(st.just("snooze"), st.integers(0, 5), st.just("2999-01-01T00:00:00+00:00")),
    st.tuples(st.just("escalate"), st.integers(0, 5), st.just("lee")),
    st.tuples(st.sampled_from(["undo", "redo"]), st.none(), st.none()),
), max_size=25)


def after(done):
    """What should hold: the steps that are not undone, one after the other, by the simplest code there is."""
    states = {c.key: ["", "", False, False, ""] for c in CASES}
    for kind, which, value in done:
        for i in which if isinstance(which, tuple) else (which,):
            state = states[f"P-{i}"]
            if kind.startswith("decide"):
                state[0], state[2:] = str(value), [False, False, ""]
            elif kind == "note":
                state[1] = value
            elif kind == "snooze":
                state[3:] = [True, ""]
            elif kind == "escalate":
                state[3:] = [False, value]
            else:
                state[2] = True
    return states


def seen(session, key):
    state = session.state(key)
    return [str(state.verdict or ""), state.note, state.is_skipped, bool(state.until), state.escalated_to]


def do(session, kind, which, value):
    keys = [f"P-{i}" for i in which] if isinstance(which, tuple) else f"P-{which}"
    getattr(session, kind)(keys, *([] if value is None else [value]))


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_any_sequence_of_steps_replays_to_the_same_state(steps):
    done, undone = [], []
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "p.likeness", create=True) as project:
        session = Session(project.journal, CASES, run="r1")
        for kind, i, value in steps:
            if kind == "undo":
                assert (session.undo() is None) == (not done)
                undone.extend([done.pop()] if done else [])
            elif kind == "redo":
                assert (session.redo() is None) == (not undone)
                done.extend([undone.pop()] if undone else [])
            else:
                do(session, kind, i, value)
                done.append((kind, i, value))
                undone.clear()
        expected = after(done)
        again = Session(project.journal, CASES, run="r1")
        for here in (session, again):
            assert {c.key: seen(here, c.key) for c in CASES} == expected
        assert not steps or again.position == session.position
        assert project.journal.problem() is None
        numbers = [e.number for e in project.journal.entries()]
        assert numbers == list(itertools.islice(itertools.count(1), len(numbers)))
