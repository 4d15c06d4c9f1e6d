"""What the state of the window consists of: attributes, signals, undo, positions, writing to the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from core.data.schema import Role, Schema
from core.detect.threshold import Threshold
from core.errors import LikenessError
from core.project.project import Project
from core.review.session import Session

from .history import Command, History
from .results import Results
from .settings import Settings
from .worker import Worker

__all__ = ["StateBase"]


class StateBase(QObject):
    """Attributes and signals of `AppState`, undo, and where the user is on each page."""

    project_changed = Signal()
    source_changed = Signal()
    profile_changed = Signal()
    schema_changed = Signal()
    fit_changed = Signal()
    run_changed = Signal()
    threshold_changed = Signal()
    verdicts_changed = Signal()
    queue_changed = Signal()
    copy_changed = Signal()
    job_changed = Signal(object)
    history_changed = Signal()
    saved = Signal()
    page_wanted = Signal(str)
    broken_wanted = Signal(str, str)
    failed = Signal(object)
    said = Signal(str)
    sheet_wanted = Signal(object)

    def __init__(self, settings: Settings | None = None, worker: Worker | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings.load()
        self.worker = worker or Worker(lambda: self.path, self.adopt, parent=self)
        self.worker.job_changed.connect(self.job_changed)
        self.history = History()
        self._positions: dict[str, dict[str, Any]] = {}
        self._page = "data"
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(400)
        self._save.timeout.connect(self.save_position)
        self.clear()

    def clear(self) -> None:
        """Nothing is open."""
        self.project: Project | None = None
        self.path: Path | None = None
        self.source: dict[str, Any] | None = None
        self.schema = Schema(())
        self.profile: dict[str, Any] | None = None
        self.results = Results(self.settings)
        self.copy: dict[str, Any] | None = None
        self.report: dict[str, Any] | None = None
        self.history.clear()

    # --- what is known ----------------------------------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        """Whether verdicts, schema and settings cannot be written."""
        return self.project is not None and self.project.read_only

    @property
    def fit(self) -> dict[str, Any] | None:
        """The fit on show."""
        return self.results.fit

    @property
    def run(self) -> dict[str, Any] | None:
        """The score run on show."""
        return self.results.run

    @property
    def scores(self) -> np.ndarray | None:
        """(n,) anomaly scores, higher = more anomalous."""
        return self.results.scores

    @property
    def p_values(self) -> np.ndarray | None:
        """(n,) p-values, NaN where there is none; None when no row has one."""
        return self.results.p_values

    @property
    def threshold(self) -> Threshold | None:
        """The contract in force with what it flags; None before a run."""
        return self.results.threshold

    @property
    def session(self) -> Session | None:
        """The review, or None before it was begun."""
        return self.results.session

    @property
    def told(self) -> dict[int, dict[str, Any]]:
        """Row -> its explanation, where the project brought them along (a work package)."""
        return self.results.told

    @property
    def is_stale(self) -> bool:
        """Whether the scores on show belong to other data, kinds or roles than those open now."""
        learned = (self.fit or {}).get("schema")  # fits of an earlier version lack it
        is_changed = self.run is not None and learned not in (None, self.schema.fingerprint)
        return is_changed or self.results.is_stale(self.source, self.schema)

    @property
    def sensitive(self) -> list[str]:
        """Columns whose groups are to fare alike: marked on the Synthesize page, or sensitive by their role."""
        marked = self.position("synthesize").get("sensitive", [])
        return [c.name for c in self.schema if c.role is Role.SENSITIVE or c.name in marked]

    @property
    def target(self) -> str | None:
        """The outcome that copies are measured by, as far as it was said and is a column."""
        name = self.position("synthesize").get("target")
        return str(name) if name in self.schema.names else None

    @property
    def is_busy(self) -> bool:
        """Whether a job waits or runs."""
        return bool(self.worker.running)

    # --- undo -------------------------------------------------------------------------------------------------------

    def did(self, text: str, undo: Callable[[], object], redo: Callable[[], object]) -> None:
        """Note something that was just done, for undo."""
        self.history.add(Command(text, undo, redo))
        self.history_changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back, verdicts of earlier sittings included."""
        return bool(self.history.undoable or (self.session and self.session.can_undo))

    @property
    def can_redo(self) -> bool:
        """Whether there is something to bring back."""
        return bool(self.history.redoable or (self.session and self.session.can_redo))

    def undo(self) -> None:
        """Take back the last thing; when this sitting has none left, the last verdict of the one before."""
        if self.history.undoable or not self.can_undo:
            self._travel(self.history.undo)
        else:
            self._travel(self.undo_verdict)

    def redo(self) -> None:
        """Do the last undone thing again."""
        if self.history.redoable or not self.can_redo:
            self._travel(self.history.redo)
        else:
            self._travel(self.redo_verdict)

    def undo_verdict(self) -> None:
        """Take back the last verdict, note or skip of the review."""
        if self.session is not None:
            self.session.undo()
        self.verdicts_changed.emit()

    def redo_verdict(self) -> None:
        """Bring back the verdict, note or skip undone last."""
        if self.session is not None:
            self.session.redo()
        self.verdicts_changed.emit()

    def _travel(self, step: Callable[[], object]) -> None:
        try:
            step()
        except LikenessError as error:
            self.failed.emit(error)
        self.history_changed.emit()

    # --- writing ----------------------------------------------------------------------------------------------------

    def adopt(self, staging: Path) -> None:
        """Take what a job made into the project."""
        if self.project is not None:
            self.project.adopt(staging)
            self.saved.emit()

    def write(self, change: Callable[[Project], object]) -> None:
        """Write to the project when it may be written; tell what went wrong."""
        if self.project is None or self.read_only:
            return
        try:
            change(self.project)
        except LikenessError as error:
            self.failed.emit(error)
            return
        self.saved.emit()

    # --- where the user is ------------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """The page that was on top (Start is none: from there one continues)."""
        return self._page

    def set_page(self, page: str) -> None:
        """Keep which page is on top."""
        if page not in ("start", self._page):
            self._page = page
            self._save.start()

    def remember(self, page: str, **position: Any) -> None:
        """Keep where the user is on a page, for the next time it is opened; what is not named stays."""
        kept = {**self._positions.get(page, {}), **position}
        if self._positions.get(page) != kept:
            self._positions[page] = kept
            self._save.start()

    def position(self, page: str) -> dict[str, Any]:
        """What `remember` kept."""
        return self._positions.get(page, {})

    def save_position(self) -> None:
        """Write page, positions and threshold now."""
        self._save.stop()
        if self.project is None or self.read_only:
            return
        window: dict[str, Any] = {"page": self._page, "positions": self._positions}
        if self.threshold and self.run:
            window["threshold"] = {self.run["id"]: str(self.threshold.contract)}
        try:
            if self.project.setting("window") != window:
                self.project.set_setting("window", window)
        except LikenessError as error:
            self.failed.emit(error)
