"""Results of the open table as the project keeps them: fit, run, scores, threshold, review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from core.data.schema import Schema
from core.detect.threshold import Basis, Contract, Threshold, apply
from core.errors import LikenessError
from core.project.journal import Entry
from core.project.project import Project
from core.review.queue import Case
from core.review.session import Session
from core.review.team import Team

from .settings import Settings

__all__ = ["Results"]

DEFAULT = "budget:100"


class Results:
    """The latest fit, its latest run, and what was made of them. Empty until loaded."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings(is_kept=False)
        self.fit: dict[str, Any] | None = None
        self.run: dict[str, Any] | None = None
        self.scores: np.ndarray | None = None
        self.p_values: np.ndarray | None = None
        self.threshold: Threshold | None = None
        self.session: Session | None = None
        self.told: dict[int, dict[str, Any]] = {}

    def load(self, project: Project, source: str) -> None:
        """Read what the project knows about a source; the scores come from its blobs.

        A source that was never scored shows the last run of another: the table was refreshed since (`is_stale`).
        """
        every = project.runs()
        runs = [r for r in every if r["source"] == source] or every
        shown = (project.setting("shown") or {}).get("run")
        run = next((r for r in runs if r["id"] == shown), runs[-1] if runs else None)
        same = self.run is not None and run is not None and self.run["id"] == run["id"]
        fits = [f for f in project.fits() if run is None or f["id"] == run["fit"]]
        self.fit = fits[-1] if fits else None
        if same:
            return
        self.run, self.session = run, None
        self.scores = self.p_values = self.threshold = None
        if run is None:
            return
        self.scores = np.frombuffer(project.blob("run", run["id"], "score"), "<f8")
        if run.get("has_p_values"):
            self.p_values = np.frombuffer(project.blob("run", run["id"], "p_value"), "<f8")
        window = project.setting("window", {}) or {}
        kept = (window.get("threshold") or {}).get(run["id"]) or (run.get("threshold") or {}).get("contract")
        self._apply_kept(kept or DEFAULT)
        self._resume_review(project)

    def _apply_kept(self, contract: str) -> None:
        try:
            self.apply(contract)
        except LikenessError:  # kept by a run that had p-values; this one has none
            self.apply(DEFAULT)

    def apply(self, contract: str) -> None:
        """Apply a contract to the scores.

        Raises:
            LikenessError: the contract is unknown, or refused for these scores.
        """
        parsed = Contract.parse(contract)
        if self.scores is not None:
            self.threshold = apply(parsed, self.scores, self.p_values, self.basis())

    def basis(self) -> Basis:
        """What the p-values rest on, or why there are none."""
        return Basis.from_json((self.run or {}).get("basis"))

    def _resume_review(self, project: Project) -> None:
        """Bring back the queue that was begun over this run, at the case that was on the desk."""
        kept = project.setting("review")
        if not kept or self.run is None or kept["run"] != self.run["id"]:
            return
        kept_at = (project.setting("window", {}) or {}).get("positions", {}).get("review", {})
        # Moves are kept a moment later than steps: a position from before the last step is worth nothing.
        case = kept_at.get("case") if kept_at.get("length") == project.journal.length else None
        cases = [Case.from_json(c) for c in kept["cases"]]
        self.session = self.sit_down(
            project, cases, kept["run"], case, behind=max(kept.get("count", 0) - len(cases), 0))

    def load_package(self, project: Project) -> bool:
        """Sit down at the cases of a work package, which brings their explanations along; whether it is one."""
        kept = project.setting("package")
        if not kept:
            return False
        self.told = {int(i["row"]): i for i in kept["items"]}
        self.session = self.sit_down(project, [Case.from_json(i) for i in kept["items"]], str(kept["run"]))
        return True

    def sit_down(
        self, project: Project, cases: Sequence[Case], run: str, position: str | None = None, view: str = "first",
        behind: int = 0,
    ) -> Session:
        """This user at a queue, with the words and reasons of the project's team."""
        session = Session(
            project.journal, cases, run=run, position=position, reviewer=self._settings.reviewer or None, view=view,
            team=Team.from_json(project.setting("team")), behind=behind)
        session.is_hidden = self._settings.hide_score
        return session

    def begin_review(self, project: Project, items: Sequence[Mapping[str, Any]], behind: int = 0) -> None:
        """Start a queue over the run: its cases are kept in the project, so that reopening needs no calculation.

        Args:
            project: keeps the review.
            items: its first cases.
            behind: how many further rows of the ranking are asked for.

        Raises:
            LikenessError: the project cannot be written.
        """
        run = str(self.run["id"]) if self.run else ""
        cases = [Case.from_json(i) for i in items]
        self._keep_queue(project, run, cases, len(cases) + behind)
        self.session = self.sit_down(project, cases, run, behind=behind)
        self.session.begin(len(cases) + behind)

    def extend_review(self, project: Project, items: Sequence[Mapping[str, Any]]) -> None:
        """Let the next rows of the ranking be cases.

        Raises:
            LikenessError: the project cannot be written.
        """
        kept, session = project.setting("review"), self.session
        if session is None or not kept or kept["run"] != session.run:
            return
        known = {c["key"] for c in kept["cases"]}
        fresh = [Case.from_json(i) for i in items if i["key"] not in known]
        cases = [*(Case.from_json(c) for c in kept["cases"]), *fresh]
        self._keep_queue(project, session.run, cases, kept["count"])
        session.extend(fresh)

    @staticmethod
    def _keep_queue(project: Project, run: str, cases: Sequence[Case], count: int) -> None:
        project.set_setting("review", {"run": run, "cases": [c.to_json() for c in cases], "count": count})

    def join_review(
        self, project: Project, items: Sequence[Mapping[str, Any]], did_join: Callable[[Session, Entry], None],
    ) -> None:
        """Let the items of `blind` join the review, or begin one with the top rows among them.

        Args:
            project: keeps the review.
            items: in any order.
            did_join: told of what a review that was there before can take back.

        Raises:
            LikenessError: the project cannot be written.
        """
        is_new = self.session is None
        if is_new:
            self.begin_review(project, [i for i in items if i["is_top"]])
        assert self.session is not None
        entry = self.session.draw([Case.from_json(i) for i in items if i["is_random"] or not is_new])
        if not is_new:
            did_join(self.session, entry)

    def review_counts(self) -> dict[str, Any]:
        """Decided and all cases of the review."""
        if self.session is None:
            return {"decided": 0, "total": 0}
        counts = self.session.counts
        return {"decided": counts.decided, "total": counts.total}

    def is_stale(self, source: Mapping[str, Any] | None, schema: Schema) -> bool:
        """Whether the run was made from other data, or the fit with other roles, than those open now."""
        if self.run is None or source is None:
            return False
        if self.run["source"] != source["source"] or self.fit is None:
            return True
        return set(self.fit["columns"]) != set(schema.modelled)
