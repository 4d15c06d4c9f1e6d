"""Free text: a name in it can be erased for good, and nothing else about it can change unseen."""

from __future__ import annotations

import sqlite3

import pytest

from core.project.project import Project
from core.project.schema import VERSION
from core.project.verify import verify
from core.review.casefile import About, check, export
from core.review.queue import Case
from core.review.session import Session

NAME = "Annegret Wohlgemuth"
CASES = [Case("P-0", 0, 2.0, 1), Case("P-1", 1, 1.0, 2)]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p.likeness"
    with Project.open(path, create=True) as project:
        session = Session(project.journal, CASES, run="r", reviewer="kim")
        session.decide("P-0", "fraud", note=f"called {NAME}")
        session.snooze("P-1", "2999-01-01T00:00:00+00:00", f"{NAME} answers")
    return path


def change(path, *statements):
    database = sqlite3.connect(path, isolation_level=None)
    rules = database.execute("SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'note' AND type = 'trigger'")
    rules = rules.fetchall()
    for name, _ in rules:
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        database.execute(statement)
    for _, rule in rules:
        database.execute(rule)
    database.close()


def test_the_text_stands_outside_the_chain_and_is_read_back(path):
    with Project.open(path) as project:
        assert NAME not in str([e.event for e in project.journal.entries()])
        session = Session(project.journal, CASES)
        assert session.state("P-0").note == f"called {NAME}"
        assert session.state("P-1").why == f"{NAME} answers"
    assert verify(path).ok


def test_an_erased_name_is_nowhere_in_the_file_and_the_chain_holds(path, tmp_path):
    with Project.open(path) as project:
        session = Session(project.journal, CASES, run="r", reviewer="kim")
        session.erase_notes("P-0")
        session.erase_notes("P-1")
        assert session.state("P-0").note == ""
        assert session.state("P-0").is_erased
        assert session.state("P-0").verdict == "fraud"
        assert session.erase_notes("P-0") is None
        written = export(session, [], tmp_path / "out", About(path.name, project.id))
    assert NAME.encode() not in path.read_bytes()
    assert verify(path, written.length, written.head).ok
    assert check(tmp_path / "out").ok
    assert not any(NAME in file.read_text("utf-8") for file in (tmp_path / "out").iterdir())
    assert "A note was erased" in (tmp_path / "out" / "case_file.html").read_text("utf-8")
    assert "A note was erased" in (tmp_path / "out" / "cases.csv").read_text("utf-8")
    with Project.open(path) as project:
        assert Session(project.journal, CASES).state("P-0").is_erased


@pytest.mark.parametrize("forgery", [
    "UPDATE note SET text = 'called nobody' WHERE text LIKE 'called%'",
    "UPDATE note SET text = NULL, salt = '' WHERE text LIKE 'called%'",
    "UPDATE note SET salt = 'x' WHERE text LIKE 'called%'",
    "DELETE FROM note WHERE text LIKE 'called%'",
])
def test_a_note_changed_or_erased_by_other_hands_is_found(path, forgery):
    change(path, forgery)
    found = verify(path)
    assert not found.ok
    assert [p.values["number"] for p in found.problems] == [1]


def test_the_file_itself_refuses_to_change_a_note(path):
    database = sqlite3.connect(path, isolation_level=None)
    again = "INSERT OR REPLACE INTO note SELECT * FROM note"
    for statement in ("UPDATE note SET text = 'x'", "DELETE FROM note", again):
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)
    database.close()


def to_first_format(path):
    """What the first version of Likeness would have left: notes in the chain, no table for them, no key."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("DROP TABLE note")
    database.execute("DELETE FROM setting WHERE key = 'secret'")
    database.execute("PRAGMA user_version = 1")
    database.close()


def test_a_project_of_the_first_format_is_read_verified_and_brought_forward(tmp_path):
    path = tmp_path / "old.likeness"
    with Project.open(path, create=True) as project:
        project.journal.append({"type": "verdict", "run": "r", "case": "P-0", "row": 0, "rank": 1, "score": 2.0,
                                "verdict": "fraud", "reasons": [], "note": "in the chain", "by": "kim"})
        project.journal.append({"type": "skip", "run": "r", "case": "P-1", "by": "kim"})
    to_first_format(path)
    assert verify(path).ok
    with Project.open(path, read_only=True) as project:
        assert Session(project.journal, CASES).state("P-0").note == "in the chain"
    with Project.open(path) as project:
        assert project.notice.key == "project.migrated"
        session = Session(project.journal, CASES, run="r")
        assert session.state("P-0").note == "in the chain"
        assert session.erase_notes("P-0") is None  # part of the chain itself
        session.note("P-1", "beside it")
        assert len(project.secret) == 64
    assert verify(path).ok
    assert VERSION == 2
    assert verify(tmp_path / "old.version-1.likeness").ok
