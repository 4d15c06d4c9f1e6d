"""The one model behind the pages: the open project, its table, fit, scores, review and copy. Pages are views of it.

Results are read from the project file, never kept beside it, so that a window opened again stands exactly where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from core.data.schema import Kind, Role, Schema
from core.detect.threshold import Threshold
from core.errors import LikenessError, ProjectError
from core.paths import projects_dir
from core.project.project import Project
from core.review.session import Session
from core.tasks.base import Request

from . import requests
from .history import Command, History
from .results import Results
from .settings import Recent, Settings
from .text import tr
from .worker import Job, Worker

__all__ = ["AppState"]

SUFFIX = ".likeness"


class AppState(QObject):
    """What is open and what is known about it.

    Attributes:
        project, path: the open project and its file, or None.
        source: result of `describe` (name, path, rows, columns, schema ...), or None.
        schema: kinds and roles as the user has them. profile: of the columns, or None while it is computed.
        fit, run: records of the fit and score run on show; scores, p_values: of the run, (n,).
        threshold: the contract in force with what it flags. session: the review, or None.
        copy: the synthetic copy's result with "where", "seed"; report: its evaluation.
        read_only: why nothing can be written, is in `project.notice`.
    """

    project_changed = Signal()
    source_changed = Signal()
    profile_changed = Signal()
    schema_changed = Signal()
    fit_changed = Signal()
    run_changed = Signal()
    threshold_changed = Signal()
    verdicts_changed = Signal()
    copy_changed = Signal()
    job_changed = Signal(object)
    history_changed = Signal()
    saved = Signal()
    page_wanted = Signal(str)
    failed = Signal(object)

    def __init__(self, settings: Settings | None = None, worker: Worker | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings.load()
        self.worker = worker or Worker(lambda: self.path, self.adopt, parent=self)
        self.worker.job_changed.connect(self.job_changed)
        self.history = History()
        self._positions: dict[str, dict[str, Any]] = {}
        self._page = "data"
        self.wanted: Path | None = None
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(400)
        self._save.timeout.connect(self.save_position)
        self._clear()

    def _clear(self) -> None:
        self.project: Project | None = None
        self.path: Path | None = None
        self.source: dict[str, Any] | None = None
        self.schema = Schema(())
        self.profile: dict[str, Any] | None = None
        self.results = Results()
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
        """The latest fit of the open table."""
        return self.results.fit

    @property
    def run(self) -> dict[str, Any] | None:
        """The latest score run of that fit."""
        return self.results.run

    @property
    def scores(self) -> np.ndarray | None:
        """(n,) anomaly scores, higher = more anomalous."""
        return self.results.scores

    @property
    def p_values(self) -> np.ndarray | None:
        """(n,) p-values, NaN where there is none."""
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
    def is_stale(self) -> bool:
        """Whether the scores on show belong to other data or roles than those open now."""
        return self.results.is_stale(self.source, self.schema)

    @property
    def is_busy(self) -> bool:
        """Whether a job waits or runs."""
        return bool(self.worker.running)

    # --- opening ----------------------------------------------------------------------------------------------------

    def open_any(self, path: Path | str) -> None:
        """Open whatever was dropped or named: a project, a table, a folder of images."""
        path = Path(path)
        if path.suffix == SUFFIX:
            self.open_project(path)
        else:
            self.open_file(path)

    def open_file(self, path: Path | str, options: Mapping[str, Any] | None = None) -> None:
        """Open a table or a folder of images; its project is found or made."""
        path = Path(path).expanduser().absolute()
        try:
            project = self.new_project_for(path)
            self._enter(Project.open(project, create=True))
        except LikenessError as error:
            self.failed.emit(error)
            return
        known = self.project.sources()[-1:] if self.project else []
        self._describe(path, options or (known[0].get("options") if known else None) or {})

    def new_project_for(self, file: Path) -> Path:
        """Where the project of a file lies: in the user's data folder, under the table's name."""
        for number in range(1, 1000):
            name = file.stem if number == 1 else f"{file.stem}-{number}"
            path = projects_dir() / f"{name}{SUFFIX}"
            if not path.exists() or self._belongs(path, file):
                return path
        raise ProjectError("gui.too_many_projects", file=file.name, folder=str(projects_dir()))

    @staticmethod
    def _belongs(project: Path, file: Path) -> bool:
        try:
            with Project.open(project, read_only=True, check=False) as opened:
                sources = opened.sources()
        except LikenessError:
            return False
        return not sources or any(s.get("path") == str(file) for s in sources)

    def open_project(self, path: Path | str, *, read_only: bool = False) -> None:
        """Open a project where it was left."""
        path = self.wanted = Path(path).expanduser().absolute()
        try:
            self._enter(Project.open(path, read_only=read_only))
        except LikenessError as error:
            self.failed.emit(error)
            return
        sources = self.project.sources() if self.project else []
        wanted = self.project.setting("source") if self.project else None
        record = next((s for s in sources if s["id"] == wanted), sources[-1] if sources else None)
        if record is None:
            self._remember_recent()
            return
        self._describe(Path(record["path"]), record.get("options") or {})

    def open_moved(self, path: Path) -> None:
        """The table of the open project lies elsewhere now."""
        if self.project is not None:
            known = self.project.sources()[-1:]
            self._describe(path, (known[0].get("options") if known else None) or {})

    def _enter(self, project: Project) -> None:
        self.close_project()
        self.project, self.path = project, project.path
        window = project.setting("window", {}) or {}
        self._positions = dict(window.get("positions", {}))
        self._page = str(window.get("page", "data"))
        self.settings.last = str(project.path)
        self.settings.save()
        self.copy = project.setting("copy")
        self.report = project.setting("report")
        self._announce()

    def _announce(self) -> None:
        """Everything is another: tell all views."""
        for signal in (
            self.project_changed, self.source_changed, self.schema_changed, self.profile_changed, self.fit_changed,
            self.run_changed, self.threshold_changed, self.verdicts_changed, self.copy_changed, self.history_changed,
        ):
            signal.emit()

    def close_project(self) -> None:
        """Save where the user is and close the file."""
        if self.project is not None:
            self.save_position()
            self.project.close()
        self._clear()

    def _describe(self, path: Path, options: Mapping[str, Any]) -> None:
        request = requests.make("describe", file=str(path), project=str(self.path), **requests.reading(options))
        self.worker.submit(
            request, tr("jobs.title.describe", name=path.name), on_done=self._described, on_partial=self._opened,
            on_failed=self.failed.emit, icon="data",
        )

    def _opened(self, result: dict[str, Any]) -> None:
        """The file is read; its profile is still computed."""
        if "source" not in result or self.project is None:
            return
        self.source = result
        stored = self.project.schema(result["source"])
        self.schema = stored or Schema.from_json(result["schema"])
        self.profile = result.get("profile") or self.profile
        self.results.load(self.project, result["source"])
        if not self.read_only:
            self.project.set_setting("source", result["source"])
        self._remember_recent()
        for signal in (
            self.source_changed, self.schema_changed, self.profile_changed, self.fit_changed, self.run_changed,
            self.threshold_changed, self.verdicts_changed,
        ):
            signal.emit()

    def _described(self, result: dict[str, Any]) -> None:
        if self.source is None or self.source.get("source") != result.get("source"):
            self._opened(result)
        self.source = {**(self.source or {}), **result}
        self.profile = result.get("profile")
        if stored := self.project and self.source and self.project.schema(result["source"]):
            self.schema = stored
        self.profile_changed.emit()

    # --- columns ----------------------------------------------------------------------------------------------------

    def set_column(self, name: str, kind: Kind | str | None = None, role: Role | str | None = None) -> None:
        """Change what a column is or is for."""
        before = self.schema
        changes = {k: v for k, v in (("kind", kind and Kind(kind)), ("role", role and Role(role))) if v}
        after = before.set(name, **changes)
        if after == before:
            return
        self._keep_schema(after)
        self.did(tr("gui.did.column", column=name), lambda: self._keep_schema(before), lambda: self._keep_schema(after))

    def _keep_schema(self, schema: Schema) -> None:
        self.schema = schema
        self._write(lambda p: p.set_schema(self.source["source"], schema) if self.source else None)
        self.schema_changed.emit()

    # --- calculations -----------------------------------------------------------------------------------------------

    def find_anomalies(
        self, reference: str = "mixed", settings: tuple[str, ...] = (), model: str = "default", seed: int = 0,
    ) -> Job | None:
        """Fit, then score every row."""
        if self.source is None or self.project is None:
            return None
        self._write(lambda p: p.set_schema(self.source["source"], self.schema))
        path, reading = self.source["path"], requests.reading(self.source.get("options") or {})
        fit = requests.make(
            "fit", file=path, project=str(self.path), model=model, settings=settings, reference=reference, seed=seed,
            **reading,
        )
        name = self.source["name"]
        first = self.worker.submit(
            fit, tr("jobs.title.fit", name=name), on_done=self._fitted, on_failed=self.failed.emit, icon="model")
        return self.score(after=first)

    def score(self, after: Job | None = None) -> Job | None:
        """Score every row of the open table by the latest fit."""
        if self.source is None:
            return None
        request = requests.make(
            "score", file=self.source["path"], project=str(self.path), fit=self.fit["id"] if self.fit else None,
            **requests.reading(self.source.get("options") or {}),
        )
        title = tr("jobs.title.score", rows=self.source["rows"])
        return self.worker.submit(
            request, title, on_done=self._scored, on_failed=self.failed.emit, icon="detect", after=after,
            complete=lambda asked, fitted: replace(asked, fit=fitted["fit"]))  # type: ignore[call-arg]

    def _fitted(self, result: dict[str, Any]) -> None:
        if self.project is not None:
            self.results.fit = self.project.fit(result["fit"])
        self.fit_changed.emit()

    def _scored(self, result: dict[str, Any]) -> None:
        self._write(lambda p: p.set_setting("shown", {"run": result["run"]}))
        self._reload()
        self._remember_recent()
        for signal in (self.fit_changed, self.run_changed, self.threshold_changed, self.verdicts_changed):
            signal.emit()

    def _reload(self) -> None:
        if self.project is not None and self.source is not None:
            self.results.load(self.project, self.source["source"])

    def set_threshold(self, contract: str) -> None:
        """Apply a contract such as `budget:200` or `fdr:0.1` to the scores; a refusal comes through `failed`."""
        try:
            self.results.apply(contract)
        except LikenessError as error:
            self.failed.emit(error)
            return
        self._save.start()
        self.threshold_changed.emit()

    # --- review -----------------------------------------------------------------------------------------------------

    def start_review(self, budget: int | None = None) -> None:
        """Begin a queue over the run, or go on with the one begun; the Review page comes up when its cases are here."""
        if self.run is None or self.project is None:
            return
        if self.session is not None and budget in (None, len(self.session.cases)):
            self.page_wanted.emit("review")
            return
        count = budget or (self.threshold.count if self.threshold else 100)
        request = requests.make("ranked", project=str(self.path), run=self.run["id"], count=count)
        self.worker.ask(request, "queue", self._begin_review, self.failed.emit)

    def _begin_review(self, result: dict[str, Any]) -> None:
        if self.project is None:
            return
        try:
            self.results.begin_review(self.project, result["items"])
        except LikenessError as error:
            self.failed.emit(error)
            return
        self.verdicts_changed.emit()
        self.page_wanted.emit("review")

    def verdict_given(self, text: str) -> None:
        """The session took a verdict, note or skip: undo reaches it now, and every view is told."""
        self.did(text, self._undo_verdict, self._redo_verdict)
        self.verdicts_changed.emit()
        self.saved.emit()

    def _undo_verdict(self) -> None:
        self.session.undo()
        self.verdicts_changed.emit()

    def _redo_verdict(self) -> None:
        self.session.redo()
        self.verdicts_changed.emit()

    def export_case_file(self, folder: Path | str) -> Job | None:
        """Write the sealed case file."""
        if self.run is None:
            return None
        request = requests.make("case_file", project=str(self.path), run=self.run["id"], out=str(folder))
        return self._job(request, tr("jobs.title.case_file"), "export")

    # --- synthetic copy ---------------------------------------------------------------------------------------------

    def draw_copy(self, rows: int, where: str = "", seed: int = 0) -> Job | None:
        """Draw a synthetic copy to look at; nothing leaves the private cache until it is exported."""
        if self.project is None or self.fit is None:
            return None
        out = requests.copy_path(self.project.id)
        request = requests.make(
            "synth", project=str(self.path), fit=self.fit["id"], rows=rows, out=str(out), where=where, seed=seed)
        settings = {"where": where, "seed": seed, "fit": self.fit["id"]}
        title = tr("jobs.title.synth", rows=rows)

        def drawn(result: dict[str, Any]) -> None:
            self.copy, self.report = {**result, **settings}, None
            self._write(lambda p: (p.set_setting("copy", self.copy), p.set_setting("report", None)))
            self.copy_changed.emit()

        return self.worker.submit(request, title, on_done=drawn, on_failed=self.failed.emit, icon="synth")

    def evaluate_copy(self) -> Job | None:
        """Measure how faithful and how safe the copy is."""
        if self.copy is None:
            return None
        out = requests.report_path(self.project.id if self.project else "")
        request = requests.make(
            "evaluate", synthetic=self.copy["out"], project=str(self.path), fit=self.copy["fit"], out=str(out))

        def measured(result: dict[str, Any]) -> None:
            self.report = result
            self._write(lambda p: p.set_setting("report", result))
            self.copy_changed.emit()

        title = tr("jobs.title.evaluate")
        return self.worker.submit(request, title, on_done=measured, on_failed=self.failed.emit, icon="shield")

    def export_copy(self, path: Path | str) -> Job | None:
        """Draw the same rows again into a file of the user's choice (same seed, same rows)."""
        if self.copy is None:
            return None
        request = requests.make(
            "synth", project=str(self.path), fit=self.copy["fit"], rows=self.copy["rows"], out=str(path),
            where=self.copy["where"], seed=self.copy["seed"])
        return self._job(request, tr("jobs.title.export", name=Path(path).name), "export")

    def _job(self, request: Request, title: str, icon: str) -> Job:
        return self.worker.submit(request, title, on_failed=self.failed.emit, icon=icon)

    # --- undo, saving, positions ------------------------------------------------------------------------------------

    def did(self, text: str, undo: Any, redo: Any) -> None:
        """Note something that was just done, for undo."""
        self.history.add(Command(text, undo, redo))
        self.history_changed.emit()

    def undo(self) -> None:
        """Take back the last thing."""
        self._travel(self.history.undo)

    def redo(self) -> None:
        """Do the last undone thing again."""
        self._travel(self.history.redo)

    def _travel(self, step: Any) -> None:
        try:
            step()
        except LikenessError as error:
            self.failed.emit(error)
        self.history_changed.emit()

    def adopt(self, staging: Path) -> None:
        """Take what a job made into the project."""
        if self.project is not None:
            self.project.adopt(staging)
            self.saved.emit()

    def save_copy(self, path: Path | str) -> None:
        """Save a copy of the project."""
        if self.project is None:
            return
        try:
            self.save_position()
            self.project.copy_to(path)
        except LikenessError as error:
            self.failed.emit(error)
            return
        self.settings.remember(Recent(str(path), str(path), self._rows(), kind="project"))
        self.saved.emit()

    def _write(self, change: Any) -> None:
        """Write to the project when it may be written; tell what went wrong."""
        if self.project is None or self.read_only:
            return
        try:
            change(self.project)
        except LikenessError as error:
            self.failed.emit(error)
            return
        self.saved.emit()

    def remember(self, page: str, **position: Any) -> None:
        """Keep where the user is on a page, for the next time it is opened."""
        if self._positions.get(page) != position:
            self._positions[page] = position
            self._save.start()

    def position(self, page: str) -> dict[str, Any]:
        """What `remember` kept."""
        return self._positions.get(page, {})

    @property
    def page(self) -> str:
        """The page that was on top."""
        return self._page

    def set_page(self, page: str) -> None:
        """Keep which page is on top."""
        if page not in ("start", self._page):
            self._page = page
            self._save.start()

    def save_position(self) -> None:
        """Write page, positions and threshold now."""
        self._save.stop()
        if self.project is None or self.read_only:
            return
        window = {"page": self._page, "positions": self._positions}
        if self.threshold and self.run:
            window["threshold"] = {self.run["id"]: str(self.threshold.contract)}
        try:
            if self.project.setting("window") != window:
                self.project.set_setting("window", window)
        except LikenessError as error:
            self.failed.emit(error)

    def _rows(self) -> int:
        return int(self.source["rows"]) if self.source else 0

    def _remember_recent(self) -> None:
        """Put what is open on top of the recent files."""
        if self.path is None:
            return
        made_here = self.path.parent == projects_dir()
        shown = Path(self.source["path"]) if self.source and made_here else self.path
        kind = "project" if not made_here else str(self.source["kind"]) if self.source else "table"
        note = ("gui.recent.reviewed", self.results.review_counts()) if self.session else (
            ("gui.recent.scored", {}) if self.run else ("gui.recent.open", {}))
        self.settings.remember(Recent(str(shown), str(self.path), self._rows(), note, kind=kind))

    def close(self) -> None:
        """End the workers and close the project, where the user is."""
        if self.project is not None:
            self._remember_recent()
        self.close_project()
        self.worker.close()
