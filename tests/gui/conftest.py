"""The whole window over the real engine, without worker processes and without a display."""

from __future__ import annotations

import shutil
import threading

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from gui.app import application
from gui.main_window import MainWindow
from gui.settings import Settings
from gui.state import AppState
from gui.theme import Theme, scheme, set_scheme, set_zoom
from gui.worker import Worker

from .inline import InlineClient


class _Patient(QtBot):
    """Waits for a state on a busy machine too: how long it took is no question of these tests."""

    def waitUntil(self, callback, *, timeout=60_000):  # noqa: N802 - pytest-qt's name
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal, *, timeout=60_000, **more):  # noqa: N802 - pytest-qt's name
        return super().waitSignal(signal, timeout=timeout, **more)


@pytest.fixture
def qtbot(qapp, request):
    return _Patient(request)


@pytest.fixture(autouse=True, scope="session")
def _dressed(qapp):
    """The application in our style, once."""
    application(Settings(theme="light"))


@pytest.fixture(autouse=True)
def _light():
    """Every test leaves the light theme at 100 %."""
    yield
    if Theme.instance().zoom != 1:
        set_zoom(1.0)
    if scheme() != "light":
        set_scheme("light")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A fresh user."""
    monkeypatch.setenv("LIKENESS_HOME", str(tmp_path / "home"))
    return tmp_path


def inline_window(settings=None):
    """A window, not shown yet, whose workers are no processes."""
    state = AppState(settings or Settings.load())
    state.worker.close()
    state.worker = Worker(lambda: state.path, state.adopt, (InlineClient("job"), InlineClient("query")), state)
    state.worker.job_changed.connect(state.job_changed)
    window = MainWindow(state)
    window.resize(1440, 900)
    return window


@pytest.fixture
def make_window(home, qtbot):
    """Makes a window over its own state; closes what it made."""
    made = []

    def make(settings=None):
        window = inline_window(settings)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        made.append(window)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window):
    """A window of a user who opens Likeness for the first time."""
    return make_window()


@pytest.fixture(scope="session")
def scored(tmp_path_factory):
    """Home of a user who has scored the penguins, begun a review and drawn a copy: made once, copied by tests."""
    import os

    home = tmp_path_factory.mktemp("scored")
    before = os.environ.get("LIKENESS_HOME")
    os.environ["LIKENESS_HOME"] = str(home / "home")
    try:
        _score(home)
    finally:
        os.environ["LIKENESS_HOME"] = before or ""
    return home


def _score(home) -> None:
    from core.data.samples import sample

    file = home / "penguins.csv"
    shutil.copy(sample("penguins").path, file)
    state = AppState(Settings(reviewer="ann"))
    state.worker.close()
    clients = (InlineClient("job"), InlineClient("query"))
    state.worker = Worker(lambda: state.path, state.adopt, clients, state)

    def settle():
        for _ in range(4):
            for client in clients:
                state.worker.poll(client)
            for thread in [t for t in threading.enumerate() if t.name == "saving"]:
                thread.join()  # large results are stored beside the window, which then goes on
            QCoreApplication.processEvents()

    state.open_file(file)
    settle()
    state.find_anomalies()
    settle()
    state.start_review(12)
    settle()
    state.draw_copy(200)
    settle()
    assert None not in (state.run, state.session, state.copy), [j.error for j in state.worker.jobs]
    state.set_page("review")
    state.close()


@pytest.fixture
def user(scored, home, monkeypatch):
    """That user, in a home of this test's own."""
    return copy_home(scored, home / "home")


def copy_home(scored, target):
    """A copy of that user's home; LIKENESS_HOME must already point to it."""
    shutil.copytree(scored / "home", target, dirs_exist_ok=True)
    kept = Settings.path()
    kept.write_text(kept.read_text("utf-8").replace(str(scored / "home"), str(target)), "utf-8")
    return target


@pytest.fixture
def detect_page(user, make_window, qtbot):
    """The Detect page of a scored table, its first row explained."""
    from core.paths import projects_dir

    window = make_window()
    window.state.open_project(projects_dir() / "penguins.likeness")
    qtbot.waitUntil(lambda: window.state.profile is not None)
    window.go("detect")
    made = window.page()
    qtbot.waitUntil(lambda: made.results.current() is not None and made.panel.waiting.isHidden())
    return made
