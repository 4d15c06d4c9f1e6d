"""The case on the desk: what it is, why it stands here, every cell beside what was expected, its entity, its like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from core.review.queue import Case

from ..items.cells_model import CellsDelegate, CellsModel, cell_columns
from ..text import say, tr
from ..theme import px
from ..widgets import Badge, Banner, Card, Label, divider, hbox, vbox
from ..widgets.timeline import Timeline

__all__ = ["CaseCard"]


class _Head(QWidget):
    """The line above the cells, aligned with them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(28))
        names = ("field", "value", "peers", "expected", "surprise")
        self.labels = [
            Label(tr(f"gui_review.head.{n}"), "secondary_strong", "text2", elide=True, parent=self) for n in names
        ]
        self.labels[-1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for label, (x, width) in zip(self.labels, cell_columns(self.width()), strict=True):
            label.setGeometry(int(x), 0, int(width), self.height())


class CaseCard(Card):
    """Shows one case at once from the queue, and its cells when the explanation has come."""

    def __init__(self) -> None:
        super().__init__(margin=(20, 16, 20, 12), gap=8)
        self.title, self.number = Label("", "title", elide=True), Badge("", "accent")
        self.amount = Label("", "display")
        self.subtitle = Label("", "body", "text2", elide=True)
        top = hbox(gap=10)
        top.addWidget(self.title)
        top.addWidget(self.number)
        top.addStretch(1)
        top.addWidget(self.amount)
        self.reason = Banner("", "", "ember")
        self.model = CellsModel()
        self.cells = _cells_view(self.model)
        self.timeline = Timeline(tr("gui_review.timeline"))
        self.entity_title, self.entity_note = Label("", "strong", elide=True), Label("", "secondary", "text2")
        self.nearest_title = Label(tr("gui_review.nearest"), "strong")
        self.nearest = vbox(gap=2)
        self.body.addLayout(top)
        self.body.addWidget(self.subtitle)
        self.body.addWidget(self.reason)
        self.body.addWidget(_Head())
        self.body.addWidget(divider())
        self.body.addWidget(self.cells, 1)
        self._add_entity()
        self.body.addWidget(self.nearest_title)
        self.body.addLayout(self.nearest)

    def _add_entity(self) -> None:
        head = hbox(gap=8)
        head.addWidget(self.entity_title, 1)
        head.addWidget(self.entity_note)
        self.body.addLayout(head)
        self.body.addWidget(self.timeline)

    def show_case(self, case: Case, place: int) -> None:
        """What the queue knows already: title, amount, reason."""
        self.title.setText(say(case.title))
        self.number.set(tr("gui_review.case_number", number=place))
        self.amount.setText(case.amount)
        self.subtitle.setText(case.subtitle)
        self.reason.set(say(case.reason) if case.reason else tr("gui_review.no_reason"))
        self.model.show([])
        self._show_entity(None, case.row)
        self._show_nearest([])

    def show_explained(self, item: Mapping[str, Any], *, is_blind: bool = False) -> None:
        """What the model says about the case; `is_blind`: nothing that says how unusual it is as a whole."""
        if is_blind:
            item = _blind(item)
        else:
            self.reason.set(say(item["reason"]))
        self.model.show(item["cells"])
        self.cells.scrollToTop()
        self._show_entity(item.get("entity"), int(item["row"]))
        self._show_nearest(item.get("nearest") or [])

    def _show_entity(self, entity: Mapping[str, Any] | None, row: int) -> None:
        events = (entity or {}).get("events") or []
        self.timeline.setVisible(bool(events))
        self.entity_title.setVisible(bool(events))
        self.entity_note.setVisible(bool(events))
        if not entity or not events:
            return
        self.entity_title.setText(tr("gui_review.entity", column=entity["column"], value=entity["value"]))
        flagged = sum(bool(e["flagged"]) for e in events)
        self.entity_note.setText(tr("gui_review.entity_note", flagged=flagged, total=entity["total"]))
        self.entity_note.setVisible("is_blind" not in entity)
        self.timeline.set(events, row)

    def _show_nearest(self, rows: list[Mapping[str, Any]]) -> None:
        while (item := self.nearest.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        self.nearest_title.setVisible(bool(rows))
        for row in rows[:3]:
            line = QWidget()
            parts = hbox(line, gap=12)
            parts.addWidget(Label(" · ".join(map(say, row["parts"])), "secondary", "text2", elide=True), 1)
            differs = tr("gui_review.differs", columns=row["differs"]) if row["differs"] else tr("gui_review.same")
            parts.addWidget(Label(differs, "secondary", "text3"))
            self.nearest.addWidget(line)


def _blind(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item without which rows of its entity are flagged."""
    entity = item.get("entity")
    if not entity:
        return dict(item)
    events = [{**event, "flagged": False} for event in entity["events"]]
    return {**item, "entity": {**entity, "is_blind": True, "events": events}}


def _cells_view(model: CellsModel) -> QListView:
    view = QListView()
    view.setModel(model)
    view.setItemDelegate(CellsDelegate(view))
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setUniformItemSizes(True)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    view.setAccessibleName(tr("gui_review.cells"))
    view.setMinimumHeight(px(96))
    return view
