"""The journal: no verdict is lost, and none is changed unseen."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys

import pytest

from core.errors import ProjectError
from core.project.journal import digest, root_of
from core.project.project import Project
from core.project.staging import Staging
from core.project.verify import verify

COLUMNS = "number, at, event, previous, hash"


@pytest.fixture
def path(tmp_path):
    """A project with twelve verdicts, closed."""
    path = tmp_path / "payments.likeness"
    with Project.open(path, create=True) as project:
        for i in range(12):
            project.journal.append({"type": "verdict", "case": f"P-{i}", "verdict": "normal"})
    return path


class Forger:
    """Somebody with a SQLite shell, all the time in the world and our source."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.rules = self.db.execute("SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'journal' "
                                     "AND type = 'trigger'").fetchall()
        for name, _ in self.rules:
            self.db.execute(f"DROP TRIGGER {name}")

    def rows(self):
        return self.db.execute(f"SELECT {COLUMNS} FROM journal ORDER BY number").fetchall()

    def rebuild(self, rows):
        """A chain without a flaw from these (at, event) pairs."""
        (project,) = self.db.execute("SELECT id FROM project").fetchone()
        self.db.execute("DELETE FROM journal")
        previous = root_of(project)
        for number, (at, event) in enumerate(rows, 1):
            own = digest(number, at, event, previous)
            self.db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", (number, at, event, previous, own))
            previous = own

    def leave(self):
        for _, rule in self.rules:
            self.db.execute(rule)
        self.db.close()


def edit(forger):
    forger.db.execute("UPDATE journal SET event = replace(event, 'normal', 'fraud') WHERE number = 5")


def edit_time(forger):
    forger.db.execute("UPDATE journal SET at = replace(at, ':', '.') WHERE number = 5")


def edit_and_reseal(forger):
    number, at, event, previous, _ = forger.rows()[4]
    event = event.replace("normal", "fraud")
    forger.db.execute("UPDATE journal SET event = ?, hash = ? WHERE number = 5",
                      (event, digest(number, at, event, previous)))


def remove(forger):
    forger.db.execute("DELETE FROM journal WHERE number = 5")


def swap(forger):
    forger.db.execute("UPDATE journal SET number = -number WHERE number IN (5, 6)")
    forger.db.execute("UPDATE journal SET number = 11 + number WHERE number < 0")


def cut_tail(forger):
    forger.db.execute("DELETE FROM journal WHERE number > 8")


def empty(forger):
    forger.db.execute("DELETE FROM journal")


def rebuild(forger):
    forger.rebuild([(at, e.replace("P-4", "P-5")) for _, at, e, _, _ in forger.rows()])


def rebuild_longer(forger):
    pairs = [(at, e.replace("normal", "fraud")) for _, at, e, _, _ in forger.rows()]
    forger.rebuild(pairs + pairs[-1:])


FORGERIES = [edit, edit_time, edit_and_reseal, remove, swap, cut_tail, empty, rebuild, rebuild_longer]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda f: f.__name__)
def test_every_forgery_is_found(path, forgery):
    assert verify(path).ok
    forger = Forger(path)
    forgery(forger)
    forger.leave()
    found = verify(path)
    assert not found.ok
    assert found.problems


@pytest.mark.parametrize("forgery", [cut_tail, empty, rebuild, rebuild_longer], ids=lambda f: f.__name__)
def test_an_export_shows_what_a_chain_alone_cannot(path, forgery, monkeypatch, tmp_path):
    sealed = verify(path)
    monkeypatch.setenv("LIKENESS_HOME", str(tmp_path / "another user"))
    forger = Forger(path)
    forgery(forger)
    forger.leave()
    assert verify(path).ok  # nothing inside the file can show it
    assert not verify(path, sealed.length, sealed.head).ok


def test_a_journal_that_has_grown_still_agrees_with_an_older_export(path):
    sealed = verify(path)
    with Project.open(path) as project:
        project.journal.append({"type": "note"})
    assert verify(path, sealed.length, sealed.head).ok
    assert not verify(path, None, sealed.head).ok
    assert not verify(path, sealed.length + 2, None).ok


def test_an_older_copy_put_in_place_is_noticed_on_opening(path, tmp_path):
    backup = tmp_path / "backup.likeness"
    shutil.copy(path, backup)
    with Project.open(path) as project:
        project.journal.append({"type": "note"})
    shutil.copy(backup, path)
    with Project.open(path) as project:
        assert project.notice.key == "project.doubt"
        for _ in range(3):
            project.journal.append({"type": "note"})
    assert not verify(path).ok  # writing on does not wash it clean


def test_copies_may_grow_apart_and_files_may_move(path, tmp_path):
    copy, moved = tmp_path / "copy.likeness", tmp_path / "moved.likeness"
    with Project.open(path) as project:
        project.copy_to(copy)
        project.journal.append({"type": "note", "in": "original"})
    with Project.open(copy) as project:
        project.journal.append({"type": "note", "in": "copy"})
    assert verify(path).ok
    assert verify(copy).ok
    path.rename(moved)
    assert verify(moved).ok
    forger = Forger(moved)
    cut_tail(forger)
    forger.leave()
    assert not verify(moved).ok


def test_events_come_back_as_they_were(tmp_path):
    events = [{"b": 1, "a": [1.5, None, True]}, {"note": "café \u2028 'x' \"y\" \\ \0 ⟦ж⟧"}, {"n": 0.1 + 0.2}]
    with Project.open(tmp_path / "p.likeness", create=True) as project:
        for event in events:
            project.journal.append(event)
        assert [e.event for e in project.journal.entries()] == events
        assert [e.number for e in project.journal.entries(after=2)] == [3]
        assert project.journal.head == project.journal.entries()[-1].hash
        with pytest.raises(ValueError):
            project.journal.append({"n": float("nan")})
        assert project.journal.length == 3


CHILD = """
import sys
from core.project.project import Project
with Project.open(sys.argv[1]) as project:
    print("ready", flush=True)
    while True:
        entry = project.journal.append({"type": "verdict", "case": "P", "verdict": "fraud", "note": "n" * 300})
        print(entry.number, entry.hash, flush=True)
"""


def test_killed_at_any_moment_no_confirmed_verdict_is_lost(tmp_path):
    path = tmp_path / "payments.likeness"
    Project.open(path, create=True).close()
    chance, confirmed = random.Random(1), {}
    for _ in range(6):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout.readline() == "ready\n"
        for _ in range(chance.randrange(40)):
            child.stdout.readline()
        child.kill()
        lines = child.stdout.read().splitlines()
        child.wait()
        child.stdout.close()
        with Project.open(path) as project:
            assert not project.read_only
            confirmed.update(line.split() for line in lines if len(line.split()) == 2 and len(line.split()[1]) == 64)
            kept = {str(e.number): e.hash for e in project.journal.entries()}
            assert confirmed.items() <= kept.items()
            assert project.journal.problem() is None
    assert verify(path).ok
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


ADOPTER = """
import os, sys, threading, time
from core.project.project import Project
with Project.open(sys.argv[1]) as project:
    threading.Timer(float(sys.argv[3]), os.kill, (os.getpid(), 9)).start()
    project.adopt(sys.argv[2])
    time.sleep(60)
"""


def test_killed_while_adopting_a_fit_is_there_whole_or_not_at_all(tmp_path):
    path, arrays = tmp_path / "payments.likeness", os.urandom(12_000_000)
    Project.open(path, create=True).close()
    Staging(tmp_path / "job").add("fit", "ab12", {"model": "mixture"}, {"arrays": arrays})
    for delay in (0.0, 0.01, 0.03):
        subprocess.run([sys.executable, "-c", ADOPTER, str(path), str(tmp_path / "job"), str(delay)],
                       check=False, capture_output=True)
        with Project.open(path) as project:
            assert not project.fits() or project.blob("fit", "ab12", "arrays") == arrays
    with Project.open(path) as project:
        project.adopt(tmp_path / "job")
        assert project.blob("fit", "ab12", "arrays") == arrays
    assert verify(path).ok
    assert path.stat().st_size < 14_000_000  # nothing half written stays behind


def test_a_verdict_that_could_not_be_written_is_an_error_not_a_silence(path):
    project = Project.open(path)
    project.close()
    with pytest.raises(ProjectError):
        project.journal.append(json.loads('{"type": "note"}'))
