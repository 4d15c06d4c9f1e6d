"""The card of the map: the picture, the same rows as a short list beside it, and fields that do what the mouse does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ..items.pages_model import PagesModel
from ..text import tr
from ..theme import px
from ..widgets import Button, Label, NumberField, hbox
from ..widgets.density import DensityMap
from .beside import PictureCard

__all__ = ["AreaForm", "MapCard", "axis_words"]


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


class MapCard(PictureCard):
    """Shows what the page tells it.

    Args:
        model: the ranked rows. selection: which of them is the current one, shared with the page's grid.
        on_open: what Enter in the list does.
    """

    def __init__(self, model: PagesModel, selection: QItemSelectionModel, on_open: Callable[[], None]) -> None:
        self.map = DensityMap(tr("gui_detect.map.name"))
        hints = [(["←", "→"], tr("gui_detect.map.hint_rank")), (["L"], tr("gui_detect.map.hint_area"))]
        super().__init__(
            tr("gui_detect.view.map"), tr("gui_detect.map.legend"), self.map, model, selection, on_open, hints)
        self.area = Button(tr("gui_detect.area"), "filter", small=True)
        self.area.clicked.connect(lambda _=False: self.toggle_form())
        self.bar.addWidget(self.area)
        self.form = AreaForm()
        self.form.closed.connect(self.toggle_form)
        self.body.insertWidget(1, self.form)

    def toggle_form(self) -> None:
        """Open or close the fields for an area."""
        self.form.setVisible(self.form.isHidden())
        (self.map if self.form.isHidden() else self.form.fields[0]).setFocus(Qt.FocusReason.ShortcutFocusReason)
