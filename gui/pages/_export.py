"""The Export button of the Detect page: the ranked rows as a file, by a job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from .. import requests
from ..state import AppState
from ..text import tr
from ..theme import icon
from ..widgets import FileDialog
from ..worker import Job

if TYPE_CHECKING:
    from ._results import ResultsView

__all__ = ["Exporting"]

_ENDING = ".csv"


class Exporting:
    """What can be written, where to, and the job that writes it.

    Args:
        state: the run on show.
        results: which rows are on show.
        owner: the page, over which dialogs stand.
    """

    def __init__(self, state: AppState, results: ResultsView, owner: QWidget) -> None:
        self.state, self.results, self.owner = state, results, owner

    def choices(self) -> list[tuple[str, dict[str, Any]]]:
        """What can be written: words, and what the request says of the rows."""
        results, rows = self.results, len(self.state.scores if self.state.scores is not None else ())
        flagged = self.state.threshold.count if self.state.threshold else 0
        found = [(tr("gui_detect.export.all", rows=rows), {})]
        if flagged:
            found.insert(0, (tr("gui_detect.export.flagged", count=flagged), {"flagged": flagged}))
        if not results.filters.is_empty:
            shown = tr("gui_detect.export.shown", count=results.model.rowCount())
            found.insert(0, (shown, results.asked()))
        return found

    def menu(self, button: QWidget, *others: tuple[str, str, Callable[[], object]]) -> None:
        """Open the choices below a button; `others` are (icon, words, act) below a line."""
        menu = QMenu(self.owner)
        for words, asked in self.choices():
            menu.addAction(icon("export"), words).triggered.connect(lambda _=False, a=asked: self.ask(a))
        menu.addSeparator()
        for name, words, act in others:
            menu.addAction(icon(name), words).triggered.connect(lambda _=False, a=act: a())
        menu.exec(button.mapToGlobal(QPoint(0, button.height())))

    def ask(self, asked: dict[str, Any] | None = None) -> None:
        """Ask for a file name, then write; without a choice, the rows on show."""
        source = self.state.source or {}
        name = f"{Path(str(source.get('name', 'rows'))).stem}-ranked{_ENDING}"
        path, _ = FileDialog.getSaveFileName(
            self.owner, tr("gui_detect.export_rows"), name, tr("gui_detect.export.files"))
        if path:
            self.write(path, self.choices()[0][1] if asked is None else asked)

    def write(self, path: str, asked: dict[str, Any]) -> Job:
        """Write the rows; what goes wrong is told in three lines."""
        target = Path(path) if Path(path).suffix else Path(path).with_suffix(_ENDING)
        threshold, run = self.state.threshold, self.state.run or {}
        request = requests.make(
            "export", project=str(self.state.path), run=run.get("id"), out=str(target),
            threshold=str(threshold.contract) if threshold else None, **asked)
        title = tr("gui_detect.writing", name=target.name)
        return self.state.worker.submit(request, title, on_failed=self.state.failed.emit, icon="export")
