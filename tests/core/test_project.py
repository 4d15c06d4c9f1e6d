"""The project file: what a user would lose if it forgot, mixed up or half wrote something."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.errors import DamagedProject, LeaseHeld, ProjectError
from core.project import records
from core.project.blobs import CHUNK
from core.project.bringing import bring
from core.project.project import Project
from core.project.staging import Staging
from core.project.store import Store
from core.project.verify import verify

OTHER = """
import sys
from core.project.project import Project
with Project.open(sys.argv[1], read_only=True) as project:
    print(project.setting("a"))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "payments of March #1.likeness"


@pytest.fixture
def project(path):
    with Project.open(path, create=True) as opened:
        yield opened


def raw(path):
    """A connection of somebody who is not us."""
    return sqlite3.connect(path, isolation_level=None)


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def staged(folder, *items):
    staging = Staging(folder)
    for kind, ident, record, blobs in items:
        staging.add(kind, ident, record, blobs)
    return folder


def test_everything_is_there_after_reopening(path):
    schema = Schema((ColumnSpec("amount", Kind.NUMBER, Role.AMOUNT, "double", decimals=2),))
    with Project.open(path, create=True) as project:
        project.put_source({"fingerprint": "f00", "path": "/data/march.csv"})
        project.set_schema("f00", schema)
        project.set_setting("window", {"page": "review", "case": "P-1"})
        project.journal.append({"type": "note", "case": "P-1"})
        first = project.id
    with Project.open(path) as project:
        assert project.id == first
        assert project.source("f00")["path"] == "/data/march.csv"
        assert project.schema("f00") == schema
        assert project.schema("other") is None
        assert project.setting("window") == {"page": "review", "case": "P-1"}
        assert project.setting("theme", "system") == "system"
        assert [e.event["case"] for e in project.journal.entries()] == ["P-1"]


def test_a_closed_project_is_one_file(path, tmp_path):
    with Project.open(path, create=True) as project:
        project.set_setting("a", 1)
        assert project.setting("a") == 1
    assert files(tmp_path) == [path.name]


def test_a_moved_source_keeps_its_record_and_gets_its_new_path(project):
    for place in ("/old/march.csv", "/new/march.csv"):
        project.put_source({"fingerprint": "f00", "path": place})
    assert [s["path"] for s in project.sources()] == ["/new/march.csv"]


def test_adopted_fits_and_runs_come_back_byte_for_byte(project, tmp_path):
    arrays = os.urandom(2 * CHUNK + 17)
    folder = staged(
        tmp_path / "job", ("fit", "ab12", {"model": "mixture"}, {"arrays": arrays, "nothing": b""}),
        ("run", "cd34", {"fit": "ab12"}, {"score": arrays[:CHUNK]}))
    assert project.adopt(folder) == ["ab12", "cd34"]
    assert project.fit()["model"] == "mixture"
    assert project.fit("ab")["id"] == "ab12"
    assert project.run()["fit"] == "ab12"
    assert project.blob("fit", "ab12", "arrays") == arrays
    assert project.blob("fit", "ab12", "nothing") == b""
    assert project.blob("run", "cd34", "score") == arrays[:CHUNK]


def test_adopting_twice_changes_nothing(project, tmp_path):
    folder = staged(tmp_path / "job", ("fit", "ab12", {"model": "mixture"}, {"arrays": b"x"}))
    assert project.adopt(folder) == project.adopt(folder) == ["ab12"]
    assert len(project.fits()) == 1


def test_a_packed_source_keeps_its_bytes_when_it_is_seen_again(project, tmp_path):
    for path in ("/old/march.csv", "/new/march.csv"):
        folder = staged(tmp_path / path[1:4], ("source", "f00", {"path": path}, {"file": b"card,amount"}))
        project.adopt(folder)
    assert project.source("f00")["path"] == "/new/march.csv"
    assert project.blob("source", "f00", "file") == b"card,amount"


def test_equal_bytes_are_kept_once(project, path, tmp_path):
    same = os.urandom(CHUNK)
    project.adopt(staged(tmp_path / "job", *(("fit", f"fit{i}", {}, {"arrays": same}) for i in range(5))))
    project.close()
    assert path.stat().st_size < 1.5 * CHUNK


def test_the_latest_fit_is_the_one_added_last_and_a_vague_id_is_not_guessed(project, tmp_path):
    project.adopt(staged(tmp_path / "job", ("fit", "ab12", {}, {}), ("fit", "ab34", {}, {})))
    assert project.fit()["id"] == "ab34"
    assert project.fit("ab12")["id"] == "ab12"
    with pytest.raises(ProjectError, match="Several"):
        project.fit("ab")
    with pytest.raises(ProjectError, match="no fit zz"):
        project.fit("zz")
    with pytest.raises(ProjectError, match="no run yet"):
        project.run()


def test_a_fit_made_again_is_the_latest_again(project, tmp_path):
    first = staged(tmp_path / "first", ("fit", "ab12", {"reference": "mixed"}, {"arrays": b"1"}))
    second = staged(tmp_path / "second", ("fit", "cd34", {"reference": "clean"}, {"arrays": b"2"}))
    for folder in (first, second, first):
        project.adopt(folder)
    assert project.fit()["id"] == "ab12"
    assert [f["id"] for f in project.fits()] == ["ab12", "cd34"]


def test_what_draws_for_a_fit_is_added_to_it_once_and_makes_no_fit_the_latest(project, path, tmp_path):
    project.adopt(staged(tmp_path / "fits", ("fit", "ab12", {}, {"arrays": b"1"}), ("fit", "cd34", {}, {})))
    first = staged(tmp_path / "first", ("draws", "ab12", {}, {"arrays": b"generator"}))
    second = staged(tmp_path / "second", ("draws", "ab12", {}, {"arrays": b"another", "more": b"x"}))
    for folder in (first, first, second):
        project.adopt(folder)
    assert project.blob("draws", "ab12", "arrays") == b"generator"
    assert project.blob("fit", "ab12", "arrays") == b"1"
    with pytest.raises(ProjectError):
        project.blob("draws", "ab12", "more")
    assert project.fit()["id"] == "cd34"
    project.close()
    assert verify(path).ok


def test_what_a_killed_worker_left_half_written_is_not_adopted(project, tmp_path):
    folder = staged(tmp_path / "job", ("fit", "ab12", {}, {"arrays": b"whole"}))
    half = folder / ".draft-2"
    half.mkdir()
    (half / "blob-0").write_bytes(b"ha")
    assert project.adopt(folder) == ["ab12"]


def test_damaged_staging_is_refused_whole(project, tmp_path):
    folder = staged(tmp_path / "job", ("fit", "good", {}, {"a": b"1"}), ("fit", "bad", {}, {"a": b"1234"}))
    (folder / "000002" / "blob-0").write_bytes(b"12")
    with pytest.raises(ProjectError) as caught:
        project.adopt(folder)
    assert caught.value.key == "project.staging"
    assert project.fits() == []


def test_what_was_brought_beside_a_window_is_adopted_without_another_chunk(project, path, tmp_path, monkeypatch):
    """So that the window's thread writes a few lines, however large a run is."""
    blobs = {"scores": os.urandom(CHUNK + 5), "ranks": os.urandom(9)}
    folder = staged(tmp_path / "job", ("run", "ab12", {"rows": 1}, blobs))
    thread = threading.Thread(target=bring, args=(path, folder, lambda: False))
    thread.start()
    thread.join()
    assert project.runs() == []  # nothing shows before it is adopted
    written = []
    monkeypatch.setattr(records, "add_chunks", lambda _, chunks: written.extend(chunks))
    assert project.adopt(folder) == ["ab12"]
    assert written == []
    assert {name: project.blob("run", "ab12", name) for name in blobs} == blobs


def test_bringing_that_is_stopped_is_made_good_by_adopting(project, path, tmp_path):
    data = os.urandom(3 * CHUNK)
    folder = staged(tmp_path / "job", ("run", "ab12", {}, {"scores": data}))
    answers = iter([False, True])
    bring(path, folder, lambda: next(answers))
    assert raw(path).execute("SELECT count(*) FROM chunk").fetchone() == (1,)
    project.adopt(folder)
    assert project.blob("run", "ab12", "scores") == data


def test_damaged_bytes_are_refused_though_they_were_brought(project, path, tmp_path):
    folder = staged(tmp_path / "job", ("fit", "bad", {}, {"a": b"1234"}))
    (folder / "000001" / "blob-0").write_bytes(b"12")
    bring(path, folder, lambda: False)
    with pytest.raises(ProjectError):
        project.adopt(folder)
    assert project.fits() == []


@pytest.mark.parametrize("statement", [
    "UPDATE record SET json = '{}' WHERE kind = 'fit'",
    "DELETE FROM record",
    "INSERT OR REPLACE INTO record (kind, id, added, json) VALUES ('fit', 'ab12', '', '{}')",
    "INSERT OR REPLACE INTO record SELECT number, 'fit', 'other', '', '{}' FROM record LIMIT 1",
    "UPDATE blob SET chunk = chunk",
    "DELETE FROM blob",
    "INSERT OR REPLACE INTO blob SELECT * FROM blob",
    "UPDATE chunk SET bytes = x'00'",
    "DELETE FROM chunk",
    "INSERT OR REPLACE INTO chunk SELECT hash, x'00' FROM chunk",
    "UPDATE journal SET at = ''",
    "DELETE FROM journal",
    "INSERT OR REPLACE INTO journal SELECT number, at, '{}', previous, hash FROM journal",
    "INSERT INTO journal SELECT 99, at, event, previous, hash FROM journal",
    "INSERT OR REPLACE INTO project VALUES (1, 'x', '', '')",
    "UPDATE project SET id = 'x'",
    "DELETE FROM project",
])
def test_the_file_itself_refuses_to_rewrite_history(project, path, tmp_path, statement):
    project.adopt(staged(tmp_path / "job", ("fit", "ab12", {"model": "mixture"}, {"arrays": b"bytes"})))
    project.journal.append({"type": "note"})
    with pytest.raises(sqlite3.IntegrityError, match="_no_"):
        raw(path).execute(statement)


def test_a_changed_blob_is_never_handed_out(project, path, tmp_path):
    project.adopt(staged(tmp_path / "job", ("fit", "ab12", {}, {"arrays": b"bytes"})))
    other = raw(path)
    other.execute("DROP TRIGGER chunk_no_update")
    other.execute("UPDATE chunk SET bytes = x'00'")
    with pytest.raises(DamagedProject):
        project.blob("fit", "ab12", "arrays")


def test_a_copy_is_whole_while_the_original_is_in_use(project, tmp_path):
    project.journal.append({"type": "note"})
    copy = tmp_path / "copy.likeness"
    project.copy_to(copy)
    project.journal.append({"type": "note"})
    with Project.open(copy) as opened:
        assert not opened.read_only  # the copy does not carry our lease along
        assert opened.journal.length == 1
    project.copy_to(copy)
    with Project.open(copy) as opened:
        assert opened.journal.length == 2


def test_a_copy_replaces_neither_its_original_nor_an_open_project_nor_a_stranger(project, path, tmp_path):
    with pytest.raises(ProjectError):
        project.copy_to(path)
    letter = tmp_path / "letter.txt"
    letter.write_text("dear " * 1000)
    with pytest.raises(ProjectError):
        project.copy_to(letter)
    assert letter.read_text() == "dear " * 1000
    with Project.open(tmp_path / "other.likeness", create=True) as other, pytest.raises(LeaseHeld):
        project.copy_to(other.path)
    assert project.setting("still", "open") == "open"


def test_a_second_window_reads_and_is_told_who_writes(project, path):
    project.set_setting("page", "review")
    with Project.open(path) as second:
        assert second.read_only
        assert second.notice.values["pid"] == os.getpid()
        assert second.setting("page") == "review"
        for write in (lambda: second.set_setting("page", "data"), lambda: second.journal.append({"type": "note"})):
            with pytest.raises(LeaseHeld):
                write()
    assert not project.read_only
    project.set_setting("page", "detect")


def test_a_command_adds_a_fit_while_a_window_is_open(project, path, tmp_path):
    folder = staged(tmp_path / "job", ("fit", "ab12", {}, {"arrays": b"x"}))
    with Project.open(path, lease=False) as command:
        command.adopt(folder)
    assert [f["id"] for f in project.fits()] == ["ab12"]


KILLED = """
import os, sys
from core.project.project import Project
project = Project.open(sys.argv[1], create=True)
project.set_setting("a", 1)
os.kill(os.getpid(), 9)
"""


def test_the_lease_of_a_killed_window_is_free_at_once(path):
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    with Project.open(path) as project:
        assert not project.read_only
        assert project.setting("a") == 1


def test_a_window_that_lost_its_lease_writes_nothing_more(project, path):
    raw(path).execute("UPDATE lease SET token = 'of another machine', host = 'elsewhere', heartbeat = 9e12")
    with pytest.raises(LeaseHeld):
        project.journal.append({"type": "note"})
    assert project.journal.length == 0


def test_a_copy_made_by_other_means_is_not_held_by_the_window_of_the_original(project, path, tmp_path):
    project.set_setting("a", 1)
    project._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, tmp_path / "copy.likeness")
    with Project.open(tmp_path / "copy.likeness") as copy:
        assert not copy.read_only


def test_a_lease_outlives_no_process_though_its_number_is_used_again(project, path):
    raw(path).execute("UPDATE lease SET token = 'of an earlier process', started = '1'")
    with Project.open(path) as second:
        assert not second.read_only


def test_what_is_read_only_can_still_be_copied_and_the_copy_written(project, path, tmp_path):
    project.set_setting("page", "review")
    with Project.open(path, read_only=True) as reader:
        reader.copy_to(tmp_path / "copy.likeness")
    with Project.open(tmp_path / "copy.likeness") as copy:
        copy.set_setting("page", "data")
    assert project.setting("page") == "review"


def test_a_reader_recovers_what_a_killed_window_wrote(path, tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert len(files(tmp_path)) > 1
    with Project.open(path, read_only=True) as reader:
        assert reader.setting("a") == 1
    assert files(tmp_path) == [path.name]


def test_what_is_written_stays_in_the_file_though_something_here_looked_into_it_and_another_closed_it(
    project, path, tmp_path,
):
    project.set_setting("a", 1)
    for name in files(tmp_path):  # as a file dialog does, to choose an icon: on POSIX the locks of this process end
        (tmp_path / name).open("rb").close()
    subprocess.run([sys.executable, "-c", OTHER, str(path)], check=True)  # finds no lock and takes the log away
    project.set_setting("a", 2)
    assert project.setting("a") == 2
    seen = subprocess.run([sys.executable, "-c", OTHER, str(path)], check=True, capture_output=True, text=True)
    assert seen.stdout.strip() == "2", "else it would be gone if this process were killed now"
    assert project.journal.problem() is None


def test_a_silent_machine_loses_its_lease_and_a_beating_one_keeps_it(project, path):
    other = raw(path)
    other.execute("UPDATE lease SET host = 'elsewhere', heartbeat = 0")
    with Project.open(path) as second:
        assert not second.read_only
    other.execute("INSERT OR REPLACE INTO lease VALUES (1, 't', '', 'elsewhere', 1, '', 9e12)")
    with Project.open(path) as third:
        assert third.read_only


def test_a_reader_sees_what_the_window_writes_and_neither_waits(project, path):
    with Project.open(path, read_only=True, check=False) as reader:
        for page in ("data", "detect"):
            project.set_setting("page", page)
            assert reader.setting("page") == page
        with pytest.raises(ProjectError):
            reader.set_setting("page", "review")
        with pytest.raises(ProjectError):
            reader.put_source({"fingerprint": "f00"})


def test_tasks_find_what_they_staged_before_it_is_adopted(project, path, tmp_path):
    store = Store(path, tmp_path / "job")
    with pytest.raises(ProjectError):
        store.record("fit")
    store.stage_fit("ab12", {"model": "mixture"}, {"parts": ["mixture"]}, b"arrays")
    assert store.record("fit")["id"] == "ab12"
    assert store.bundle_bytes("ab12") == ({"parts": ["mixture"]}, b"arrays")
    project.adopt(tmp_path / "job")
    store.staging.clear()
    assert store.record("fit", "ab12")["model"] == "mixture"
    assert store.bundle_bytes("ab12") == ({"parts": ["mixture"]}, b"arrays")
    store.close()


def test_tasks_without_a_project_say_what_is_missing(tmp_path):
    store = Store(tmp_path / "none.likeness", tmp_path / "job")
    assert store.project is None
    with pytest.raises(ProjectError, match=r"no project none\.likeness yet"):
        store.record("fit")


WINDOW = """
import json, sys
import core.project.project, core.project.store, core.project.verify
import core.review.session, core.review.queue, core.review.casefile
print(json.dumps(sorted(sys.modules)))
"""


def test_the_window_can_import_projects_and_reviews_without_waiting():
    done = subprocess.run([sys.executable, "-c", WINDOW], check=True, capture_output=True, text=True)
    heavy = {"pandas", "pyarrow", "duckdb", "scipy", "sklearn", "jinja2", "openpyxl", "PIL", "torch", "platformdirs"}
    assert not heavy & set(json.loads(done.stdout))
