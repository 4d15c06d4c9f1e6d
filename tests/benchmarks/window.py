"""From nothing to a painted window, and what the parts of the start cost."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ._measure import alone, table

WINDOW = """
from gui.app import application
from gui.main_window import MainWindow
from gui.settings import Settings
from gui.state import AppState
settings = Settings.load()
app = application(settings)
window = MainWindow(AppState(settings))
window.show()
for _ in range(5):
    app.processEvents()
"""


def main(_data: Path | None) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as home:
        env = {"LIKENESS_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        rows = [
            ("window shown and painted", alone(WINDOW, repeats=7, env=env)),
            ("import PySide6.QtWidgets", alone("import PySide6.QtWidgets", repeats=5, env=env)),
            ("import pyqtgraph", alone("import pyqtgraph", repeats=5, env=env)),
            ("import sklearn.ensemble (never in the window)", alone("import sklearn.ensemble", repeats=3, env=env)),
        ]
        table(["what", "seconds", "peak MB"], [(n, m["seconds"], round(m["peak_mb"])) for n, m in rows])
