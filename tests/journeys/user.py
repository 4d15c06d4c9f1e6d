"""A person at the window: presses keys, moves and clicks the mouse, looks at what is shown. Nothing else.

Events go to the native window, so that Qt finds out by itself who gets them: a veil over a button would catch a click,
and a key reaches whatever has the focus.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractTableModel, QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QWidget,
)

from gui.app import application, begin
from gui.main_window import MainWindow
from gui.settings import Settings
from gui.state import AppState
from gui.text import tr

from .heart import Heart
from .looks import clipped, names_twice, said_by

__all__ = ["User"]

_PATIENCE = 90.0
_BLINK = 0.04
"""Seconds a person waits for something to show, and between two looks."""
_TRIES = 100
"""Times Enter is pressed in a file dialog before it is given up."""
_LEFT = Qt.MouseButton.LeftButton


class User:
    """Sits at one window at a time.

    Args:
        qtbot: of pytest-qt.
        shots: folder for the pictures. name: of the journey, first part of their names.
    """

    def __init__(self, qtbot: Any, shots: Path, name: str) -> None:
        self.qtbot, self.shots, self.name = qtbot, shots, name
        self.heart = Heart()
        self.window: MainWindow | None = None

    # --- the window as a whole --------------------------------------------------------------------------------------

    def start(self, *files: str) -> MainWindow:
        """Start the application as `gui.app.main` does."""
        settings = Settings.load()
        application(settings)
        self.window = MainWindow(AppState(settings))
        self.window.restore_size()
        self.window.show()
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)
        with self.heart.listening("the start"):
            begin(self.window.state, list(files))
        return self.window

    def quit(self) -> None:
        """Ctrl+Q: everything ends, as it does for the user."""
        window, self.window = self.window, None
        if window is None:
            return
        workers = (window.state.worker._job, window.state.worker._query)
        self._press_on(window, "Ctrl+Q")
        self.qtbot.waitUntil(lambda: not window.isVisible())
        assert all(w.pid is None for w in workers), "a worker outlived the window"
        window.deleteLater()

    def resize(self, width: int, height: int) -> None:
        """Drag the window's corner."""
        with self.heart.listening(f"resize to {width} x {height}"):
            self.window.resize(width, height)
            self._settle()

    # --- keys -------------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys one after the other: "Ctrl+Return", "J", "?"."""
        for key in keys:
            self._press_on(self.window, key)

    def _press_on(self, widget: QWidget, keys: str) -> None:
        combination = QKeySequence(keys)[0]
        key, modifiers = combination.key(), combination.keyboardModifiers()
        with self.heart.listening(f"the key {keys}"):
            text = keys.lower() if len(keys) == 1 else ""
            if text:
                QTest.keyClick(self._handle(widget), ord(text), modifiers)
            else:
                QTest.keyClick(self._handle(widget), key, modifiers)
            self._settle()

    def write(self, text: str, into: QWidget | None = None) -> None:
        """Write letters to whatever has the focus."""
        window = into or self.window
        with self.heart.listening(f"writing {text!r}"):
            for letter in text:
                QTest.keyClick(self._handle(window), ord(letter))
            self._settle()

    # --- the mouse --------------------------------------------------------------------------------------------------

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Move to a widget and click it, as far as one can see it."""
        self._settle(20)  # nobody aims at what is still moving
        assert widget.isVisible(), f"{_name(widget)} cannot be seen"
        assert widget.isEnabled(), f"{_name(widget)} cannot be pressed"
        with self.heart.listening(f"a click on {_name(widget)}"):
            top, spot = self._spot(widget, at)
            QTest.mouseMove(top, spot)
            QTest.mouseClick(top, _LEFT, Qt.KeyboardModifier.NoModifier, spot)
            self._settle()

    def drag(self, widget: QWidget, start: QPoint, end: QPoint, steps: int = 12) -> None:
        """Press at one place of a widget, move, let go at another."""
        self._settle(20)
        with self.heart.listening(f"dragging on {_name(widget)}"):
            top, begin_at = self._spot(widget, start)
            _, end_at = self._spot(widget, end)
            QTest.mouseMove(top, begin_at)
            QTest.mousePress(top, _LEFT, Qt.KeyboardModifier.NoModifier, begin_at)
            for i in range(1, steps + 1):
                QTest.mouseMove(top, begin_at + (end_at - begin_at) * i / steps)
                self._settle(5)
            QTest.mouseRelease(top, _LEFT, Qt.KeyboardModifier.NoModifier, end_at)
            self._settle()

    # --- looking ----------------------------------------------------------------------------------------------------

    def see(self, what: str, condition: Callable[[], object], *, is_error: bool = False) -> None:
        """Wait until something can be seen; `what` says so when it never can. An error on show ends the wait."""
        looked = -_BLINK

        def look() -> None:
            nonlocal looked
            assert time.perf_counter() - looked > _BLINK
            with self.heart.deaf():
                seen = self._seen(condition, is_error)
            looked = time.perf_counter()
            assert seen, what

        with self.heart.listening(f"waiting for {what}"):
            try:
                self.qtbot.waitUntil(look, timeout=int(1000 * _PATIENCE))
            except self.qtbot.TimeoutError:
                self._grab("in-vain")
                pytest.fail(f"waited in vain for {what}; on show: {self.texts()}")

    def _seen(self, condition: Callable[[], object], is_error: bool) -> bool:
        try:
            seen = bool(condition())
        except (AssertionError, IndexError, StopIteration):
            seen = False
        if not seen and not is_error and self.window.veil is not None and self.reads("gui.error.why"):
            self._grab("error")
            pytest.fail(f"an error came instead: {self.texts()}")
        return seen

    def texts(self) -> list[str]:
        """Every text on show, as labels and buttons hold it and as painted widgets tell it to a screen reader."""
        return [said for w in self.window.findChildren(QWidget) if w.isVisible() for said in said_by(w) if said]

    def reads(self, key: str, **values: Any) -> bool:
        """Whether a text of the catalogue is on show, alone or in a longer one."""
        sought = tr(key, **values)
        return any(sought in text for text in self.texts())

    def find(self, key: str, kind: type[QWidget] = QWidget, **values: Any) -> QWidget:
        """The widget on show with this accessible name (a key of the catalogue), as a screen reader finds it."""
        name = tr(key, **values)
        found = [w for w in self.window.findChildren(kind) if w.isVisible() and w.accessibleName() == name]
        assert found, f"nothing is called {name!r}; there are {sorted(self._names())}"
        return found[0]

    def _names(self) -> set[str]:
        return {w.accessibleName() for w in self.window.findChildren(QWidget) if w.isVisible() and w.accessibleName()}

    def find_later(self, key: str, kind: type[QWidget] = QWidget, **values: Any) -> QWidget:
        """The same, as soon as it is on show."""
        self.see(tr(key, **values), lambda: self.find(key, kind, **values))
        return self.find(key, kind, **values)

    @staticmethod
    def row(view: QAbstractItemView, row: int) -> list[str]:
        """What a screen reader says of a row of a list or grid."""
        model = view.model()
        columns = model.columnCount() if isinstance(model, QAbstractTableModel) else 1
        cells = [model.index(row, column) for column in range(columns)]
        return [str(cell.data(Qt.ItemDataRole.AccessibleTextRole) or cell.data() or "") for cell in cells]

    @staticmethod
    def column(view: QAbstractItemView, key: str) -> int:
        """Place of a column by the words of its header."""
        return User.column_named(view, tr(key))

    @staticmethod
    def column_named(view: QAbstractItemView, name: str) -> int:
        """Place of a column of the table."""
        model = view.model()
        return [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())].index(name)

    def inspected(self) -> str:
        """Title of the panel at the right."""
        labels = [w for w in self.window.inspector.findChildren(QLabel) if w.isVisible() and w.text()]
        return next(said_by(w)[0] for w in labels)

    def shoot(self, name: str, *, everywhere: bool = False) -> None:
        """Keep a picture of the window; `everywhere` also in the other theme and in a small window.

        What stands on a page has names that tell its parts apart, and room for its texts: that is looked at too.
        """
        self._has_room()
        self._grab(name)
        top = self.window.veil.sheet if self.window.veil else self.window  # what lies below a dialog is out of reach
        assert not (twice := names_twice(top)), f"{name}: several controls are called {twice}"
        assert not (cut := clipped(self.window)), f"{name}: no room for {cut}"
        if everywhere:
            size = self.window.size()
            self.click(self.find("gui.theme"))
            self._grab(f"{name}-dark")
            self.click(self.find("gui.theme"))
            self.resize(1280, 720)
            self._has_room()
            self._grab(f"{name}-1280")
            assert not (cut := clipped(self.window)), f"{name} in a small window: no room for {cut}"
            self.resize(size.width(), size.height())

    def _has_room(self) -> None:
        """Wait until what has just come is laid out; what never gets its room is told by the picture that follows."""
        for _ in range(_TRIES):
            if not clipped(self.window):
                return
            self._settle(30)

    def _grab(self, name: str) -> None:
        self._settle(30)
        self.shots.mkdir(parents=True, exist_ok=True)
        self.window.grab().save(str(self.shots / f"{self.name}-{name}.png"))

    # --- dialogs ----------------------------------------------------------------------------------------------------

    def choose_file(self, path: Path, opening: Callable[[], None]) -> None:
        """Do what opens a file dialog, write a path into it and press Enter, once it is read there as it was meant."""
        tries = 0
        answered: list[QWidget] = []

        def answer() -> None:
            nonlocal tries
            dialog = QApplication.activeModalWidget()
            if dialog is None or not dialog.isVisible() or dialog in answered:
                return
            tries += 1
            answered.append(dialog)
            with self.heart.deaf():
                if tries > _TRIES or not isinstance(dialog, QFileDialog):  # it complains, in a box of its own
                    dialog.reject()
                elif self._reads_path(dialog, path):
                    QTest.keyClick(self._handle(dialog), Qt.Key.Key_Return)
            answered.remove(dialog)

        self._answering(answer, opening)
        assert 0 < tries <= _TRIES, f"no file dialog took {path}"

    def _reads_path(self, dialog: QFileDialog, path: Path) -> bool:
        """Whether the dialog holds the path; if not, it is written: a dialog that still lists its folder writes too."""
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        if field.text() == str(path):
            return True
        field.clear()
        for letter in str(path):
            QTest.keyClick(self._handle(dialog), ord(letter))
        return False

    def _answering(self, answer: Callable[[], None], opening: Callable[[], None]) -> None:
        """Do what opens something of its own event loop, while a clock answers it.

        The clock is wound before each answer: what that opens in turn has a loop of its own and needs answers too.
        """
        is_open = True

        def tick() -> None:
            if is_open:
                QTimer.singleShot(40, tick)
                answer()

        QTimer.singleShot(40, tick)
        try:
            opening()
        finally:
            is_open = False
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)

    def choose_entry(self, text: str, opening: Callable[[], None]) -> None:
        """Do what opens a menu, go down to an entry and press Enter."""
        chosen: list[str] = []

        def choose() -> None:
            menu = QApplication.activePopupWidget()
            if chosen or not isinstance(menu, QMenu):
                return
            for _ in menu.actions():  # from wherever the mouse has left it
                if menu.activeAction() is not None and menu.activeAction().text() == text:
                    break
                QTest.keyClick(self._handle(menu), Qt.Key.Key_Down)
            chosen.append(menu.activeAction().text() if menu.activeAction() else "")
            QTest.keyClick(self._handle(menu), Qt.Key.Key_Return)

        self._answering(choose, opening)
        assert chosen == [text], f"{chosen} was chosen instead of {text!r}"

    # --- how --------------------------------------------------------------------------------------------------------

    @staticmethod
    def _handle(widget: QWidget) -> QWindow:
        return widget.window().windowHandle()

    def _spot(self, widget: QWidget, at: QPoint | None) -> tuple[QWindow, QPoint]:
        spot = widget.rect().center() if at is None else at
        return self._handle(widget), widget.mapTo(widget.window(), spot)

    def _settle(self, milliseconds: int = 0) -> None:
        """Let the window do what it has to do now."""
        self.qtbot.wait(max(milliseconds, 1))


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or type(widget).__name__
