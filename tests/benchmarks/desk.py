"""Review at the desk: from a verdict key to the next case painted, and how fast a queue of a million rows scrolls.

Real key, wheel and mouse events, the real window and workers; as users see it, under an X server:
xvfb-run -s "-screen 0 1600x1000x24" env QT_QPA_PLATFORM=xcb python -m tests.benchmarks desk
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from . import _scrolling
from ._measure import table

COLUMNS, ROWS, CASES = 200, 3_000, 60
_QUIET = 0.3  # seconds without anything running until the window counts as calm


def options() -> argparse.ArgumentParser:
    """What this benchmark can be asked."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--keys", type=int, default=50, help="verdict keys pressed")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds a person looks at a case")
    parser.add_argument("--part", nargs="+", choices=("keys", "queue"), default=["keys", "queue"])
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the queue that is scrolled")
    return parser


def write(path: Path) -> None:
    """Payments of 200 columns, some strange in a few of them."""
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(ROWS, COLUMNS)).round(3)
    odd = rng.choice(ROWS, CASES, replace=False)
    cells[odd[:, None], rng.integers(0, COLUMNS, (CASES, 5))] += 9
    names = ["id", *(f"measure_{i}" for i in range(COLUMNS - 1))]
    lines = [",".join(names)]
    lines += [",".join([f"P-{i}", *map(str, row[: COLUMNS - 1])]) for i, row in enumerate(cells)]
    path.write_text("\n".join(lines), "utf-8")


class Painted:
    """Hears when the title of the case on the desk was painted."""

    def __init__(self, card: object) -> None:
        from PySide6.QtCore import QEvent, QObject

        painted = self

        class Ear(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
                if event.type() == QEvent.Type.Paint:
                    painted.at = time.perf_counter()
                return False

        self.at = 0.0
        self._ear = Ear()
        card.title.installEventFilter(self._ear)  # type: ignore[attr-defined]


def main(_data: Path | None, rest: list[str]) -> None:
    """Print the table."""
    asked = options().parse_args(rest)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["LIKENESS_HOME"] = home
        if "queue" in asked.part:
            _scrolling.write_many(Path(home) / "many.parquet", asked.rows)
            _scrolling.tell(asked.rows, scrolled(Path(home) / "many.parquet", asked.rows))
        if "keys" not in asked.part:
            return
        write(Path(home) / "wide.csv")
        shown, cells, wait = session(Path(home) / "wide.csv", asked.keys, asked.pause)
    print()
    rows = [(name, round(median(ms)), round(float(np.quantile(ms, 0.95))), round(max(ms)), len(ms)) for name, ms in (
        ("next case painted, at a person's pace", shown), ("its 200 cells painted", cells),
        ("next case painted, keys as fast as they come", wait))]
    table(["milliseconds from the key", "median", "p95", "longest", "keys"], rows)


def _opened() -> tuple[Any, Any, Any, Callable[[], None]]:
    """Application, state, window, and what waits until nothing is under way."""
    from gui.app import application
    from gui.main_window import MainWindow
    from gui.settings import Settings
    from gui.state import AppState

    settings = Settings(reviewer="Kim", is_kept=False)
    app = application(settings)
    state = AppState(settings)
    window = MainWindow(state)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    return app, state, window, _calm(app.processEvents, lambda: state.worker.is_idle)


def scrolled(file: Path, rows: int) -> list[tuple[str, list[float]]]:
    """Frames of a queue of every row of a table."""
    app, state, window, calm = _opened()
    _scrolling.begin(window, state, file, rows, calm)
    found = _scrolling.scroll(window, app)
    window.close()
    return found


def session(file: Path, keys: int, pause: float) -> tuple[list[float], list[float], list[float]]:
    """Review with real key events; returns milliseconds to the next title, to its cells, and without pauses."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    app, state, window, calm = _opened()
    state.open_file(file)
    calm()
    state.find_anomalies(model="mixture")
    calm()
    state.start_review(CASES + keys * 2)
    calm()
    page = window.pages["review"]
    painted = Painted(page.card)  # type: ignore[attr-defined]

    def press(key: Qt.Key, until: Callable[[], bool]) -> float:
        began = time.perf_counter()
        QTest.keyClick(window.windowHandle(), key)
        while not until() and time.perf_counter() - began < 5:
            app.processEvents()
        return began

    shown, told, fast = [], [], []
    for turn in range(keys):
        key, before = (Qt.Key.Key_F, Qt.Key.Key_N, Qt.Key.Key_U)[turn % 3], time.perf_counter()
        began = press(key, lambda since=before: painted.at > since)
        shown.append((painted.at - began) * 1000)
        while not page.card.model.rowCount() and time.perf_counter() - began < 5:  # type: ignore[attr-defined]
            app.processEvents()
        app.processEvents()
        told.append((time.perf_counter() - began) * 1000)
        rest = time.perf_counter() + pause
        while time.perf_counter() < rest:
            app.processEvents()
            time.sleep(0.002)
    for _ in range(keys):
        before = time.perf_counter()
        began = press(Qt.Key.Key_N, lambda since=before: painted.at > since)
        fast.append((painted.at - began) * 1000)
    window.close()
    return shown, told, fast


def _calm(process: Callable[[], object], is_idle: Callable[[], bool]) -> Callable[[], None]:
    def wait() -> None:
        quiet = time.monotonic()
        while time.monotonic() - quiet < _QUIET:
            process()
            time.sleep(0.005)
            if not is_idle():
                quiet = time.monotonic()

    return wait
