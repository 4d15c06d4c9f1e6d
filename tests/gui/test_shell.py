"""The window: everything by keyboard, nothing lost on closing, errors that say what to do."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLineEdit

from core.errors import JobError, ReadError
from gui.dialogs.error import ErrorSheet
from gui.dialogs.keys import KeysSheet
from gui.dialogs.palette import PaletteSheet, matches
from gui.dialogs.settings import SettingsSheet
from gui.settings import Recent, Settings
from gui.theme import scheme, set_zoom, zoom

CTRL = Qt.KeyboardModifier.ControlModifier


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    window.activateWindow()
    qtbot.keyClick(window.focusWidget() or window, key, modifier)


def buttons(sheet):
    from gui.widgets import Button

    return {b.text(): b for b in sheet.findChildren(Button)}


# --- pages ----------------------------------------------------------------------------------------------------------


def test_rail_and_keys_lead_to_every_page(window, qtbot):
    for i, (key, kind) in enumerate(window.kinds.items()):
        digit = int(kind.shortcut.removeprefix("Ctrl+"))
        press(qtbot, window, Qt.Key(Qt.Key.Key_0 + digit), CTRL)
        assert window.page_key == key, i
        assert window.rail.buttons[key].isChecked()
    qtbot.mouseClick(window.rail.buttons["start"], Qt.MouseButton.LeftButton)
    assert window.page_key == "start"


def test_f6_goes_round_the_panes(window, qtbot):
    seen = set()
    for _ in range(4):
        press(qtbot, window, Qt.Key.Key_F6)
        focus = window.focusWidget()
        seen.add(next(n for n, p in (("rail", window.rail), ("page", window.page())) if p.isAncestorOf(focus)))
    assert seen == {"rail", "page"}


def test_start_shows_samples_and_opens_one(window, qtbot):
    from gui.pages._start_parts import Line

    names = {line.text(): line for line in window.page().findChildren(Line)}
    assert "Penguins" in names
    qtbot.mouseClick(names["Penguins"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.state.profile is not None, timeout=20_000)
    assert window.state.source["rows"] == 344
    assert window.page_key == "data"
    assert window.state.settings.recent[0].path.endswith("penguins.csv")


# --- palette, keys, settings ----------------------------------------------------------------------------------------


def test_palette_finds_and_does(window, qtbot):
    press(qtbot, window, Qt.Key.Key_K, CTRL)
    sheet = window.veil.sheet
    assert isinstance(sheet, PaletteSheet)
    qtbot.keyClicks(sheet.field, "go to data")
    qtbot.keyClick(sheet.field, Qt.Key.Key_Return)
    assert window.page_key == "data"
    qtbot.waitUntil(lambda: window.veil is None)


def test_palette_by_mouse_and_escape(window, qtbot):
    qtbot.mouseClick(window.top.search, Qt.MouseButton.LeftButton)
    assert isinstance(window.veil.sheet, PaletteSheet)
    qtbot.keyClicks(window.veil.sheet.field, "zzzz")
    assert window.veil.sheet.nothing.isVisible()
    qtbot.keyClick(window.veil.sheet.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.veil is None)


@pytest.mark.parametrize(
    ("wanted", "text", "rank"),
    [("go", "Go to Data", 0), ("data", "Go to Data", 1), ("to ta", "Go to Data", 2), ("gtd", "Go to Data", 3),
     ("xyz", "Go to Data", None)],
)
def test_palette_ranks_beginnings_first(wanted, text, rank):
    assert matches(wanted, text) == rank


def test_question_mark_shows_the_keys_of_the_page(window, qtbot):
    press(qtbot, window, Qt.Key.Key_Question)
    assert isinstance(window.veil.sheet, KeysSheet)
    qtbot.keyClick(window.veil.sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.veil is None)


def test_single_keys_are_silent_while_typing_and_when_switched_off(window, qtbot):
    window.go("data")
    field = QLineEdit(window.page())
    field.show()
    field.setFocus()
    qtbot.keyClicks(field, "?")
    assert window.veil is None
    assert field.text() == "?"
    field.clearFocus()
    window.state.settings.single_keys = False
    window.keys.refresh()
    press(qtbot, window, Qt.Key.Key_Question)
    assert window.veil is None


def test_no_key_reaches_the_page_behind_a_sheet(window, qtbot):
    window.show_settings()
    press(qtbot, window, Qt.Key.Key_2, CTRL)
    assert window.page_key == "start"


def test_settings_hold_at_once_and_are_kept(window, qtbot):
    window.show_settings()
    sheet = window.veil.sheet
    assert isinstance(sheet, SettingsSheet)
    sheet._set_theme("dark")
    sheet._set_keys(False)
    assert scheme() == "dark"
    kept = Settings.load()
    assert (kept.theme, kept.single_keys) == ("dark", False)


def test_damaged_settings_are_set_aside(home):
    Settings.path().write_text('{"recent": 3}')
    assert Settings.load() == Settings()
    assert Settings.path().with_suffix(".damaged").exists()


def test_settings_of_a_later_version_are_read_as_far_as_known(home):
    Settings.path().write_text(json.dumps({"theme": "dark", "novelty": 1, "recent": [{"path": "/a.csv"}]}))
    assert Settings.load().theme == "dark"


def test_pinned_files_stay_on_top(home):
    settings = Settings()
    for name in ("a", "b", "c"):
        settings.remember(Recent(f"/{name}.csv"))
    settings.pin("/a.csv")
    settings.remember(Recent("/d.csv"))
    assert [r.path for r in Settings.load().recent] == ["/a.csv", "/d.csv", "/c.csv", "/b.csv"]


# --- theme, zoom, size ----------------------------------------------------------------------------------------------


def test_theme_button_switches_and_remembers(window, qtbot):
    qtbot.mouseClick(window.top.theme, Qt.MouseButton.LeftButton)
    assert scheme() == "dark"
    assert Settings.load().theme == "dark"


def test_zoom_rebuilds_the_window_where_it_was(window, qtbot):
    window.go("data")
    rail = window.rail
    press(qtbot, window, Qt.Key.Key_Equal, CTRL)
    qtbot.waitUntil(lambda: window.rail is not rail)
    assert zoom() == pytest.approx(1.1)
    assert window.rail.width() > 88
    assert window.page_key == "data"
    set_zoom(1.0)


def test_narrow_window_lays_the_inspector_over_the_page(make_window, user, qtbot):
    window = make_window()
    window.state.open_project(window.state.settings.last)
    window.go("data")
    qtbot.waitUntil(lambda: window.inspector.panel is not None)
    assert window.inspector.isVisible()
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: not window.inspector.isVisible())
    assert window.top.inspector.isVisible()
    window.toggle_inspector()
    assert window.inspector.isVisible()
    assert window.inspector.geometry().right() <= window.inspector.parentWidget().width()


# --- files ----------------------------------------------------------------------------------------------------------


def test_a_file_dropped_anywhere_opens(window, qtbot, tmp_path):
    file = tmp_path / "pumps.csv"
    file.write_text("machine,pressure\n" + "".join(f"m{i % 3},{i / 7:.2f}\n" for i in range(60)))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    window.dropEvent(QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    qtbot.waitUntil(lambda: window.state.source is not None, timeout=20_000)
    assert window.state.source["name"] == "pumps.csv"
    assert window.top.title.whole() == "pumps.likeness"


def test_an_unreadable_file_says_so_and_leaves_no_empty_project(window, qtbot, tmp_path):
    missing = tmp_path / "gone.csv"
    window.state.open_file(missing)
    qtbot.waitUntil(lambda: window.veil is not None)
    assert isinstance(window.veil.sheet, ErrorSheet)
    assert "gone.csv" in window.veil.sheet.report()
    assert window.state.project is None
    assert not list((tmp_path / "home" / "projects").glob("*.likeness"))
    assert Settings.load().last == ""


def test_a_file_with_the_same_name_gets_a_project_of_its_own(window, qtbot, tmp_path):
    paths = []
    for folder in ("one", "two"):
        file = tmp_path / folder / "table.csv"
        file.parent.mkdir()
        file.write_text("a,b\n" + "".join(f"{i},{folder}\n" for i in range(30)))
        window.state.open_file(file)
        qtbot.waitUntil(lambda: window.state.source is not None, timeout=20_000)
        paths.append(window.state.path)
    assert paths[0] != paths[1]
    window.state.open_file(tmp_path / "one" / "table.csv")
    assert window.state.path == paths[0]


# --- jobs and errors ------------------------------------------------------------------------------------------------


def test_jobs_panel_lists_what_ran_with_its_command(window, qtbot):
    from core.data.samples import sample

    window.state.open_file(sample("penguins").path)
    qtbot.waitUntil(lambda: window.state.profile is not None, timeout=20_000)
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


def test_score_waits_for_the_fit_and_goes_with_it(window, qtbot):
    from core.data.samples import sample

    state = window.state
    state.open_file(sample("penguins").path)
    qtbot.waitUntil(lambda: state.profile is not None, timeout=20_000)
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


# --- undo -----------------------------------------------------------------------------------------------------------


def test_undo_and_redo_a_change_of_role(make_window, user, qtbot):
    window = make_window()
    state = window.state
    state.open_project(state.settings.last)
    name = state.schema.names[-1]
    before = state.schema[name].role
    state.set_column(name, role="ignore")
    assert state.is_stale or name not in state.fit["columns"]
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert state.schema[name].role == before
    press(qtbot, window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert state.schema[name].role == "ignore"
    assert name in window.top.undo.toolTip()


# --- closing and reopening ------------------------------------------------------------------------------------------


def test_reopens_exactly_where_the_user_was(make_window, user, qtbot):
    first = make_window()
    first.state.open_project(first.state.settings.last)
    assert first.page_key == "review"
    session = first.state.session
    session.decide(session.cases[0].key, "fraud")
    session.decide(session.cases[1].key, "normal")
    third = session.cases[2].key
    assert session.position == third
    first.state.verdict_given("verdict")
    first.state.set_threshold("budget:7")
    first.close()

    second = make_window()
    second.state.open_project(Settings.load().last)
    assert second.page_key == "review"
    assert second.state.session.position == third
    assert second.state.session.counts.decided == 2
    assert second.state.threshold.count == 7
    assert second.state.copy["rows"] == 200
    press(qtbot, second, Qt.Key.Key_Z, CTRL)
    assert second.state.session.counts.decided == 1, "undo reaches back into the sitting before"
    press(qtbot, second, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert second.state.session.counts.decided == 2


def test_a_second_window_is_read_only_and_says_so(make_window, user, qtbot):
    first, second = make_window(), make_window()
    first.state.open_project(first.state.settings.last)
    second.state.open_project(second.state.settings.last)
    assert second.state.read_only
    assert second.top.badge.isVisible()


def test_begin_continues_unless_told_to_show_start(make_window, user, qtbot):
    from gui.app import begin

    window = make_window()
    window.state.settings.at_start = "start"
    begin(window.state, [])
    assert window.state.project is None
    assert window.page().go_on is not None, "the Continue strip is there instead"
    qtbot.mouseClick(window.page().go_on, Qt.MouseButton.LeftButton)
    assert window.page_key == "review"


def test_continue_strip_can_be_put_off(make_window, user, qtbot):
    window = make_window()
    assert window.page().go_on is not None
    window.page()._not_now()
    assert window.page().go_on is None


def test_refreshed_table_keeps_the_last_scores_and_says_that_they_are_stale(make_window, user, qtbot, scored):
    from pathlib import Path

    window = make_window()
    state = window.state
    state.open_project(state.settings.last)
    run = state.run["id"]
    file = Path(state.source["path"])
    text = file.read_text()
    try:
        file.write_text(text + text.splitlines()[-1] + "\n")
        state.open_file(file)
        qtbot.waitUntil(lambda: state.source is not None and state.source["rows"] == 345, timeout=20_000)
        assert state.run["id"] == run
        assert state.is_stale
    finally:
        file.write_text(text)


def test_copy_of_the_project_can_be_saved(make_window, user, qtbot, tmp_path):
    from core.project.project import Project

    window = make_window()
    window.state.open_project(window.state.settings.last)
    window.state.save_copy(tmp_path / "copy.likeness")
    with Project.open(tmp_path / "copy.likeness", read_only=True) as copy:
        assert copy.run()["id"] == window.state.run["id"]



def test_no_part_ever_flashes_as_a_window_of_its_own(make_window, user, qtbot):
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication, QWidget

    class Watch(QObject):
        seen: list[str] = []  # noqa: RUF012

        def eventFilter(self, watched, event):  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                self.seen.append(f"{type(watched).__name__} {watched.accessibleName()}")
            return False

    window = make_window()
    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    try:
        window.state.open_project(window.state.settings.last)
        for key in window.kinds:
            window.go(key)
            qtbot.wait(50)
        window.toggle_jobs()
        set_zoom(1.25)
        qtbot.wait(50)
    finally:
        QApplication.instance().removeEventFilter(watch)
    assert not watch.seen


def test_a_moved_table_is_found_again_by_the_user(make_window, user, qtbot, tmp_path, monkeypatch, scored):
    import shutil
    from pathlib import Path

    from PySide6.QtWidgets import QFileDialog

    moved = tmp_path / "elsewhere" / "penguins.csv"
    moved.parent.mkdir()
    shutil.copy(scored / "penguins.csv", moved)
    hidden = scored / "penguins.hidden"
    (scored / "penguins.csv").rename(hidden)
    try:
        window = make_window()
        window.state.open_project(window.state.settings.last)
        assert window.state.session is not None, "what the project holds is there at once"
        qtbot.waitUntil(lambda: window.veil is not None, timeout=10_000)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(moved), ""))
        buttons(window.veil.sheet)["Show where it is now"].click()
        qtbot.waitUntil(lambda: window.state.source["path"] == str(moved), timeout=10_000)
        assert Path(window.state.project.sources()[-1]["path"]) == moved
        assert not window.state.is_stale, "the same rows elsewhere are the same data"
    finally:
        hidden.rename(scored / "penguins.csv")


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
