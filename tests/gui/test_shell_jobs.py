"""Jobs, their ends, and errors that say what to do."""

from __future__ import annotations

import os
import threading

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from core.errors import JobError, ReadError
from core.project import bringing, records
from core.project.blobs import CHUNK, add_chunks
from core.project.project import Project
from core.project.staging import Staging
from core.words import message
from gui.panels.jobs import aside

from .hands import CTRL, press


def test_jobs_panel_lists_what_ran_with_its_command(window, qtbot):
    from core.data.samples import sample

    window.state.open_file(sample("penguins").path)
    qtbot.waitUntil(lambda: window.state.profile is not None)
    press(qtbot, window, Qt.Key.Key_J, CTRL)
    assert window.jobs.isVisible()
    assert window.rail.jobs.isChecked()
    job = window.state.worker.jobs[0]
    assert job.state == "done"
    assert window.jobs.detail.command.whole() == job.command
    window.jobs.detail.copy_command()
    assert QGuiApplication.clipboard().text().startswith("python main.py describe ")
    assert window.jobs.height() >= 250
    window.jobs.clear.click()
    assert window.jobs.model.rowCount() == 0


def test_cancelled_job_says_that_nothing_was_written(window, qtbot):
    from core.data.samples import sample

    window.state.worker._job.holds = True
    window.state.open_file(sample("penguins").path)
    job = window.state.worker.jobs[0]
    qtbot.waitUntil(lambda: job.state == "running")
    assert window.rail.jobs.badge == "1"
    window.jobs._act(job)
    qtbot.waitUntil(lambda: job.state == "cancelled")
    assert "Nothing was written" in job.text
    assert window.veil is None, "what the user stopped is no error"
    assert window.rail.jobs.badge == ""


def large_result(window, qtbot, data):
    """A job that staged these bytes and says that it is done."""
    from core.data.samples import sample

    state = window.state
    state.open_file(sample("penguins").path)
    qtbot.waitUntil(lambda: state.profile is not None)
    before = state.worker.jobs[0]
    state.worker._job.holds = True
    job = state.worker.submit(before.request, "A large one")
    Staging(job.staging).add("release", "large", {}, {"scores": data})
    state.worker._job.say(job.id, type="done", result=before.result)
    return job


def test_a_large_result_is_saved_beside_the_window(window, qtbot, monkeypatch):
    """A disk may be slow: the window's thread writes no chunk of it, and says what it waits for."""
    wrote, said = [], []
    for room in (bringing, records):
        monkeypatch.setattr(room, "add_chunks", lambda database, chunks: (
            wrote.append(threading.current_thread().name), add_chunks(database, chunks))[1])
    data = os.urandom(CHUNK + 1)
    job = large_result(window, qtbot, data)
    job.changed.connect(lambda: said.append(job.text))
    qtbot.waitUntil(lambda: job.state == "done")
    assert wrote == ["saving", "saving"]
    assert "Being saved in the project" in said
    assert window.state.project.blob("release", "large", "scores") == data


def test_a_window_that_closes_while_it_saves_leaves_one_file(window, qtbot):
    job = large_result(window, qtbot, os.urandom(3 * CHUNK))
    qtbot.waitUntil(lambda: bool(window.state.worker._saving))
    path = window.state.path
    window.state.close()
    assert job.state == "cancelled"
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(path.name)] == [path.name]
    with Project.open(path, read_only=True) as kept:
        assert kept.records("release") == []
        assert len(kept.sources()) == 1


def held_fit(window, qtbot):
    """A fit that runs until the test lets it end."""
    from core.data.samples import sample

    state = window.state
    state.open_file(sample("penguins").path)
    qtbot.waitUntil(lambda: state.profile is not None)
    state.worker._job.holds = True
    fit = state.find_anomalies().after
    qtbot.waitUntil(lambda: fit.state == "running")
    press(qtbot, window, Qt.Key.Key_J, CTRL)
    jobs = window.jobs
    jobs.list.setCurrentIndex(jobs.model.index(state.worker.jobs.index(fit), 0))
    return fit, jobs


def test_a_fit_is_paused_and_goes_on_by_key_and_by_button(window, qtbot):
    fit, jobs = held_fit(window, qtbot)
    worker = window.state.worker
    worker._job.say(fit.id, type="progress", fraction=0.4, text="Growing 4 trees.", eta=30.0)
    qtbot.waitUntil(lambda: fit.fraction == 0.4)
    assert "30 s left" in aside(fit)
    qtbot.keyClick(jobs.list, Qt.Key.Key_P)
    assert fit.stage == "pausing", "until the calculation stands still it is not called paused"
    qtbot.waitUntil(lambda: fit.is_paused)
    assert fit.stage == "paused"
    assert "left" not in aside(fit), "nobody knows how long a pause takes"
    assert "Paused" in jobs.model.data(jobs.list.currentIndex())
    assert "Paused" in window.status.job.whole()
    assert jobs.detail.pause.accessibleName() == "Resume"
    jobs.detail.pause.click()
    qtbot.waitUntil(lambda: fit.stage == "running")
    assert jobs.detail.pause.accessibleName() == "Pause"


def test_what_stop_would_keep_stays_in_sight_until_the_next_phase(window, qtbot):
    fit, jobs = held_fit(window, qtbot)
    worker, growing = window.state.worker, {"type": "progress", "text": "Growing 4 trees.", "eta": None}
    kept = message("models.circuit.kept", trees=2, of=4)
    worker._job.say(fit.id, **growing, fraction=0.4)
    worker._job.say(fit.id, type="partial", result={"trees": 2, "of": 4, "held_out": -1.0, "text": kept})
    worker._job.say(fit.id, **growing, fraction=0.5)
    qtbot.waitUntil(lambda: fit.fraction == 0.5)
    assert fit.text == "2 of 4 trees; stop now keeps them"
    jobs.detail.keep.click()
    qtbot.waitUntil(lambda: any("told to stop" in text for _, text in fit.log))
    assert fit.stage == "stopping"
    assert not jobs.detail.keep.isEnabled(), "it is asked once"
    worker._job.say(fit.id, type="progress", text="Scoring.", eta=None, fraction=0.9)
    qtbot.waitUntil(lambda: fit.text == "Scoring.")


def test_stop_and_keep_is_grey_where_there_is_nothing_to_keep(window, qtbot):
    from core.data.samples import sample

    worker = window.state.worker
    worker._job.holds = True
    window.state.open_file(sample("penguins").path)
    job = worker.jobs[0]
    qtbot.waitUntil(lambda: job.state == "running")
    press(qtbot, window, Qt.Key.Key_J, CTRL)
    assert window.jobs.detail.pause.isEnabled()
    assert not window.jobs.detail.keep.isEnabled()
    qtbot.keyClick(window.jobs.list, Qt.Key.Key_K)
    assert job.stage == "running"
    job.cancel()
    qtbot.waitUntil(lambda: job.state == "cancelled")
    assert not window.jobs.detail.pause.isVisible()


def test_a_job_behind_a_paused_one_says_what_it_waits_for(window, qtbot):
    from gui import requests

    fit, _ = held_fit(window, qtbot)
    behind = window.state.worker.submit(requests.make("models"), "List the models")
    behind.state = "waiting"
    fit.pause_or_resume()
    assert fit.title in behind.text
    fit.pause_or_resume()
    assert behind.text == ""


def test_score_waits_for_the_fit_and_goes_with_it(window, qtbot):
    from core.data.samples import sample

    state = window.state
    state.open_file(sample("penguins").path)
    qtbot.waitUntil(lambda: state.profile is not None)
    state.worker._job.holds = True
    waiting = state.find_anomalies()
    assert waiting.state == "waiting"
    waiting.after.cancel()
    qtbot.waitUntil(lambda: waiting.state == "cancelled")


def test_dead_worker_offers_to_run_again(window, qtbot):
    from core.data.samples import sample

    state = window.state
    state.worker._job.holds = True
    state.open_file(sample("penguins").path)
    job = state.worker.jobs[0]
    state.worker._job.say(job.id, type="failed", error=JobError("jobs.died", code=-9).to_json())
    qtbot.waitUntil(lambda: window.veil is not None)
    state.worker._job.holds = False
    log = window.jobs.detail.log.toPlainText()
    assert all(line in log for line in job.error.lines()), "what to do can still be read when the dialog is closed"
    sheet = window.veil.sheet
    assert job.title in sheet.accessibleName()
    sheet.property("first").click()
    assert len(state.worker.jobs) == 2


def test_error_dialog_has_three_lines_and_a_report_without_rows(window, qtbot):
    error = ReadError("params.domain", name="rows", domain="an int in [1, 5]", got="9")
    window.show_error(error)
    sheet = window.veil.sheet
    assert all(line in sheet.report() for line in error.lines())
    sheet.fold.click()
    assert sheet.details.isVisible()
    sheet.copy_report()
    assert QGuiApplication.clipboard().text() == sheet.report()
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.veil is None)


def test_stale_answers_are_dropped(window, qtbot):
    from gui import requests

    worker = window.state.worker
    worker._query.holds = True
    heard = []
    for text in ("first", "second"):
        worker.ask(requests.make("models"), "same", lambda r, text=text: heard.append((text, r)))
    old, new = sorted(worker._questions)
    for ident in (new, old):
        worker._query.say(ident, type="done", result={})
    qtbot.waitUntil(lambda: not worker._questions)
    assert heard == [("second", {})]


def test_a_fault_of_the_window_is_told(window, monkeypatch, caplog):
    import sys

    from gui.app import tell_faults

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    tell_faults(window)
    sys.excepthook(KeyError, KeyError("rows"), None)
    assert "KeyError" in window.veil.sheet.report()
    assert "fault" in caplog.text


def test_a_signal_closes_the_window_as_its_cross_does(tmp_path):
    import os
    import signal
    import subprocess
    import sys
    from pathlib import Path

    code = (
        "from gui import app; from PySide6.QtCore import QTimer;"
        "app.begin = lambda *a: print('up', flush=True); raise SystemExit(app.main([]))"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LIKENESS_HOME": str(tmp_path)}
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", code], cwd=root, env=env, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert (tmp_path / "settings" / "window.json").exists(), "what the window remembers was written"
