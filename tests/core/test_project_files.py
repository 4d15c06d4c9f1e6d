"""Files that are no sound project of this version: a clear word, no harm done, and as much read as can be read."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys

import pytest

from core.errors import DamagedProject, ForeignProject, ProjectError
from core.project import opening
from core.project.database import Database, is_network_folder
from core.project.migrations import migrate
from core.project.project import Project
from core.project.schema import APPLICATION_ID, VERSION
from core.project.staging import Staging
from core.project.verify import verify


@pytest.fixture
def path(tmp_path):
    """A sound project with a fit and a few verdicts, closed."""
    path = tmp_path / "payments.likeness"
    Staging(tmp_path / "job").add("fit", "ab12", {"model": "mixture"}, {"arrays": bytes(50_000)})
    with Project.open(path, create=True) as project:
        project.adopt(tmp_path / "job")
        for i in range(20):
            project.journal.append({"type": "note", "case": f"P-{i}", "note": "x" * 200})
    shutil.rmtree(tmp_path / "job")
    return path


def change(path, *statements):
    """Edit a file as somebody who knows SQLite."""
    other = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        other.execute(statement)
    other.close()


def other_database(path):
    change(path, "CREATE TABLE bookmarks (url TEXT)", "INSERT INTO bookmarks VALUES ('https://example.org')")


def sqlite_without_tables(path):
    change(path, "PRAGMA user_version = 7")


FOREIGN = {
    "an empty file": lambda p: p.write_bytes(b""),
    "a text": lambda p: p.write_text("card,amount\n7731,12.50\n" * 200),
    "a picture": lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000)),
    "a folder": lambda p: p.mkdir(),
    "another database": other_database,
    "an empty database": sqlite_without_tables,
    "the beginning of a project": lambda p: p.write_bytes(b"SQLite format 3\0"),
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("read_only", [False, True], ids=["to write", "to read"])
def test_a_stranger_is_named_and_left_alone(tmp_path, make, read_only):
    path = tmp_path / "bookmarks.likeness"
    make(path)
    before = None if path.is_dir() else hashlib.sha256(path.read_bytes()).digest()
    with pytest.raises(ForeignProject) as caught:
        Project.open(path, read_only=read_only, create=not read_only)
    assert "bookmarks.likeness" in caught.value.lines()[0]
    assert before is None or hashlib.sha256(path.read_bytes()).digest() == before
    assert [p.name for p in tmp_path.iterdir()] == ["bookmarks.likeness"]


def test_a_missing_file_is_not_made_by_looking(tmp_path):
    with pytest.raises(ProjectError) as caught:
        Project.open(tmp_path / "gone.likeness")
    assert caught.value.key == "project.missing"
    with pytest.raises(ProjectError):
        Project.open(tmp_path / "no folder" / "new.likeness", create=True)
    assert list(tmp_path.iterdir()) == []


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwrite(path):
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xa5" * 8192)


def drop_a_rule(path):
    change(path, "DROP TRIGGER journal_no_delete")


def add_a_trap(path):
    change(path, "CREATE TRIGGER trap AFTER INSERT ON setting BEGIN DELETE FROM lease; END")


def replace_a_table_by_a_view(path):
    change(path, "ALTER TABLE setting RENAME TO hidden", "CREATE VIEW setting AS SELECT key, json FROM hidden")


def edit_a_verdict(path):
    trigger = "SELECT sql FROM sqlite_schema WHERE name = 'journal_no_update'"
    other = sqlite3.connect(path, isolation_level=None)
    (rule,) = other.execute(trigger).fetchone()
    other.execute("DROP TRIGGER journal_no_update")
    other.execute("UPDATE journal SET event = replace(event, 'P-3', 'P-4')")
    other.execute(rule)
    other.close()


DAMAGED = [cut, overwrite, drop_a_rule, add_a_trap, replace_a_table_by_a_view, edit_a_verdict]


@pytest.mark.parametrize("damage", DAMAGED, ids=lambda f: f.__name__)
def test_damage_is_found_before_anything_is_written(path, damage):
    damage(path)
    before = path.read_bytes()
    with pytest.raises(DamagedProject) as caught:
        Project.open(path)
    assert all(caught.value.lines())
    assert not verify(path).ok
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [drop_a_rule, add_a_trap, edit_a_verdict], ids=lambda f: f.__name__)
def test_a_changed_project_can_still_be_read(path, damage):
    damage(path)
    with Project.open(path, read_only=True) as project:
        assert project.notice
        assert project.fit()["model"] == "mixture"
        assert project.journal.length == 20


def test_a_project_of_a_later_version_opens_for_reading(path):
    change(path, f"PRAGMA user_version = {VERSION + 1}", "CREATE TABLE later (x INTEGER) STRICT")
    with Project.open(path) as project:
        assert project.read_only
        assert project.notice.key == "project.newer"
        assert project.fit()["model"] == "mixture"
        for write in (lambda: project.set_setting("a", 1), lambda: project.put_source({"fingerprint": "f"})):
            with pytest.raises(ProjectError):
                write()


def test_a_later_version_with_other_tables_is_refused(path):
    change(path, f"PRAGMA user_version = {VERSION + 1}", "ALTER TABLE record RENAME TO records")
    with pytest.raises(ProjectError, match="later version"):
        Project.open(path)


def test_a_file_that_may_not_be_written_opens_for_reading(path, monkeypatch):
    class ReadOnly(Database):
        def __init__(self, path, _mode, *, query_only=False):
            super().__init__(path, "ro", query_only=query_only)

    monkeypatch.setattr(opening, "Database", ReadOnly)
    with Project.open(path) as project:
        assert project.read_only
        assert project.notice.key == "project.not_writable.what"
        assert project.fit()["model"] == "mixture"
        monkeypatch.undo()
        project.copy_to(path.with_name("copy.likeness"))
    with Project.open(path.with_name("copy.likeness")) as copy:
        assert not copy.read_only


def append_many(project):
    for i in range(1000):
        project.journal.append({"type": "note", "case": f"Q-{i}", "note": "x" * 500})


def test_a_full_disk_loses_only_the_last_step_and_says_so(path, tmp_path):
    with Project.open(path) as project:
        database = project._database
        database.rows(f"PRAGMA max_page_count = {database.value('PRAGMA page_count')}")
        with pytest.raises(ProjectError) as caught:
            append_many(project)
        assert caught.value.key == "project.full"
        length = project.journal.length
        Staging(tmp_path / "job").add("fit", "cd34", {}, {"arrays": bytes(range(256)) * 20_000})
        with pytest.raises(ProjectError, match="disk is full"):
            project.adopt(tmp_path / "job")
        database.rows("PRAGMA max_page_count = 4294967294")
        assert project.journal.length == length
        assert [f["id"] for f in project.fits()] == ["ab12"]
        assert project.adopt(tmp_path / "job") == ["cd34"]
    assert verify(path).ok


def test_an_old_project_is_copied_before_it_is_changed(path, tmp_path):
    database = Database(path, "rw")
    steps = {VERSION + 1: ("CREATE TABLE tag (name TEXT) STRICT", "INSERT INTO tag VALUES ('new')")}
    said = migrate(database, steps, VERSION + 1)
    assert database.value("SELECT name FROM tag") == "new"
    assert opening.stored_version(database) == VERSION + 1
    database.close()
    with Project.open(tmp_path / said.values["copy"]) as old:
        assert old.fit()["model"] == "mixture"


def test_a_migration_that_fails_leaves_the_file_as_it_was(path):
    database = Database(path, "rw")
    steps = {VERSION + 1: ("CREATE TABLE tag (name TEXT) STRICT",), VERSION + 2: ("INSERT INTO nowhere VALUES (1)",)}
    with pytest.raises(ProjectError):
        migrate(database, steps, VERSION + 2)
    database.close()
    with Project.open(path) as project:
        assert project.fit()["model"] == "mixture"


KILLED_MAKER = """
import os, pathlib, sys
from core.project import opening
opening._publish = lambda *_: os.kill(os.getpid(), 9)
opening.create_file(pathlib.Path(sys.argv[1]))
"""


def test_a_killed_maker_leaves_no_half_project(tmp_path):
    path = tmp_path / "new.likeness"
    subprocess.run([sys.executable, "-c", KILLED_MAKER, str(path)], check=False)
    assert not path.exists()
    Project.open(path, create=True).close()
    assert verify(path).ok


def test_the_mark_of_a_project_can_be_told_by_other_tools(path):
    assert path.read_bytes()[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"LIKE"


def test_only_local_folders_get_a_write_ahead_log(tmp_path, monkeypatch):
    assert not is_network_folder(tmp_path)
    mounts = f"1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / {tmp_path} rw - nfs4 server:/x rw\n"
    monkeypatch.setattr("pathlib.Path.read_text", lambda *_: mounts)
    assert is_network_folder(tmp_path / "p.likeness")
    assert not is_network_folder(tmp_path.parent / "p.likeness")
