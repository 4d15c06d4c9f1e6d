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
from .related import RelatedRows

__all__ = ["CaseCard"]

_LINE, _LOW_LINE = 48, 38
"""Heights of a cell's line: where four of them fit, and where they do not."""
_ROOMY = 4


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
        self.group = Badge("", "plain", icon="data")
        self.group.hide()
        top.addWidget(self.group)
        top.addStretch(1)
        top.addWidget(self.amount)
        self.reason = Banner("", "", "ember")
        self.model = CellsModel()
        self.cells = _cells_view(self.model)
        self.related = RelatedRows()
        self.body.addLayout(top)
        self.body.addWidget(self.subtitle)
        self.body.addWidget(self.reason)
        self.body.addWidget(_Head())
        self.body.addWidget(divider())
        self.body.addWidget(_Whole(self.cells), 1)
        self.body.addWidget(self.related)

    def show_place(self, place: int) -> None:
        """Where the case stands in the queue."""
        self.number.set(tr("gui_review.case_number", number=place))

    def show_case(self, case: Case, place: int) -> None:
        """What the queue knows already: title, amount, reason."""
        self.title.setText(say(case.title))
        self.show_place(place)
        self.amount.setText(case.amount)
        self.subtitle.setText(case.subtitle)
        self.reason.set(say(case.reason) if case.reason else tr("gui_review.no_reason"))
        self.model.show([])
        self.related.clear(case.row)

    def show_group(self, group: tuple[str, tuple[str, ...]] | None) -> None:
        """The group it joined the queue with, which can be decided at once."""
        self.group.setVisible(group is not None)
        if group is not None:
            self.group.set(tr("gui_desk.group_badge", n=len(group[1])))
            self.group.setToolTip(tr("gui_desk.group_tip", name=group[0]))

    def show_explained(self, item: Mapping[str, Any], *, is_blind: bool = False) -> None:
        """What the model says about the case; `is_blind`: nothing that says how unusual it is as a whole."""
        if not is_blind:
            self.reason.set(say(item["reason"]))
        self.model.show(item["cells"])
        self.cells.scrollToTop()
        self.related.show_linked(item.get("entity"), is_blind=is_blind)
        self.related.show_nearest(item.get("nearest") or [])


class _Whole(QWidget):
    """Holds the cells so that none is cut: as many whole lines as fit, lower ones in little room."""

    def __init__(self, view: QListView) -> None:
        super().__init__()
        self.view = view
        column = vbox(self, gap=0)
        column.addWidget(view)
        column.addStretch(1)
        self.setMinimumHeight(px(_LINE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        line = px(_LINE if self.height() >= _ROOMY * px(_LINE) else _LOW_LINE)
        self.view.itemDelegate().set_line(line)
        self.view.setFixedHeight(max(self.height() // line, 1) * line)


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
    return view
