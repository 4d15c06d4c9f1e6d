"""The case file: what leaves the house can be opened without harm and shows later whether anybody touched it."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from core.errors import LikenessError, ProjectError
from core.project.project import Project
from core.project.verify import verify
from core.review.casefile import About, check, export
from core.review.queue import Case
from core.review.session import Session
from core.words import message

ITEM = {"key": "P-0", "cells": [], "nearest": [], "reason": message("report.share", value=0.5).to_json()}


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


@pytest.fixture
def session(project):
    cases = [Case(f"P-{i}", i, 9.5 - i, i + 1, p_value=0.25 if i else None) for i in range(3)]
    session = Session(project.journal, cases, run="r1", reviewer="kim")
    session.decide("P-0", "fraud", reason_codes=("amount", "hour"), note='=HYPERLINK("http://x")')
    session.decide("P-1", "normal")
    return session


@pytest.fixture
def written(project, session, tmp_path):
    return export(session, [ITEM], tmp_path / "out" / "march", About(project.path.name, project.id))


def lines(folder):
    with (folder / "cases.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_has_a_line_for_every_case_open_ones_too(project, written, tmp_path):
    found = lines(tmp_path / "out" / "march")
    assert [line["verdict"] for line in found] == ["fraud", "normal", ""]
    assert found[0]["reason_codes"] == "amount, hour"
    assert found[0]["reason"] == "50%"
    assert [float(line["score"]) for line in found] == [9.5, 8.5, 7.5]
    assert [line["p_value"] for line in found] == ["", "0.25", "0.25"]
    assert found[0]["decided_by"] == "kim"
    assert (written.cases, written.decided) == (3, 2)


def test_a_case_file_speaks_the_language_of_the_window(project, session, tmp_path):
    about = About(project.path.name, project.id, locale="pseudo")
    out = tmp_path / "pseudo"
    export(session, [ITEM], out, about)
    assert lines(out)[0]["reason"] == "⟦50%⟧"
    assert "⟦" in (out / "case_file.html").read_text("utf-8")


def test_why_a_row_stands_there_is_told_as_explained(project, tmp_path):
    kept_back = message("report.share", value=0.1)  # the queue's own words do not say how unusual a row is
    session = Session(project.journal, [Case("P-0", 0, 1.0, 1, reason=kept_back)], run="r1", reviewer="kim")
    export(session, [ITEM], tmp_path / "told", About(project.path.name, project.id))
    assert lines(tmp_path / "told")[0]["reason"] == "50%"


def test_a_note_never_becomes_a_formula(written, tmp_path):
    assert lines(tmp_path / "out" / "march")[0]["note"].startswith("'=")


def test_an_export_seals_the_journal_as_it_is(project, written):
    assert (written.length, written.head) == (project.journal.length, project.journal.head)
    assert check(written.out).ok
    assert verify(project.path, written.length, written.head).ok


def test_an_export_can_be_made_again_over_the_old_one(project, session, written):
    session.decide("P-2", "unsure")
    again = export(session, [], written.out, About(project.path.name, project.id))
    assert again.length == written.length + 1
    assert check(written.out).ok


def test_an_export_before_the_first_verdict_is_whole_too(project, tmp_path):
    empty = Session(project.journal, [])
    written = export(empty, [], tmp_path / "empty", About(project.path.name, project.id))
    assert written.length == 0
    assert check(written.out).ok


@pytest.mark.parametrize("name", ["case_file.html", "cases.csv", "journal.jsonl"])
def test_a_changed_or_missing_file_of_an_export_is_named(written, tmp_path, name):
    path = tmp_path / "out" / "march" / name
    path.write_text(path.read_text("utf-8").replace("normal", "fraud").replace("Normal", "Fraud"), "utf-8")
    assert name in str([p.values for p in check(written.out).problems])
    path.unlink()
    assert name in str([p.values for p in check(written.out).problems])


def test_an_export_whose_digests_were_made_to_agree_is_betrayed_by_its_chain(written, tmp_path):
    import hashlib

    folder = tmp_path / "out" / "march"
    journal, manifest = folder / "journal.jsonl", folder / "manifest.json"
    journal.write_text(journal.read_text("utf-8").replace("normal", "fraud"), "utf-8")
    plain = json.loads(manifest.read_text("utf-8"))
    plain["files"]["journal.jsonl"] = hashlib.sha256(journal.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(plain), "utf-8")
    assert not check(folder).ok


def test_a_folder_that_is_no_export_says_so(tmp_path):
    with pytest.raises(ProjectError, match="no case file"):
        check(tmp_path)


def test_a_place_that_cannot_be_written_is_an_error_in_words(project, session, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(LikenessError) as caught:
        export(session, [], tmp_path / "taken", About(project.path.name, project.id))
    assert all(caught.value.lines())
    folder = tmp_path / "half"
    (folder / "cases.csv").mkdir(parents=True)
    with pytest.raises(LikenessError):
        export(session, [], folder, About(project.path.name, project.id))
    shutil.rmtree(folder)
