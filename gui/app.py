"""Opens the window. Nothing heavy is imported here: the two worker processes compute, the window shows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from .main_window import MainWindow
from .settings import Settings
from .state import AppState
from .theme import Theme, icon_pixmap, load_fonts, set_scheme

__all__ = ["application", "begin", "main"]


def application(settings: Settings) -> QApplication:
    """The Qt application in our theme; the one there is, when there is one."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("Likeness")
    app.setDesktopFileName("likeness")
    app.setStyle("Fusion")
    load_fonts()
    Theme.instance().zoom = settings.zoom
    set_scheme(settings.theme)
    app.setWindowIcon(QIcon(icon_pixmap("logo", 64, "accent", 1.0)))
    QGuiApplication.styleHints().colorSchemeChanged.connect(_desktop_changed)
    return app


def _desktop_changed(_scheme: Qt.ColorScheme) -> None:
    if Theme.instance().wanted == "system":
        set_scheme("system")


def main(argv: Sequence[str] | None = None) -> int:
    """Show the window; `argv` names a project, table or folder to open."""
    settings = Settings.load()
    app = application(settings)
    state = AppState(settings)
    window = MainWindow(state)
    window.restore_size()
    window.show()
    QTimer.singleShot(0, lambda: begin(state, list(argv or ())))
    return app.exec()


def begin(state: AppState, files: list[str]) -> None:
    """After the first paint: warm the workers, then open what was asked for, or what was open."""
    state.worker.start()
    if files:
        state.open_any(files[0])
    elif state.settings.at_start == "continue" and state.settings.last and Path(state.settings.last).is_file():
        state.open_project(state.settings.last)
