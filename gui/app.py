"""Opens the window. Nothing heavy is imported here: the two worker processes compute, the window shows."""

from __future__ import annotations

import logging
import shutil
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from core.errors import JobError
from core.paths import cache_dir

from .main_window import MainWindow
from .settings import Settings
from .state import AppState
from .theme import Style, Theme, icon_pixmap, load_fonts, set_scheme

__all__ = ["application", "begin", "main", "tell_faults"]

_log = logging.getLogger(__name__)
_DAY = 86_400.0


def application(settings: Settings) -> QApplication:
    """The Qt application in our theme; the one there is, when there is one."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        QGuiApplication.styleHints().colorSchemeChanged.connect(_desktop_changed)
    app.setApplicationName("Likeness")
    app.setDesktopFileName("likeness")
    if not isinstance(app.style(), Style):
        app.setStyle(Style())
    load_fonts()
    Theme.instance().zoom = settings.zoom
    set_scheme(settings.theme)
    app.setWindowIcon(QIcon(icon_pixmap("logo", 64, "accent", 1.0)))
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
    tell_faults(window)
    close_on_signals(window)
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
    _sweep(cache_dir() / "staging")


def _sweep(folder: Path) -> None:
    """Remove what a window that was killed left behind; a day's grace, since another window may be at work."""
    for left in folder.glob("*"):
        if time.time() - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)


def tell_faults(window: MainWindow) -> None:
    """A mistake of ours anywhere in the window is logged and told, instead of leaving a button that does nothing."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("fault", exc_info=(kind, error, trace))
        if issubclass(kind, Exception):
            window.show_error(JobError("gui.fault", problem=f"{kind.__name__}: {error}"))

    sys.excepthook = hook


def close_on_signals(window: MainWindow) -> None:
    """Ctrl+C in the terminal, or the end of the session, closes the window as its cross does."""
    ear, bell = socket.socketpair()
    for end in (ear, bell):
        end.setblocking(False)
    signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # Python only has to note it; the notifier acts
    notifier = QSocketNotifier(ear.fileno(), QSocketNotifier.Type.Read, window)
    notifier.activated.connect(window.close)
    window.destroyed.connect(lambda: (ear.close(), bell.close()))
