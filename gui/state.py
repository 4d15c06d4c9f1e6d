"""The one model behind the pages: the open project, its table, fit, scores, review and copy. Pages are views of it.

Results are read from the project file, never kept beside it, so that a window opened again stands exactly where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.data.schema import Kind, Role, Schema
from core.errors import LikenessError
from core.project.journal import Entry
from core.review.estimates import RANDOM, TOP, Standing
from core.review.session import Session
from core.tasks.base import Request

from . import requests
from .state_open import SUFFIX, Opening
from .text import tr
from .worker import Job

__all__ = ["CASES", "SUFFIX", "AppState"]

CASES = 2_000
"""Of a longer queue so many rows are cases from the start, the next ones once somebody comes near them."""


class AppState(Opening):
    """What is open, what is known about it, and what can be done with it.

    Attributes:
        project: the open project, or None. path: its file.
        source: result of `describe` (name, path, rows, columns, schema ...), or None.
        schema: kinds and roles as the user has them. profile: of the columns, or None while it is computed.
        fit: record of the fit on show. run: of the score run on show.
        scores: of the run, (n,). p_values: (n,), NaN where there is none.
        threshold: the contract in force with what it flags. session: the review, or None.
        copy: the synthetic copy's result with "where", "seed", "fit", "asked" (all settings). report: its evaluation.
        read_only: whether nothing can be written; why, is in `project.notice`.
    """

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
        if self.source is not None:
            fingerprint = self.source["source"]
            self.write(lambda p: p.set_schema(fingerprint, schema))
        self.schema_changed.emit()

    # --- fit and score ----------------------------------------------------------------------------------------------

    def find_anomalies(
        self, reference: str = "mixed", settings: tuple[str, ...] = (), model: str = "default", seed: int = 0,
    ) -> Job | None:
        """Fit, then score every row."""
        if self.source is None or self.project is None:
            return None
        self._keep_schema(self.schema)
        request = requests.make(
            "fit", file=self.source["path"], project=str(self.path), model=model, settings=settings,
            reference=reference, seed=seed, **requests.reading(self.source.get("options") or {}))
        title = tr("jobs.title.fit", name=self.source["name"])
        fit = self.worker.submit(request, title, on_done=self._fitted, on_failed=self.failed.emit, icon="model")
        return self.score(after=fit)

    def score(self, after: Job | None = None) -> Job | None:
        """Score every row of the open table by the fit on show, or by the one that `after` makes."""
        if self.source is None:
            return None
        request = requests.make(
            "score", file=self.source["path"], project=str(self.path), fit=self.fit["id"] if self.fit else None,
            **requests.reading(self.source.get("options") or {}))
        return self.worker.submit(
            request, tr("jobs.title.score", rows=self.source["rows"]), on_done=self._scored,
            on_failed=self.failed.emit, icon="detect", after=after, complete=_score_by)

    def _fitted(self, result: dict[str, Any]) -> None:
        if self.project is not None:
            self.results.fit = self.project.fit(result["fit"])
        self.fit_changed.emit()

    def _scored(self, result: dict[str, Any]) -> None:
        self.write(lambda p: p.set_setting("shown", {"run": result["run"]}))
        if self.project is not None and self.source is not None:
            self.results.load(self.project, self.source["source"])
        self.remember_recent()
        for signal in (self.fit_changed, self.run_changed, self.threshold_changed, self.verdicts_changed):
            signal.emit()

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
        if self.session is not None and budget in (None, self.session.budget):
            self.page_wanted.emit("review")
            return
        count = budget or (self.threshold.count if self.threshold else 100)
        request = requests.make("ranked", project=str(self.path), run=self.run["id"], count=min(count, CASES))
        self.worker.ask(request, "queue", lambda result: self._begin_review(result, count), self.failed.emit)

    def _begin_review(self, result: dict[str, Any], count: int) -> None:
        if self.project is None:
            return
        behind = max(min(count, result["total"]) - len(result["items"]), 0)
        try:
            self.results.begin_review(self.project, result["items"], behind)
        except LikenessError as error:
            self.failed.emit(error)
            return
        self.remember_recent()
        self.verdicts_changed.emit()
        self.page_wanted.emit("review")

    def more_cases(self) -> None:
        """Let the next rows of the ranking be cases, where a queue has more than it began with."""
        session = self.session
        if session is None or not session.behind or self.run is None or self.read_only:
            return
        start = session.budget - session.beyond
        request = requests.make(
            "ranked", project=str(self.path), run=self.run["id"], start=start, count=min(CASES, session.beyond))
        self.worker.ask(request, "more_cases", self._extend_review, self.failed.emit)

    def _extend_review(self, result: dict[str, Any]) -> None:
        if self.project is not None and self.session is not None and result["run"] == self.session.run:
            self.write(lambda p: self.results.extend_review(p, result["items"]))
            self.verdicts_changed.emit()

    def draw_blind(self) -> None:
        """Let the top rows and rows drawn at random join the review, so that verdicts say what the top is worth."""
        if self.run is None or self.project is None or self.read_only:
            return
        standing = self.session.standing if self.session else Standing()
        top = 0 if standing.top.cases >= TOP else TOP
        request = requests.make(
            "blind", project=str(self.path), run=self.run["id"], top=top, random=standing.more or RANDOM,
            drawn=standing.random.cases, among=max(standing.top.cases, TOP))
        self.worker.ask(request, "queue", self._join_review, self.failed.emit)

    def _join_review(self, result: dict[str, Any]) -> None:
        if self.project is None:
            return
        try:
            self.results.join_review(self.project, result["items"], self.did_join)
        except LikenessError as error:
            self.failed.emit(error)
            return
        self.remember_recent()
        self.verdicts_changed.emit()
        self.saved.emit()
        self.page_wanted.emit("review")

    def did_join(self, session: Session, entry: Entry, text: str = "") -> None:
        """Rows joined a review that was there before: they can leave it again."""
        def step(act: Callable[[Entry], None]) -> Callable[[], None]:
            return lambda: (act(entry), self.verdicts_changed.emit())[0]

        self.did(text or tr("gui.did.drawn"), step(session.take_back), step(session.bring_back))

    def verdict_given(self, text: str) -> None:
        """The session took a verdict, note or skip: undo reaches it now, and every view is told."""
        self.did(text, self.undo_verdict, self.redo_verdict)
        self.verdicts_changed.emit()
        self.saved.emit()

    def export_case_file(self, folder: Path | str) -> Job | None:
        """Write the sealed case file."""
        if self.run is None:
            return None
        request = requests.make("case_file", project=str(self.path), run=self.run["id"], out=str(folder))
        return self._export(request, tr("jobs.title.case_file"))

    def _export(self, request: Request, title: str) -> Job:
        return self.worker.submit(request, title, on_failed=self.failed.emit, icon="export")

    # --- synthetic copy ---------------------------------------------------------------------------------------------

    def draw_copy(self, rows: int, **asked: Any) -> Job | None:
        """Draw a synthetic copy to look at; nothing leaves the private cache until it is exported.

        Args:
            rows: how many.
            asked: further settings of `synth` by name: where, seed, without, rebalance, anomalies, refine.
        """
        if self.project is None or self.fit is None:
            return None
        asked = {"where": "", "seed": 0, **asked}
        request = requests.make(
            "synth", project=str(self.path), fit=self.fit["id"], rows=rows,
            out=str(requests.copy_path(self.project.id)), **_listed(asked))
        kept = {"where": asked["where"], "seed": asked["seed"], "asked": asked}
        return self.worker.submit(
            request, tr("jobs.title.synth", rows=rows), icon="synth", on_failed=self.failed.emit,
            on_done=lambda result: self._keep_copy({**result, **kept}, None))

    def evaluate_copy(self) -> Job | None:
        """Measure how faithful and how safe the copy is."""
        copy = self.copy
        if copy is None or self.project is None:
            return None
        request = requests.make(
            "evaluate", synthetic=copy["out"], project=str(self.path), fit=copy["fit"], sensitive=tuple(self.sensitive),
            target=self.target, out=str(requests.report_path(self.project.id)))
        return self._evaluate(request, copy)

    def judge_copy(self, path: Path | str) -> Job | None:
        """Measure a synthetic file that another tool made of this table; it takes the place of the copy on show."""
        if self.project is None or self.fit is None:
            return None
        request = requests.make(
            "evaluate", synthetic=str(path), project=str(self.path), fit=self.fit["id"],
            sensitive=tuple(self.sensitive), out=str(requests.report_path(self.project.id)))
        return self._evaluate(request, {
            "fit": self.fit["id"], "out": str(path), "rows": 0, "where": "", "seed": 0, "foreign": Path(path).name})

    def _evaluate(self, request: Request, copy: dict[str, Any]) -> Job:
        marked, target = self.sensitive, self.target
        return self.worker.submit(
            request, tr("jobs.title.evaluate"), icon="shield", on_failed=self.failed.emit,
            on_done=lambda result: self._keep_copy(copy, {**result, "sensitive": marked, "target": target}))

    def _keep_copy(self, copy: dict[str, Any], report: dict[str, Any] | None) -> None:
        self.copy, self.report = copy, report
        self.write(lambda p: (p.set_setting("copy", copy), p.set_setting("report", report)))
        self.copy_changed.emit()

    def forget_copies(self) -> None:
        """Remove what lies in the private cache: copies of opened tables, and synthetic ones with their reports."""
        requests.forget_copies()
        if self.copy is not None:
            self.copy = self.report = None
            self.write(lambda p: (p.set_setting("copy", None), p.set_setting("report", None)))
            self.copy_changed.emit()

    def export_copy(self, path: Path | str) -> Job | None:
        """Draw the same rows again into a file of the user's choice (same model and seed, same rows)."""
        if self.copy is None or self.copy.get("foreign"):
            return None
        asked = self.copy.get("asked") or {"where": self.copy["where"], "seed": self.copy["seed"]}
        request = requests.make(
            "synth", project=str(self.path), fit=self.copy["fit"], rows=self.copy["rows"], out=str(path),
            generator=self.copy.get("generator"), **_listed(asked))
        return self._export(request, tr("jobs.title.export", name=Path(path).name))


def _listed(asked: dict[str, Any]) -> dict[str, Any]:
    """Settings as a request holds them: lists as tuples."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in asked.items()}


def _score_by(asked: Request, fitted: dict[str, Any]) -> Request:
    """Score by the fit just made, whatever the latest fit of the project is."""
    return replace(asked, fit=fitted["fit"])  # type: ignore[call-arg]
