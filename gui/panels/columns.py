"""Which columns a grid shows, and in which order: a list one ticks and moves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QWidget

from ..text import tr
from ..theme import color, font, px
from ..widgets import Button, Label, box, hbox, painter_of, vbox

__all__ = ["ColumnsPopup"]

_NAME = Qt.ItemDataRole.UserRole


class _List(QListWidget):
    """Space ticks, Alt with an arrow moves, and so does the mouse."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in steps and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.move_current(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def move_current(self, by: int) -> None:
        """Move the current line up (-1) or down (1)."""
        row = self.currentRow()
        if 0 <= row + by < self.count() and row >= 0:
            self.insertItem(row + by, self.takeItem(row))
            self.setCurrentRow(row + by)


class ColumnsPopup(QFrame):
    """Opens below a button; each change holds at once.

    Signals:
        changed: names of the columns on show, in order; none: as at first.
    """

    changed = Signal(list)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(tr("gui_detect.columns"))
        column = vbox(self, margin=12, gap=8)
        column.addWidget(Label(tr("gui_detect.columns_text"), "secondary", "text2", wrap=True))
        self.list = _List()
        self.list.setAccessibleName(tr("gui_detect.columns"))
        self.list.setFont(font("body"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setFixedSize(px(280), px(300))
        column.addWidget(self.list)
        row = hbox(gap=8)
        for icon, words, by in (("up", tr("gui_detect.columns_up"), -1), ("dn", tr("gui_detect.columns_down"), 1)):
            button = Button(words, icon, "quiet", small=True)
            button.clicked.connect(lambda _=False, step=by: self.list.move_current(step))
            row.addWidget(button)
        row.addStretch(1)
        self.reset = Button(tr("gui_detect.columns_reset"), kind="link", small=True)
        self.reset.clicked.connect(lambda _=False: self.changed.emit([]))
        row.addWidget(self.reset)
        column.addLayout(row)
        self._pause = QTimer(self, singleShot=True, interval=0)  # a line that is dragged is there twice for a moment
        self._pause.timeout.connect(self._tell)
        for happened in (self.list.itemChanged, self.list.model().rowsInserted, self.list.model().rowsRemoved):
            happened.connect(lambda *_: self._pause.start())

    def show_columns(self, columns: Sequence[tuple[str, str, bool]]) -> None:
        """Fill the list with (name, title, is shown)."""
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for name, title, is_shown in columns:
            line = QListWidgetItem(title)
            line.setData(_NAME, name)
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            line.setCheckState(Qt.CheckState.Checked if is_shown else Qt.CheckState.Unchecked)
            line.setSizeHint(QSize(px(240), px(28)))
            self.list.addItem(line)
        self.list.setCurrentRow(0)
        self.list.blockSignals(blocked)
        self._pause.stop()

    def names(self) -> list[str]:
        """What is ticked, in order."""
        lines = [self.list.item(i) for i in range(self.list.count())]
        return [line.data(_NAME) for line in lines if line.checkState() == Qt.CheckState.Checked]

    def open_below(self, button: QWidget) -> None:
        """Open, its right end below the button's."""
        self.adjustSize()
        self.move(button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + px(4))))
        self.show()
        self.list.setFocus()

    def _tell(self) -> None:
        if names := self.names():  # a grid without columns would leave nothing to press
            self.changed.emit(names)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(8), color("raised"), color("border"))
        painter.end()
