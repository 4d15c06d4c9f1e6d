"""Opening, closing and reopening: nothing is lost, and the window stands where it was."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from gui.dialogs.error import ErrorSheet
from gui.requests import copy_path, report_path
from gui.settings import Settings

from .hands import CTRL, SHIFT, buttons, press


def test_a_file_dropped_anywhere_opens(window, qtbot, tmp_path):
    file = tmp_path / "pumps.csv"
    file.write_text("machine,pressure\n" + "".join(f"m{i % 3},{i / 7:.2f}\n" for i in range(60)))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    window.dropEvent(QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    qtbot.waitUntil(lambda: window.state.source is not None)
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
        qtbot.waitUntil(lambda: window.state.source is not None)
        paths.append(window.state.path)
    assert paths[0] != paths[1]
    window.state.open_file(tmp_path / "one" / "table.csv")
    assert window.state.path == paths[0]


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
    press(qtbot, window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert state.schema[name].role == "ignore"
    assert name in window.top.undo.toolTip()


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
    press(qtbot, second, Qt.Key.Key_Z, CTRL | SHIFT)
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
        qtbot.waitUntil(lambda: state.source is not None and state.source["rows"] == 345)
        assert state.run["id"] == run
        assert state.is_stale
    finally:
        file.write_text(text)


def test_a_moved_table_is_found_again_by_the_user(make_window, user, qtbot, tmp_path, monkeypatch, scored):
    import shutil
    from pathlib import Path

    from gui.widgets import FileDialog

    moved = tmp_path / "elsewhere" / "penguins.csv"
    moved.parent.mkdir()
    shutil.copy(scored / "penguins.csv", moved)
    hidden = scored / "penguins.hidden"
    (scored / "penguins.csv").rename(hidden)
    try:
        window = make_window()
        window.state.open_project(window.state.settings.last)
        assert window.state.session is not None, "what the project holds is there at once"
        qtbot.waitUntil(lambda: window.veil is not None)
        monkeypatch.setattr(FileDialog, "getOpenFileName", lambda *_: (str(moved), ""))
        buttons(window.veil.sheet)["Show where it is now"].click()
        qtbot.waitUntil(lambda: window.state.source["path"] == str(moved))
        assert Path(window.state.project.sources()[-1]["path"]) == moved
        assert not window.state.is_stale, "the same rows elsewhere are the same data"
    finally:
        hidden.rename(scored / "penguins.csv")


def test_forgetting_copies_takes_drafts_of_synthetic_copies_too(make_window, user, qtbot):
    window = make_window()
    window.state.open_project(window.state.settings.last)
    draft, report = (f(window.state.project.id) for f in (copy_path, report_path))
    draft.write_bytes(b"rows")
    report.mkdir()
    window.show_settings()
    buttons(window.veil.sheet)["Forget copies"].click()
    assert not draft.exists()
    assert not report.exists()
    assert window.state.copy is None, "the window shows no copy that is gone"
    assert window.state.run is not None, "scores stay"


def test_a_project_whose_draft_is_gone_opens_without_it(make_window, user):
    window = make_window()
    window.state.open_project(window.state.settings.last)
    gone = {**window.state.copy, "out": str(user / "gone.parquet")}
    window.state.write(lambda p: p.set_setting("copy", gone))
    window.state.open_project(window.state.settings.last)
    assert window.state.copy is None


def test_copy_of_the_project_can_be_saved(make_window, user, qtbot, tmp_path):
    from core.project.project import Project

    window = make_window()
    window.state.open_project(window.state.settings.last)
    window.state.save_copy(tmp_path / "copy.likeness")
    with Project.open(tmp_path / "copy.likeness", read_only=True) as copy:
        assert copy.run()["id"] == window.state.run["id"]

