"""Detect: one button, one question, and a ranked list of rows with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from core.data.schema import Role
from core.errors import LikenessError, error_from_json
from core.review.queue import Case
from core.review.session import Session

from .. import requests
from ..actions import Action
from ..items.groups import named
from ..panels._parts import scrolled
from ..panels.busy import BusyPanel
from ..panels.question import QuestionPanel
from ..panels.row import RowPanel
from ..panels.selftest import ComparePanel
from ..state import AppState
from ..text import say, tr
from ..widgets import Button, EmptyState, FileDialog
from ..worker import Job
from ._change import Changing
from ._export import Exporting
from ._results import ResultsView
from .base import Page

__all__ = ["PAGE", "DetectPage"]


class DetectPage(Page):
    """Which rows do not belong, and why."""

    key: ClassVar[str] = "detect"
    title_key: ClassVar[str] = "gui_detect.title"
    icon: ClassVar[str] = "detect"
    order: ClassVar[int] = 3
    shortcut: ClassVar[str] = "Ctrl+3"

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        self._asking = self._closed = False
        self._matched = self._compared = ""
        self.panel = RowPanel()
        self.results = ResultsView(state, self.panel)
        self.exporting = Exporting(state, self.results, self)
        self.changing = Changing(state, self.panel)
        self.question = QuestionPanel()
        self.busy = BusyPanel()
        self.compare = ComparePanel(state)
        self.empty = self._no_table()
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.top, _, self.subtitle = self.header(tr("gui_detect.title"))
        self.again = Button(tr("gui_detect.find_again"), "detect")
        self.models = Button(tr("gui_compare.action"), "model")
        self.export = Button(tr("gui_detect.export"), "export", menu=True)
        self.review = Button("", None, "primary", "R")
        for button in (self.again, self.models, self.export, self.review):
            self.top.addWidget(button)
        self.stack = QStackedWidget()
        self.asking = scrolled(self.question, tr("gui_detect.question"))
        for part in (self.empty, self.asking, self.busy, self.compare, self.results):
            self.stack.addWidget(part)
        column = self.column()
        column.addLayout(self.top)
        column.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.again.clicked.connect(lambda _=False: self._ask_again())
        self.models.clicked.connect(lambda _=False: self._compare())
        self.compare.left.connect(self._compare)
        self.export.clicked.connect(lambda _=False: self._export_menu())
        self.review.clicked.connect(lambda _=False: self._review())
        self.question.wanted.connect(self._find)
        self.question.left.connect(self._leave_question)
        self.question.scored.connect(self._score_next)
        self.results.again.connect(self._ask_again)
        self.results.selected.connect(self._row_changed)
        for panel in (self.panel, self.results.groups.panel):
            panel.closed.connect(self._close_panel)
            panel.review_wished.connect(self._add_to_review)
        self.panel.row_wished.connect(lambda _, rank: self.results.go_to_rank(rank))
        state = self.state
        for signal in (state.source_changed, state.fit_changed, state.run_changed, state.schema_changed):
            signal.connect(self._refresh)
        state.threshold_changed.connect(self._threshold_changed)
        state.broken_wanted.connect(self._show_broken)
        state.verdicts_changed.connect(self._row_changed)
        state.job_changed.connect(self._job_changed)

    def _no_table(self) -> EmptyState:
        open_one = Button(tr("gui_detect.open"), "folder", "primary")
        open_one.clicked.connect(lambda _=False: self.state.page_wanted.emit("start"))
        steps = [
            ("data", tr("gui_detect.step.open"), "", False), ("detect", tr("gui_detect.step.find"), "", False),
            ("review", tr("gui_detect.step.review"), "", False),
        ]
        return EmptyState("detect", tr("gui_detect.empty"), tr("gui_detect.empty_text"), steps, open_one)

    # the contract of a page

    def actions(self) -> list[Action]:
        here = self.key
        return [
            Action("detect.find", "gui_detect.find", self._find_now, "detect", (), self._can_find, here,
                   "gui_detect.why_closed"),
            Action("detect.again", "gui_detect.find_again", self._ask_again, "detect", (), self._has_run, here),
            Action("detect.review", "gui_detect.review_action", self._review, "review", ("R",), self._can_review, here),
            Action("detect.add", "gui_detect.add_to_review", self._add_to_review, "plus", ("A",), self._can_add, here,
                   "gui_detect.add_why"),
            Action("detect.lower", "gui_detect.lower", lambda: self.results.cut.step(1), "left", ("[",),
                   self._has_run, here),
            Action("detect.raise", "gui_detect.raise", lambda: self.results.cut.step(-1), "right", ("]",),
                   self._has_run, here),
            Action("detect.budget", "gui_detect.type_budget", self._to_budget, "filter", ("B",), self._has_run, here),
            Action("detect.sort", "gui_detect.sort", self.results.next_sort, "up", ("S",), self._has_readings, here),
            Action("detect.view", "gui_detect.next_view", self.results.views.go_next, "data", ("V",), self._has_views,
                   here),
            Action("detect.area", "gui_detect.area_action", self._type_area, "filter", ("L",),
                   lambda: self._has_run() and self.results.views.key() == "map", here),
            Action("detect.compare", "gui_compare.action", self._compare, "model", ("M",), self._can_compare, here),
            Action("detect.doubt", "gui_detect.doubt.action", self.state.draw_blind, "review", ("D",), self._can_draw,
                   here),
            Action("detect.filter", "gui_detect.filter", self.results.filters.toggle_form, "filter", ("F",),
                   self._has_run, here),
            Action("detect.next", "gui_detect.score_another", self._choose_next, "file", (), self._has_run, here),
            Action("detect.export", "gui_detect.export_rows", self.exporting.ask, "export", ("E",), self._has_run,
                   here),
            Action("detect.change", "gui_detect.change", self.changing.ask, "detect", ("W",),
                   lambda: self._has_run() and self.changing.can_ask(), here),
            Action("detect.rules", "gui_detect.rules_action", self.results.broken.open, "filter", ("X",),
                   lambda: self._has_run() and self.results.views.key() == "rows" and bool(
                       self.results.broken.broken()), here),
            Action("detect.columns", "gui_detect.columns_action", self.results.columns.open, "dn", ("C",),
                   lambda: self._has_run() and self.results.views.key() == "rows", here),
        ]

    def primary(self) -> Action:
        actions = {a.id: a for a in self.actions()}
        return actions["detect.review" if self._stage() is self.results else "detect.find"]

    def inspector(self) -> QWidget | None:
        return self.results.views.view().inspector() if self._stage() is self.results and not self._closed else None

    def keys(self) -> list[tuple[str, str]]:
        return [("J / K", tr("gui_detect.key.rows")), ("← / →", tr("gui_detect.key.threshold")),
                ("Enter", tr("gui_detect.key.open"))]

    def shown(self) -> None:
        stage = self._stage()
        if stage is self.results:
            self.results.views.view().focus()
        elif stage is self.question:
            self.question.begin.setFocus()

    # what is on show

    def _job(self) -> Job | None:
        """The fit or scoring under way: the one that runs, else the first that waits."""
        own = [j for j in self.state.worker.running if j.request.task in ("fit", "score")]
        return next((j for j in own if j.state == "running"), own[-1] if own else None)

    def _stage(self) -> QWidget:
        state = self.state
        if state.source is None:
            return self.empty
        if self._job() is not None:
            return self.busy
        if state.run is None or state.scores is None or self._asking or self._is_next():
            return self.question
        return self.compare if self._compared and self._compared == (state.fit or {}).get("id") else self.results

    def _is_next(self) -> bool:
        """Whether the open file is another one than the run on show scored: next month's."""
        source, run = self.state.source, self.state.run
        return source is not None and run is not None and run.get("source") not in (None, source["source"])

    def _refresh(self) -> None:
        stage = self._stage()
        job = self._job()
        if stage is self.busy and job is not None:
            self.busy.show_job(job, self.state.schema)
        elif stage is self.question:
            self._say_question()
        self.results.show_run()
        is_result = stage is self.results
        for button in (self.again, self.export, self.review):
            button.setVisible(is_result)
        is_compare = stage is self.compare
        self.models.setVisible(is_result or is_compare)
        self.models.show_as("left" if is_compare else "model", tr(f"gui_compare.{'back' if is_compare else 'action'}"))
        self._say_subtitle(is_result=is_result)
        self.stack.setCurrentWidget(self.asking if stage is self.question else stage)
        self._row_changed()

    def _say_subtitle(self, *, is_result: bool) -> None:
        state = self.state
        if state.source is None:
            self.subtitle.setText(tr("gui_detect.no_table"))
        elif is_result and state.fit and state.run:
            self.subtitle.setText(tr(
                "gui_detect.subtitle", model=self._model_name(), learned=state.fit.get("train_rows") or
                state.fit.get("rows") or 0, rows=state.run.get("rows") or 0))
        else:
            self.subtitle.setText(state.source["name"])

    def _model_name(self) -> str:
        key = str((self.state.fit or {}).get("model") or "default")
        return tr(f"gui_detect.model_name.{key}") if key in ("default", "circuit", "mixture", "neighbours") else key

    def _say_question(self) -> None:
        state = self.state
        source, fit = state.source or {}, state.fit or {}
        text = tr("gui_detect.question_text", features=len(state.schema.modelled), rows=source.get("rows", 0))
        labels = state.schema.with_role(Role.LABEL)
        note = tr("gui_detect.label_note", column=labels[0]) if labels else ""
        if source.get("kind", "table") != "table":
            note = tr("gui_data.why_images")
        self.question.say(text, note, reference=str(fit.get("reference") or "mixed"),
                          has_results=state.run is not None and not self._is_next())
        self.question.begin.setEnabled(self._can_find())
        if not self._is_next() or not fit:
            self._matched = ""
            self.question.show_next(None, can_score=False)
        elif self._matched != f"{fit['id']} {source['source']}":
            self._matched = f"{fit['id']} {source['source']}"
            self._ask_differences(source, fit)

    def _ask_differences(self, source: dict[str, Any], fit: dict[str, Any]) -> None:
        """How next month's file differs from what the fit learned from, before it is scored."""
        request = requests.make(
            "match", file=source["path"], project=str(self.state.path), fit=fit["id"],
            **requests.reading(source.get("options") or {}))

        def told(answer: dict[str, Any]) -> None:
            refused = answer["refused"]
            said = error_from_json(refused).messages if refused else answer["notes"]
            self.question.show_next([say(m) for m in said], can_score=not refused)

        self.question.show_next([tr("gui_detect.comparing")], can_score=False)
        self.state.worker.ask(request, "match", told, self.state.failed.emit)

    def _job_changed(self, job: Job) -> None:
        if job.request.task not in ("fit", "score"):
            return
        now = self._job()
        if now is not None and self.stack.currentWidget() is self.busy:
            self.busy.show_job(now, self.state.schema)
        else:
            self._refresh()

    def _threshold_changed(self) -> None:
        self.results.show_threshold()
        self._row_changed()

    def _row_changed(self) -> None:
        count = self.state.threshold.count if self.state.threshold else 0
        self.review.setText(tr("gui_detect.review", count=count))
        self.review.setEnabled(self._can_review())
        for panel in (self.panel, self.results.groups.panel):
            panel.show_review(can_add=self._can_add(), note=self._review_note())
        self.inspector_changed.emit()

    def _review_note(self) -> str:
        session = self.state.session
        if session is None:
            return tr("gui_detect.no_queue")
        is_there = self.results.views.view().chosen() and not self._missing(session)
        return tr("gui_detect.in_queue") if is_there else ""

    # what can be done

    def _can_find(self) -> bool:
        source = self.state.source
        is_table = source is not None and source.get("kind", "table") == "table"
        return is_table and bool(self.state.schema.modelled) and self._job() is None

    def _has_run(self) -> bool:
        return self._stage() is self.results

    def _has_views(self) -> bool:
        return self._has_run() and len(self.results.views.keys) > 1

    def _can_compare(self) -> bool:
        return self._stage() in (self.results, self.compare)

    def _can_draw(self) -> bool:
        return self._has_run() and not self.state.read_only

    def _has_readings(self) -> bool:
        return self._has_run() and bool(self.results.model.readings)

    def _can_review(self) -> bool:
        return self._has_run() and bool(self.state.threshold and self.state.threshold.count)

    def _can_add(self) -> bool:
        session = self.state.session
        return session is not None and not self.state.read_only and bool(self._missing(session))

    def _missing(self, session: Session) -> list[Case]:
        """What is chosen and not yet in the review."""
        there = {c.key for c in session.cases}
        return [Case.from_json(i) for i in self.results.views.view().chosen() if i["key"] not in there]

    def _find_now(self) -> None:
        self._find(self.question.reference(), self.question.model.value())

    def _find(self, reference: str, model: str) -> None:
        self._asking = self._closed = False
        self._compared = ""
        self.state.find_anomalies(reference, model=model)
        self._refresh()

    def _compare(self) -> None:
        """Show how well the engines find made anomalies, or the results again."""
        is_open = self._stage() is self.compare
        self._compared = "" if is_open else str((self.state.fit or {}).get("id"))
        self._refresh()
        if is_open:
            self.shown()
        else:
            self.compare.open()

    def _choose_next(self) -> None:
        path, _ = FileDialog.getOpenFileName(self, tr("gui_detect.score_another"), "", tr("gui.files.tables"))
        if path:
            self.state.open_moved(Path(path))

    def _score_next(self) -> None:
        self._asking = self._closed = False
        self._compared = ""
        self.state.score()
        self._refresh()

    def _ask_again(self) -> None:
        self._asking = True
        self._refresh()
        self.shown()

    def _leave_question(self) -> None:
        self._asking = False
        self._refresh()
        self.shown()

    def _review(self) -> None:
        self.state.start_review(self.state.threshold.count if self.state.threshold else None)

    def _show_broken(self, name: str, sentence: str) -> None:
        """The rows that break a rule, from the list of rules on the Synthesize page."""
        self.results.broken.choose(name, tr("gui_detect.rules_chip", rule=sentence))

    def _add_to_review(self) -> None:
        session = self.state.session
        if session is None:
            return
        try:
            if self.results.views.view() is self.results.groups and self.results.groups.panel.item:
                name = named(self.results.groups.panel.item)
                members = [Case.from_json(i) for i in self.results.groups.chosen()]
                self.state.did_join(session, session.gather(name, members), tr("gui.did.gathered", name=name))
            for case in self._missing(session):
                session.add(case)
        except LikenessError as error:
            self.state.failed.emit(error)
            return
        self.state.verdicts_changed.emit()
        self.state.saved.emit()

    def _close_panel(self) -> None:
        self._closed = True
        self.inspector_changed.emit()
        self.results.views.view().focus()

    def _type_area(self) -> None:
        self.results.map.toggle_form()

    def _to_budget(self) -> None:
        field = self.results.cut.field()
        field.setFocus()
        field.selectAll()

    def _export_menu(self) -> None:
        self.exporting.menu(self.export, ("file", tr("gui_detect.score_another"), self._choose_next))


PAGE = DetectPage
