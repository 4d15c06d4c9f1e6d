"""Four eyes: second looks are blind, disagreements are settled, packages bring verdicts back and replace none."""

from __future__ import annotations

import random

import pytest

from core.errors import LikenessError, ParameterError, ProjectError
from core.project.project import Project
from core.project.verify import verify
from core.review.agreement import agreement, sample
from core.review.package import KEY, merge, read, write
from core.review.queue import Case
from core.review.session import Session
from core.review.team import Team
from core.stats.agreement import kappa

CASES = [Case(f"P-{i}", i, 9.0 - i, i + 1, title=f"Shop {i}") for i in range(6)]


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


@pytest.fixture
def kim(project):
    session = Session(project.journal, CASES, run="r", reviewer="kim")
    for key, verdict in zip(("P-0", "P-1", "P-2", "P-3"), ("fraud", "fraud", "normal", "unsure"), strict=True):
        session.decide(key, verdict, note=f"because of {key}")
    return session


def test_the_second_reviewer_sees_neither_verdict_nor_note(kim):
    kim.recheck(sample(kim, "fraud"), "fraud")
    lee = kim.seated("second", "lee")
    assert [c.key for c in lee.cases] == ["P-0", "P-1"]
    assert all(lee.state(c.key).verdict is None and lee.state(c.key).note == "" for c in lee.cases)
    lee.decide("P-0", "fraud")
    lee.decide("P-1", "normal", note="known customer")
    assert lee.is_finished
    lee.undo()
    lee.redo()
    assert kim.seated("first", "kim").state("P-1").verdict == "fraud"  # a second opinion replaces nothing
    assert len(kim.seated("second", "kim").cases) == 0  # nobody checks themselves


def test_a_disagreement_is_settled_once_and_both_opinions_stay(kim):
    kim.recheck(["P-0", "P-1"], "all")
    lee = kim.seated("second", "lee")
    lee.decide("P-0", "fraud")
    lee.decide("P-1", "normal")
    chief = kim.seated("disputes", "chief")
    assert [c.key for c in chief.cases] == ["P-1"]
    assert chief.state("P-1").verdict is None
    assert [(o.by, str(o.verdict)) for o in chief.opinions("P-1").opinions] == [("kim", "fraud"), ("lee", "normal")]
    assert agreement(chief.every()).disputed == 1
    chief.decide("P-1", "normal")
    after = kim.seated("first", "kim")
    assert (after.state("P-1").verdict, after.state("P-1").by) == ("normal", "chief")
    found = agreement(after.every())
    assert (found.pairs, found.agreed, found.disputed) == (2, 1, 0)
    chief.undo()
    assert agreement(kim.seated("first", "kim").every()).disputed == 1


def test_ones_own_verdict_is_no_second_look(kim):
    with pytest.raises(ParameterError):
        kim.recheck(["P-99"], "all")
    kim.recheck(["P-0"], "all")
    again = Session(kim.journal, CASES, run="r", reviewer="lee", view="second")
    again.reviewer = "kim"
    with pytest.raises(ParameterError, match="first verdict"):
        again.decide("P-0", "normal")


def test_a_sample_is_drawn_from_what_was_decided_and_is_the_same_when_asked_again(kim):
    assert sample(kim, "fraud") == ["P-0", "P-1"]
    assert sample(kim, "all") == ["P-0", "P-1", "P-2", "P-3"]
    drawn = sample(kim, "all", 2)
    assert drawn == sample(kim, "all", 2)
    assert len(set(drawn) & {"P-0", "P-1", "P-2", "P-3"}) == 2


def items(keys):
    return [{**case.to_json(), "cells": [], "nearest": []} for case in CASES if case.key in keys]


def package(kim, project, path, keys, team=None):
    about = {"project": project.id, "run": "r", "to": "lee", "source": "p.csv"}
    return write(path, items(keys), about, team or Team("defect"))


def decide(path, reviewer, verdicts):
    with Project.open(path) as opened:
        cases = [Case.from_json(i) for i in opened.setting(KEY)["items"]]
        session = Session(opened.journal, cases, run="r", reviewer=reviewer)
        for key, verdict in verdicts.items():
            session.decide(key, verdict, note="seen")


def test_a_package_comes_back_open_cases_are_decided_and_conflicts_become_disagreements(kim, project, tmp_path):
    path = tmp_path / "lee.likeness"
    package(kim, project, path, ("P-1", "P-4", "P-5"))
    assert b"because of" not in path.read_bytes()  # neither verdicts nor notes travel
    decide(path, "lee", {"P-1": "normal", "P-4": "fraud"})
    found = merge(kim, read(path), project.id)
    assert found == {"verdicts": 2, "second": 1, "disputed": 1, "known": 0}
    assert (kim.state("P-4").verdict, kim.state("P-4").by, kim.state("P-4").note) == ("fraud", "lee", "seen")
    assert kim.state("P-1").verdict == "fraud"
    assert kim.state("P-1").is_disputed
    assert merge(kim, read(path), project.id)["verdicts"] == 0  # twice is once
    decide(path, "lee", {"P-5": "normal"})
    assert merge(kim, read(path), project.id) == {"verdicts": 1, "second": 0, "disputed": 0, "known": 2}
    kim.undo()
    kim.undo()
    assert kim.state("P-4").verdict is None
    assert not kim.state("P-1").is_disputed
    assert verify(project.path).ok


def test_only_a_package_of_this_project_that_nobody_changed_is_taken(kim, project, tmp_path):
    import sqlite3

    path = tmp_path / "lee.likeness"
    package(kim, project, path, ("P-4",))
    decide(path, "lee", {"P-4": "fraud"})
    with pytest.raises(ProjectError):
        merge(kim, read(path), "another project")
    with pytest.raises(ProjectError, match="no work package"):
        read(project.path)
    with pytest.raises(ProjectError, match="not overwritten"):
        package(kim, project, project.path, ("P-4",))
    database = sqlite3.connect(path, isolation_level=None)
    (rule,) = database.execute("SELECT sql FROM sqlite_schema WHERE name = 'journal_no_update'").fetchone()
    database.execute("DROP TRIGGER journal_no_update")
    database.execute("UPDATE journal SET event = replace(event, 'fraud', 'normal')")
    database.execute(rule)
    database.close()
    with pytest.raises(LikenessError, match="changed outside"):
        read(path)
    assert kim.state("P-4").verdict is None


def test_kappa_is_that_of_the_textbook():
    # Cohen's own form: 45 + 15 + 25 + 15, the example of the usual courses: kappa .1304
    pairs = [("y", "y")] * 45 + [("y", "n")] * 15 + [("n", "y")] * 25 + [("n", "n")] * 15
    value, (low, high) = kappa(pairs)
    assert value == pytest.approx(0.1304, abs=1e-4)
    assert low < value < high
    assert kappa([("y", "y"), ("n", "n")])[0] == 1
    assert kappa([("y", "y"), ("n", "n")])[1][0] < 0.2  # two pairs prove nothing
    assert kappa([("y", "y")] * 5)[0] == 1


def test_the_interval_of_kappa_holds_the_truth_about_as_often_as_it_says():
    chance, truth, held = random.Random(0), 0.0, 0
    for trial in range(400):
        pairs = []
        for _ in range(60):
            first = chance.random() < 0.3
            pairs.append((first, first if chance.random() < 0.8 else chance.random() < 0.3))
        truth = 0.8  # with both margins .3, kappa is the share that copies
        low, high = kappa(pairs)[1]
        held += low <= truth <= high
        assert trial >= 0
    assert 0.92 <= held / 400 <= 0.995
