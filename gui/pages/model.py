"""Model: set some cells and see how probable they are, and what the rest should look like."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu, QStackedWidget, QWidget

from core.data.schema import ColumnSpec
from core.errors import LikenessError, SchemaError, error_from_json
from core.tasks.base import Request

from .. import requests
from ..actions import Action
from ..items.cells_model import cell_text
from ..items.example import Example, cells_of, examples, fetch
from ..items.question import question_of, tests_of
from ..panels.busy import BusyPanel
from ..panels.links import LinksPanel
from ..state import AppState
from ..text import say, tr
from ..theme import icon
from ..widgets import Button, EmptyState, vbox
from ..worker import Job
from ._asking import EDGE, AskingView, Waiting
from .base import Page

__all__ = ["PAGE", "ModelPage"]

_DRAWN: Final = 10
_CHOICES: Final = 2_000
"""Values of a category that its field offers; rarer ones can be typed."""


class ModelPage(Page):
    """Ask the model."""

    key: ClassVar[str] = "model"
    title_key: ClassVar[str] = "gui_model.rail"
    icon: ClassVar[str] = "model"
    order: ClassVar[int] = 40
    shortcut: ClassVar[str] = "Ctrl+4"

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        self.cells: dict[str, str] = {}
        self.answer: dict[str, Any] | None = None
        self.offered: dict[str, dict[str, Any]] = {}
        self._fit, self._unable, self._seed = "", "", 0
        self._filled: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self.view = AskingView(state)
        self.panel = LinksPanel()
        self.busy = BusyPanel()
        self.empty: QWidget = QWidget()
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.top, _, _ = self.header(tr("gui_model.title"), tr("gui_model.subtitle"))
        self.likeliest = Button(tr("gui_model.likeliest"), "check")
        self.draw = Button(tr("gui_model.draw", rows=_DRAWN), "dice", "primary", "D")
        for button in (self.likeliest, self.draw):
            self.top.addWidget(button)
        self.stack = QStackedWidget()
        self.waiting = Waiting()
        for part in (self.waiting, self.view, self.busy, self.empty):
            self.stack.addWidget(part)
        self.top.setContentsMargins(0, 0, self.px(EDGE), 0)
        column = vbox(self, margin=(24, 16, 24 - EDGE, 16), gap=12)
        column.addLayout(self.top)
        column.addWidget(self.stack, 1)

    def _connect(self) -> None:
        state, view = self.state, self.view
        self.likeliest.clicked.connect(self._show_likeliest)
        self.draw.clicked.connect(self._draw)
        view.set_cells.wished.connect(self._wished)
        view.set_cells.cleared.connect(self._clear)
        view.set_cells.fill_wished.connect(self._fill_menu)
        view.set_cells.copy_wished.connect(self._copy)
        view.saved.chosen.connect(self._ask_saved)
        self.panel.chosen.connect(view.set_cells.focus)
        for signal in (state.source_changed, state.fit_changed, state.project_changed):
            signal.connect(self._refresh)
        state.history_changed.connect(self._travelled)
        state.job_changed.connect(self._job_changed)

    # the contract of a page

    def actions(self) -> list[Action]:
        here, why = self.key, "gui_model.why_not"
        return [
            Action("model.draw", "gui_model.draw", self._draw, "dice", ("D",), self._can_ask, here, why,
                   {"rows": _DRAWN}),
            Action("model.likeliest", "gui_model.likeliest", self._show_likeliest, "check", ("M",), self._can_ask, here,
                   why),
            Action("model.set", "gui_model.set_action", self._to_cells, "filter", ("S", "/"), self._can_ask, here, why),
            Action("model.tree", "gui_model.to_tree", self._to_tree, "model", ("T",), self._can_ask, here, why),
            Action("model.clear", "gui_model.clear_all", self._clear, "x", (), lambda: bool(self.cells), here),
            Action("model.fill", "gui_model.fill", self._fill_menu, "data", ("R",), self._can_ask, here, why),
            Action("model.save", "gui_model.save_question", self.view.saved.keep, "pin", (),
                   self.view.saved.can_keep, here),
            Action("model.copy", "gui_model.copy_command", self._copy, "copy", ("C",), self._can_ask, here, why),
        ]

    def primary(self) -> Action:
        if self._can_ask():
            return self.actions()[0]
        return Action("model.learn", "gui_model.learn", self._learn, "detect", page=self.key)

    def inspector(self) -> QWidget | None:
        return self.panel if self._can_ask() else None

    def keys(self) -> list[tuple[str, str]]:
        return [("Enter", tr("gui_model.key.set")), ("↓", tr("gui_model.key.list")),
                ("← → ↑ ↓", tr("gui_model.key.tree"))]

    def shown(self) -> None:
        if self._can_ask():
            self.draw.setFocus()  # no field: there D, M and the other keys would be letters

    # what is on show

    def _can_ask(self) -> bool:
        return self.answer is not None

    def _job(self) -> Job | None:
        """The fit under way."""
        return next((j for j in self.state.worker.running if j.request.task == "fit"), None)

    def _refresh(self) -> None:
        """Another table or fit: ask it anew."""
        fit = str((self.state.fit or {}).get("id", ""))
        if fit != self._fit or (self.answer is None and fit != self._unable):
            self._fit, self.answer, self._unable, self.offered = fit, None, "", {}
            self.cells = self._kept()
            if fit:
                self._ask()
        self._stage()

    def _kept(self) -> dict[str, str]:
        """The cells that were set, as far as the table still has them."""
        kept = self.state.position(self.key).get("cells") or {}
        return {n: str(t) for n, t in kept.items() if n in self.state.schema.names}

    def _stage(self) -> None:
        job = self._job()
        able = self._can_ask()
        for button in (self.likeliest, self.draw):
            button.setVisible(able)
        if able:
            self.stack.setCurrentWidget(self.view)
        elif job is not None:
            self.busy.show_job(job)
            self.stack.setCurrentWidget(self.busy)
        elif not self._fit or self._unable:
            self._show_empty()
        else:
            self.stack.setCurrentWidget(self.waiting)
        self.inspector_changed.emit()

    def _show_empty(self) -> None:
        """What is missing, and the way to it."""
        state = self.state
        which = "no_table" if state.source is None else "unable" if self._unable else "no_fit"
        go = Button(tr("gui_model.open" if state.source is None else "gui_model.learn"),
                    "folder" if state.source is None else "detect", "primary", "Ctrl+Enter")
        go.clicked.connect(self._learn)
        steps = [
            ("data", tr("gui_model.step.open"), str((state.source or {}).get("name", "")), state.source is not None),
            ("detect", tr("gui_model.step.learn"), "", False), ("model", tr("gui_model.step.ask"), "", False),
        ]
        fresh = EmptyState("model", tr(f"gui_model.{which}"), tr(f"gui_model.{which}_text"), steps, go)
        self.stack.removeWidget(self.empty)
        self.empty.deleteLater()
        self.empty = fresh
        self.stack.addWidget(fresh)
        self.stack.setCurrentWidget(fresh)

    def _job_changed(self, job: Job) -> None:
        if job.request.task == "fit" and not self._can_ask():
            self._stage()

    def _learn(self) -> None:
        """Fit again as before; the first time, Detect asks what it must know."""
        state = self.state
        if state.source is None:
            state.page_wanted.emit("start")
        elif self._unable:
            state.find_anomalies(str((state.fit or {}).get("reference") or "mixed"))
            self._stage()
        else:
            state.page_wanted.emit("detect")

    # asking

    def _request(self, *, rows: int = 0, listed: int = 0) -> Request:
        where = question_of(self.cells, self.state.schema).to_text()
        return requests.make("ask", project=str(self.state.path), fit=self._fit, where=where, rows=rows,
                             seed=self._seed if rows else 0, choices=listed)

    def _ask(self) -> None:
        """Ask about the cells as they are set; a newer question takes the place of this one."""
        try:
            request = self._request(listed=0 if self.offered else _CHOICES)
        except LikenessError as error:
            self._refused(error)
            return
        self.state.worker.ask(request, "ask", self._heard, self._refused)

    def _heard(self, answer: dict[str, Any]) -> None:
        if answer["fit"] != self._fit:
            return
        is_first = self.answer is None
        self.answer = answer
        if not self.offered:
            self.offered = {c["name"]: c for c in answer["columns"]}
            self.view.set_cells.show_specs([self.state.schema[n] for n in self.offered if n in self.state.schema.names])
            self.view.set_cells.offer(self.offered)
            self.panel.show_links(list(self.offered), answer["edges"])
        self._show_cells()
        filled, actual = self._filled
        self.view.show_answer(answer, self._specs(), actual if filled == self.cells else {})
        self._show_saved()
        if is_first:
            self._stage()
            if self.isVisible():
                self.shown()

    def _refused(self, error: LikenessError) -> None:
        if error.key == "models.no_answers":
            self._unable = self._fit
            self._stage()
        elif self.answer is None and self.cells:
            self.cells = {}  # kept from another fit, which knew columns or values this one does not
            self._ask()
        elif self.answer is None:
            self.state.failed.emit(error)
        else:
            self._show_cells(wrong=self._wrong(error))
            self._show_saved()
            self.view.show_problem(say(error.messages[0]), say(error.messages[2]))

    def _wrong(self, error: LikenessError) -> str:
        """The column whose cell cannot be asked."""
        named = str(error.values.get("column", ""))
        if named in self.cells:
            return named
        for name, text in self.cells.items():
            try:
                tests_of(self.state.schema[name], text)
            except SchemaError:
                return name
        return ""

    def _specs(self) -> dict[str, ColumnSpec]:
        return {spec.name: spec for spec in self.state.schema}

    def _show_cells(self, wrong: str = "") -> None:
        self.view.set_cells.set_cells(self.cells, wrong)
        self.panel.set_cells(self.cells)

    # setting cells

    def _wished(self, column: str, text: str) -> None:
        cells = {n: t for n, t in self.cells.items() if n != column or text}
        self._set({**cells, column: text} if text else cells)

    def _clear(self) -> None:
        self._set({})
        self._to_cells()

    def _set(self, cells: dict[str, str]) -> None:
        """Set cells, noted for undo."""
        before, state, key = self.cells, self.state, self.key
        if cells == before and list(cells) == list(before):
            return
        self.cells = cells
        state.remember(key, cells=cells)
        state.did(tr("gui_model.did"), lambda: state.remember(key, cells=before),
                  lambda: state.remember(key, cells=cells))
        self._show_cells()
        self._ask()

    def _travelled(self) -> None:
        """Undo and redo change what is remembered; the page follows."""
        kept = self._kept()
        if self.answer is not None and kept != self.cells:
            self.cells = kept
            self._show_cells()
            self._ask()

    # rows

    def _draw(self) -> None:
        """Ten rows like this, and ten others the next time."""
        if not self._can_ask():
            return
        try:
            request = self._request(rows=_DRAWN)
        except LikenessError as error:
            self._refused(error)
            return
        self._seed += 1
        self.state.worker.ask(request, "ask_rows", self._drawn, self._refused)

    def _drawn(self, answer: dict[str, Any]) -> None:
        title, drawn = tr("gui_model.drawn", rows=_DRAWN), answer["drawn"]
        card = self.view.drawn
        if drawn is None:
            card.show_refusal(title, tr("gui_model.no_such_row"), tr("gui_model.widen"))
        elif drawn["refused"]:
            error = error_from_json(drawn["refused"])
            card.show_refusal(title, say(error.messages[0]), say(error.messages[2]))
        else:
            card.show_rows(title, tr("gui_model.drawn_note"), drawn["columns"], drawn["rows"], self.state.schema)
        self.view.to_top()

    def _show_likeliest(self) -> None:
        """One row of each column's likeliest value."""
        if self.answer is None:
            return
        columns = self.answer["columns"]
        row = [c["likeliest"]["text"] or {"missing": "null"} for c in columns]
        self.view.drawn.show_rows(tr("gui_model.likeliest"), tr("gui_model.likeliest_note"),
                                  [c["name"] for c in columns], [row], self.state.schema)
        self.view.to_top()

    def _fill_menu(self) -> None:
        """Choose which row to take."""
        menu = QMenu(self)
        for example in examples(self.state):
            menu.addAction(icon(example.page), example.text).triggered.connect(
                lambda _=False, e=example: self._fill_from(e))
        button = self.view.set_cells.fill
        menu.exec(button.mapToGlobal(QPoint(0, button.height())))

    def _fill_from(self, example: Example) -> None:
        def took(names: Any, row: Any, open_column: str | None) -> None:
            cells = cells_of(names, row, self.offered, self._specs())
            wanted = {n: t for n, t in cells.items() if n != open_column}
            left = {n: cell_text(c) for n, c in zip(names, row, strict=True) if n == open_column}
            self._filled = (wanted, left)
            self._set(wanted)

        fetch(self.state, example, took)

    # commands, saved questions, where the focus goes

    def _copy(self) -> None:
        if self._can_ask():
            QApplication.clipboard().setText(self._request().command())
            self.view.say_copied()

    def _show_saved(self) -> None:
        """The question can be saved once the answer on show is that to the cells as they are set."""
        try:
            where = question_of(self.cells, self.state.schema).to_text()
        except SchemaError:
            where = None
        answer = self.answer or {}
        self.view.saved.show_question(self.cells, answer["probability"] if answer.get("where") == where else None)

    def _ask_saved(self, cells: dict[str, str]) -> None:
        self._set({n: t for n, t in cells.items() if n in self.offered})

    def _to_cells(self) -> None:
        self.view.set_cells.focus(next(iter([*self.cells, *self.view.set_cells.lines]), ""))

    def _to_tree(self) -> None:
        self.panel.tree.focus_first()


PAGE = ModelPage
