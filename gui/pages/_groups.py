"""The groups of a run: asks for them when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from core.errors import LikenessError

from .. import requests
from ..items.grid import GridCard, GridView
from ..items.groups import GroupsModel
from ..items.header import GridHeader
from ..items.pages_model import Page as Rows
from ..panels.group import GroupPanel
from ..state import AppState
from ..text import say, tr
from ..widgets import Button, Label, vbox

if TYPE_CHECKING:
    from ._results import ResultsView

__all__ = ["GroupsView"]


class GroupsView(GridCard):
    """A view of the Detect page.

    Args:
        state: where questions go.
        results: the ranked rows, to which a row of a group leads.
    """

    def __init__(self, state: AppState, results: ResultsView) -> None:
        self.model = GroupsModel(self._fetch)
        self.grid = GridView(self.model, GridHeader, name=tr("gui_detect.groups.grid"))
        hints = [(["J", "K"], tr("gui_detect.hint.move")), (["A"], tr("gui_detect.groups.hint_add"))]
        super().__init__(self.grid, hints=hints, place="gui_detect.groups.place")
        self.state, self.results = state, results
        self.run_id, self.answer = "", {"tested": 0, "by_chance": 0.0, "held": 0, "total": 0}
        self.panel = GroupPanel()
        self.grid.stretch, self.grid.least = "reason", 200
        self._ask = QTimer(self, singleShot=True, interval=60)
        self._ask.timeout.connect(self._ask_members)
        self.title, self.count = Label(tr("gui_detect.groups.title"), "section"), Label("", "body", "text2", elide=True)
        self.show_top(self.title, self.count)
        self.bar.setStretch(1, 1)
        self.empty = self._no_keys()
        self.body.insertWidget(1, self.empty, 1)
        self.empty.hide()
        self.model.answered.connect(self._answered)
        self.model.refused.connect(self._refused)
        self.grid.moved.connect(lambda row, _: self._chosen(row))
        self.grid.opened.connect(lambda _: self.panel.close_button.setFocus())
        self.panel.rank_wished.connect(self._go_to_rank)

    def _no_keys(self) -> QWidget:
        """What to do where nothing says which rows belong together; low, since the card may be."""
        go = Button(tr("gui_detect.groups.to_data"), "data", "primary")
        go.clicked.connect(lambda _=False: self.state.page_wanted.emit("data"))
        made = QWidget()
        made.setFocusProxy(go)
        column = vbox(made, margin=(15, 8, 15, 8), gap=10)
        column.addStretch(1)
        column.addWidget(Label(tr("groups.no_keys.what"), "section"))
        column.addWidget(Label(tr("groups.no_keys.fix"), "body", "text2", wrap=True))
        column.addWidget(go, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(2)
        return made

    # the contract of a view

    def inspector(self) -> QWidget | None:
        """About the current group."""
        return self.panel if self.panel.item is not None else None

    def chosen(self) -> list[dict[str, Any]]:
        """All rows of the current group."""
        return self.panel.members

    def focus(self) -> None:
        """To the groups, or to the way on where there are none."""
        (self.grid if self.empty.isHidden() else self.empty).setFocus()

    def shown(self) -> None:
        """The card came up: ask for the groups of the run on show, once."""
        if self.run_id == self.results.run_id:
            return
        self.run_id = self.results.run_id
        self.panel.clear()
        self._show_empty(on=False)
        self.count.setText(tr("gui_detect.groups.looking"))
        self.grid.nothing = ""
        self.model.clear()
        self.model.restart()

    # what is shown

    def _fetch(
        self, start: int, count: int, on_done: Callable[[Rows], None], on_failed: Callable[[LikenessError], None],
    ) -> None:
        request = requests.make("groups", project=str(self.state.path), run=self.run_id, start=start, count=count)

        def arrived(answer: dict[str, Any]) -> None:
            self.answer = {k: answer[k] for k in self.answer}
            on_done(Rows(answer["total"], answer["items"]))

        self.state.worker.ask(request, "groups", arrived, on_failed)

    def _answered(self, total: int) -> None:
        key = "gui_detect.groups.count" if total else "gui_detect.groups.count_none"
        self.count.setText(tr(key, total=total, held=self.answer["held"], chance=self.answer["by_chance"]))
        self.grid.nothing = tr("gui_detect.groups.none", tested=self.answer["tested"])
        self.grid.fit_columns()
        self.say_place()
        self.grid.select(0)
        self.results.selected.emit()

    def _refused(self, error: LikenessError) -> None:
        if error.key == "groups.no_keys":
            self.count.setText("")
            self._show_empty(on=True)
        else:
            self.run_id = ""
            self.count.setText(say(error.messages[0]))
        self.results.selected.emit()

    def _show_empty(self, *, on: bool) -> None:
        self.empty.setVisible(on)
        self.grid.setVisible(not on)
        self.foot.setVisible(not on)

    def _chosen(self, row: int) -> None:
        item = self.model.held(row)
        if item is not None:
            self.panel.show_item(item, self.answer)
            self._ask.start()
        self.results.selected.emit()

    def _ask_members(self) -> None:
        item = self.panel.item
        if item is None:
            return
        request = requests.make("groups", project=str(self.state.path), run=self.run_id, group=item["group"])
        self.state.worker.ask(request, "group", self._members, self._refused)

    def _members(self, answer: dict[str, Any]) -> None:
        self.panel.show_members(answer)
        self.results.selected.emit()

    def _go_to_rank(self, rank: int) -> None:
        self.results.views.go("rows")
        self.results.go_to_rank(rank)
        self.results.focus()
