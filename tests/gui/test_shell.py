"""The window: every page and command by keyboard, settings that hold, no part that flashes."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from gui.dialogs.keys import KeysSheet
from gui.dialogs.palette import PaletteSheet, matches
from gui.dialogs.settings import SettingsSheet
from gui.settings import Recent, Settings
from gui.theme import scheme, set_zoom, zoom

from .hands import CTRL, press


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
    qtbot.waitUntil(lambda: window.state.profile is not None)
    assert window.state.source["rows"] == 344
    assert window.page_key == "data"
    assert window.state.settings.recent[0].path.endswith("penguins.csv")


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
