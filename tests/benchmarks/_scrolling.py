"""How fast a queue of many rows scrolls: real wheel, key and mouse events, in the real window with its workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from ._measure import table

STEPS = 300
_PATIENCE = 0.5  # seconds until a step counts as one that moves nothing


def write_many(path: Path, rows: int) -> None:
    """Payments of ten columns, one in a thousand beyond all others."""
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(rows, 6)).round(3)
    cells[rng.choice(rows, max(rows // 1_000, 1), replace=False), 2] += 9
    frame = pd.DataFrame(cells, columns=[f"measure_{i}" for i in range(6)])
    frame.insert(0, "id", [f"P-{i}" for i in range(rows)])
    frame.insert(1, "amount", np.exp(cells[:, 0]).round(2))
    frame.insert(2, "merchant", [f"Shop {i}" for i in rng.integers(0, 300, rows)])
    frame.insert(3, "channel", rng.choice(["chip", "online", "keyed"], rows, p=[0.7, 0.25, 0.05]))
    frame.to_parquet(path)


def scroll(window: Any, app: Any) -> list[tuple[str, list[float]]]:
    """Milliseconds of each frame of the queue, by what moved it."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    queue, handle = window.pages["review"].queue, window.windowHandle()
    centre = queue.viewport().mapTo(window, queue.viewport().rect().center())
    bar = queue.verticalScrollBar()

    def wheel(down: bool) -> None:
        QTest.wheelEvent(handle, centre, QPoint(0, -120 if down else 120))

    def key() -> None:
        QTest.keyClick(handle, Qt.Key.Key_PageDown)

    def drag() -> Iterator[None]:
        top = bar.mapTo(window, QPoint(bar.width() // 2, 4))
        bar.setValue(0)
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=top)
        for at in range(STEPS):
            QTest.mouseMove(handle, top + QPoint(0, at * (bar.height() - 20) // STEPS + 1))
            yield
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=top)

    found = [("wheel, from the top", _frames(queue, app, (wheel(True) for _ in range(STEPS))))]
    bar.setValue(bar.maximum() // 2)
    found.append(("wheel, from the middle, both ways", _frames(
        queue, app, (wheel(at % 50 < 25) for at in range(STEPS)))))
    queue.setFocus()
    found.append(("page down", _frames(queue, app, (key() for _ in range(STEPS)))))
    found.append(("scroll bar dragged through all rows", _frames(queue, app, drag())))
    return found


def _frames(queue: Any, app: Any, steps: Iterator[None]) -> list[float]:
    """Each step until the queue is painted anew and flushed; a step that moves nothing is no frame."""
    painted, found = _Painted(queue.viewport()), []
    while True:
        seen, began = painted.count, time.perf_counter()
        if next(steps, over := object()) is over:
            return found
        while painted.count == seen and time.perf_counter() - began < _PATIENCE:
            app.processEvents()
        app.processEvents()
        if painted.count > seen:
            found.append((time.perf_counter() - began) * 1_000)


class _Painted:
    """Counts how often a widget was painted."""

    def __init__(self, widget: Any) -> None:
        from PySide6.QtCore import QEvent, QObject

        counter = self

        class Eye(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
                counter.count += event.type() == QEvent.Type.Paint
                return False

        self.count = 0
        self._eye = Eye()
        widget.installEventFilter(self._eye)


def tell(rows: int, found: list[tuple[str, list[float]]]) -> None:
    """Print the frames."""
    table([f"a queue of {rows:,} rows, scrolled by", "frames a second", "median ms", "p95", "longest", "frames"], [
        [name, round(1_000 * len(ms) / sum(ms)), round(median(ms), 1), round(float(np.quantile(ms, 0.95)), 1),
         round(max(ms), 1), len(ms)] for name, ms in found])


def begin(window: Any, state: Any, file: Path, rows: int, calm: Callable[[], None]) -> None:
    """Open, score and take every row as a case."""
    state.open_file(file)
    calm()
    state.find_anomalies(model="mixture", settings=("sample=20000", "passes=5"))
    calm()
    state.start_review(rows)
    calm()
    window.activateWindow()
