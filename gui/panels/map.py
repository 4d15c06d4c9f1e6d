"""The card of the map: the picture, the same rows as a short list beside it, and fields that do what the mouse does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ..items.grid import GridView
from ..items.header import GridHeader
from ..items.pages_model import PagesModel
from ..text import tr
from ..theme import px
from ..widgets import Button, Card, KeyCap, Label, NumberField, divider, hbox, vbox
from ..widgets.density import DensityMap

__all__ = ["AreaForm", "MapCard", "axis_words"]

_LIST = ("rank", "score", "reason")
_ROOM = 720
"""Design pixels of the card from which the list has room beside the picture."""


def axis_words(key: str, axis: Sequence[Sequence[Any]]) -> str:
    """What lies further along an axis: `unusual by amount (62%) and hour (21%)`."""
    parts = [tr("gui_detect.map.part", column=str(name), share=float(share)) for name, share in axis]
    if not parts:
        return tr(f"gui_detect.map.{key}_none")
    return tr(f"gui_detect.map.{key}", parts=", ".join(parts))


class AreaForm(QWidget):
    """An area of the map in numbers, for the keyboard: from and to, along both axes, in percent of the picture.

    Signals:
        wanted: (left, right, bottom, top) as shares. closed: Esc was pressed.
    """

    wanted = Signal(float, float, float, float)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = hbox(self, margin=(15, 0, 12, 8), gap=8)
        self.fields: list[NumberField] = []
        for axis in ("across", "up"):
            row.addWidget(Label(tr(f"gui_detect.area.{axis}"), "secondary", "text2"))
            for end, value in (("from", 50), ("to", 100)):
                field = NumberField(value, 0, 100, name=tr(f"gui_detect.area.{axis}_{end}"), step=5)
                field.setSuffix("%")
                field.setFixedWidth(px(64))
                self.fields.append(field)
                row.addWidget(field)
        self.keep = Button(tr("gui_detect.area.keep"))
        self.keep.clicked.connect(lambda _=False: self._keep())
        row.addWidget(self.keep)
        row.addStretch(1)
        self.hide()

    def _keep(self) -> None:
        left, right, bottom, top = (f.value() / 100 for f in self.fields)
        self.wanted.emit(min(left, right), max(left, right), min(bottom, top), max(bottom, top))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._keep()
        else:
            super().keyPressEvent(event)


class MapCard(Card):
    """Shows what the page tells it.

    Args:
        model: the ranked rows. selection: which of them is the current one, shared with the page's grid.
        on_open: what Enter in the list does.
    """

    def __init__(self, model: PagesModel, selection: QItemSelectionModel, on_open: Callable[[], None]) -> None:
        super().__init__(margin=(1, 1, 1, 1), gap=0)
        top = QWidget()
        self.bar = hbox(top, margin=(15, 10, 12, 10), gap=8)
        self.title, self.count = Label(tr("gui_detect.view.map"), "section"), Label("", "body", "text2", elide=True)
        self.area = Button(tr("gui_detect.area"), "filter", small=True)
        self.area.clicked.connect(lambda _=False: self.toggle_form())
        for part in (self.title, self.count, self.area):
            self.bar.addWidget(part)
        self.form = AreaForm()
        self.form.closed.connect(self.toggle_form)
        self.map = DensityMap(tr("gui_detect.map.name"))
        self.list = GridView(model, GridHeader, name=tr("gui_detect.map.list"))
        self.list.only, self.list.stretch, self.list.least = _LIST, "reason", 120
        self.list.setSelectionModel(selection)
        self.list.opened.connect(lambda _: on_open())
        self.body.addWidget(top)
        self.body.addWidget(self.form)
        self.body.addLayout(self._middle(), 1)
        self.body.addWidget(self._foot())

    def _middle(self) -> Any:
        row = hbox(gap=0)
        held = QWidget()
        vbox(held, margin=(15, 0, 12, 0)).addWidget(self.map)
        row.addWidget(held, 62)
        self.line = divider(vertical=True)
        row.addWidget(self.line)
        row.addWidget(self.list, 38)
        return row

    def _foot(self) -> QWidget:
        foot = QWidget()
        row = hbox(foot, margin=(15, 6, 12, 8), gap=12)
        row.addWidget(Label(tr("gui_detect.map.legend"), "secondary", "text2", elide=True), 1)
        for keys, words in ((["←", "→"], tr("gui_detect.map.hint_rank")), (["L"], tr("gui_detect.map.hint_area"))):
            group = hbox(gap=4)
            for key in keys:
                group.addWidget(KeyCap(key))
            group.addWidget(Label(words, "secondary", "text2"))
            row.addLayout(group)
        return foot

    def toggle_form(self) -> None:
        """Open or close the fields for an area."""
        self.form.setVisible(self.form.isHidden())
        (self.map if self.form.isHidden() else self.form.fields[0]).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for part in (self.line, self.list):
            part.setVisible(self.width() >= px(_ROOM))
