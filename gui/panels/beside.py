"""A card with a picture of all rows and the ranked rows as a short list beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from ..items.grid import GridView
from ..items.header import GridHeader
from ..items.pages_model import PagesModel
from ..text import tr
from ..theme import px
from ..widgets import Card, KeyCap, Label, divider, hbox, vbox

__all__ = ["PictureCard"]

_LIST = ("rank", "score", "reason")
_ROOM = 720
"""Design pixels of the card from which the list has room beside the picture."""


class PictureCard(Card):
    """Bar, picture and list, footer.

    Args:
        title: of the card. legend: what the picture's marks mean.
        picture: the widget.
        model: the ranked rows. selection: which of them is the current one, shared with the page's grid.
        on_open: what Enter in the list does.
        hints: (keys, words) of the footer.
    """

    def __init__(
        self, title: str, legend: str, picture: QWidget, model: PagesModel, selection: QItemSelectionModel,
        on_open: Callable[[], None], hints: Sequence[tuple[Sequence[str], str]],
    ) -> None:
        super().__init__(margin=(1, 1, 1, 1), gap=0)
        top = QWidget()
        self.bar = hbox(top, margin=(15, 10, 12, 10), gap=8)
        self.title, self.count = Label(title, "section"), Label("", "body", "text2")
        self.bar.addWidget(self.title)
        self.bar.addWidget(self.count)
        self.list = GridView(model, GridHeader, name=tr("gui_detect.beside", title=title))
        self.list.only, self.list.stretch, self.list.least = _LIST, "reason", 120
        self.list.setSelectionModel(selection)
        self.list.opened.connect(lambda _: on_open())
        self.body.addWidget(top)
        row = hbox(gap=0)
        self.held = QWidget()
        vbox(self.held, margin=(15, 0, 12, 0)).addWidget(picture)
        row.addWidget(self.held, 62)
        self.line = divider(vertical=True)
        row.addWidget(self.line)
        row.addWidget(self.list, 38, Qt.AlignmentFlag.AlignTop)
        self._fit = QTimer(self, singleShot=True, interval=0)
        self._fit.timeout.connect(self._whole_rows)
        self.body.addLayout(row, 1)
        self.body.addWidget(self._foot(legend, hints))

    def _foot(self, legend: str, hints: Sequence[tuple[Sequence[str], str]]) -> QWidget:
        foot = QWidget()
        row = hbox(foot, margin=(15, 6, 12, 8), gap=12)
        self.legend = Label(legend, "secondary", "text2", elide=True)
        row.addWidget(self.legend, 1)
        for keys, words in hints:
            group = hbox(gap=4)
            for key in keys:
                group.addWidget(KeyCap(key))
            group.addWidget(Label(words, "secondary", "text2"))
            row.addLayout(group)
        return foot

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for part in (self.line, self.list):
            part.setVisible(self.width() >= px(_ROOM))
        self._fit.start()

    def _whole_rows(self) -> None:
        """The list is as high as the picture, and no row of it is cut."""
        head, row = self.list.head.height(), self.list.row_height()
        self.list.setFixedHeight(head + max((self.held.height() - head) // row, 1) * row)
