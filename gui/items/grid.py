"""A grid: whole rows, no grid lines, a header that may profile its columns, a footer that says where one is."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLayout,
    QSizePolicy,
    QTableView,
    QWidget,
)

from ..text import tr
from ..theme import color, font, px
from ..widgets import Card, KeyCap, Label, box, hbox
from .delegate import GridDelegate
from .header import GridHeader
from .pages_model import PagesModel

__all__ = ["GridCard", "GridView"]

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class GridView(QTableView):
    """Rows of a `PagesModel`. J, K and the arrows move; Enter opens; Ctrl+C copies the row.

    Args:
        model: what to show.
        header: its header class.
        name: what a screen reader says.
        chooses_columns: left and right choose a column, which gets a ring.

    Attributes:
        stretch: name of the column that takes the room that is left. least: what it keeps, in design pixels.
        nothing: what stands where there are no rows.
        only: names of the columns on show; none: all of the model's.
    """

    opened = Signal(int)
    moved = Signal(int, int)
    """The current row and column."""
    scrolled = Signal()

    def __init__(
        self, model: PagesModel, header: type[GridHeader], *, name: str, chooses_columns: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.chooses_columns = chooses_columns
        self.stretch, self.least, self.nothing = "", 160, ""
        self.only: tuple[str, ...] = ()
        self._ringed = self._is_resized = self._fitting = False
        self.paint_delegate = GridDelegate(self)
        self.paint_delegate.rings_cells = chooses_columns
        self.setItemDelegate(self.paint_delegate)
        self.setModel(model)
        self.pages = model
        self.head = header(self)
        self.setHorizontalHeader(self.head)
        self._plain()
        self.head.sectionResized.connect(lambda *_: self._section_resized())
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(self.scrolled)
            bar.rangeChanged.connect(self.scrolled)

    def _plain(self) -> None:
        self.setFont(font("body"))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setCornerWidget(QWidget())
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(px(24))
        rows.setDefaultSectionSize(px(self.paint_delegate.row_height))
        self.head.setFixedHeight(px(self.head.high))
        self.head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    def row_height(self) -> int:
        """Pixels of a row."""
        return self.verticalHeader().defaultSectionSize()

    def fit_columns(self) -> None:
        """Give each column the width it asks for; `stretch` takes what is left or lacks, else all share the rest."""
        columns = self.pages.columns
        hidden = [bool(self.only) and c.name not in self.only for c in columns]
        self._fitting = True
        for i, is_hidden in enumerate(hidden):
            self.setColumnHidden(i, is_hidden)
        self._fitting = False
        if not columns or self._is_resized:
            return
        widths = [0 if hidden[i] else px(c.width) + (px(8) if i == 0 else 0) for i, c in enumerate(columns)]
        spare, wide = self.viewport().width() - sum(widths), self.pages.column_of(self.stretch)
        if wide >= 0:
            widths[wide] = max(widths[wide] + spare, px(self.least))
        elif spare < 0 and -spare < 0.1 * sum(widths):  # a little tighter rather than a column cut off
            widths = [w + spare * w // sum(widths) for w in widths]
        elif spare > 0:
            widths = [w + spare // len(columns) for w in widths]
            widths[-1] += self.viewport().width() - sum(widths)
        self._fitting = True
        for i, width in enumerate(widths):
            if not hidden[i]:
                self.setColumnWidth(i, width)
        self._fitting = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    def reset(self) -> None:
        super().reset()
        if self.only:  # a header that is set anew shows all columns again
            self.fit_columns()

    def _section_resized(self) -> None:
        """A width the user chose is kept."""
        self._is_resized = self._is_resized or not self._fitting

    def seen(self) -> tuple[int, int]:
        """First and last row in sight; (0, -1) when there are none."""
        first = self.rowAt(0)
        if first < 0:
            return 0, -1
        last = self.rowAt(self.viewport().height() - 1)
        return first, (last if last >= 0 else self.model().rowCount() - 1)

    def select(self, row: int, column: int | None = None) -> None:
        """Make a row the current one and bring it in sight; sideways the view stays unless a column is named."""
        if 0 <= row < self.model().rowCount():
            across = self.horizontalScrollBar().value()
            place = max(self.currentIndex().column(), 0) if column is None else column
            index = self.model().index(row, place)
            self.setCurrentIndex(index)
            self.scrollTo(index)
            if column is None:
                self.horizontalScrollBar().setValue(across)

    def step(self, by: int) -> None:
        """Move the selection by rows."""
        last = self.model().rowCount() - 1
        self.select(min(max(self.currentIndex().row() + by, 0), last))

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.isValid():
            self.moved.emit(current.row(), current.column())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and key in (Qt.Key.Key_J, Qt.Key.Key_K):
            self.step(1 if key == Qt.Key.Key_J else -1)
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.currentIndex().row())
        elif key == Qt.Key.Key_C and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._copy()
        elif event.text() and event.text().isprintable() and key != Qt.Key.Key_Space:
            event.ignore()  # single keys belong to the page; a grid of pages has nothing to search by letter
        else:
            super().keyPressEvent(event)

    def _copy(self) -> None:
        row = self.currentIndex().row()
        cells = [str(self.model().index(row, c).data() or "") for c in range(self.model().columnCount())]
        QApplication.clipboard().setText("\t".join(cells))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._ringed = event.reason() in _BY_KEY
        if not self.currentIndex().isValid() and self.model().rowCount():
            self.select(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ringed = False
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.nothing and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(font("body"))
            painter.setPen(color("text2"))
            room = self.viewport().rect().adjusted(px(16), px(24), -px(16), 0)
            top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(room, top | Qt.TextFlag.TextWordWrap, self.nothing)
            painter.end()
        if self._ringed:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box(painter, self.viewport().rect().adjusted(1, 1, -1, -1), px(4), None, color("accent_line"), 2)
            painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()


class GridCard(Card):
    """A card with a grid, whose height is a whole number of rows, and a footer that says which are in sight.

    Args:
        footer: words at the right of the footer.
        hints: (keys, what they do) at the right of the footer.
        place: catalogue key of the words at its left.
    """

    def __init__(
        self, view: GridView, *, footer: str = "", hints: list[tuple[list[str], str]] | None = None,
        place: str = "gui_data.foot.place",
    ) -> None:
        super().__init__(margin=(1, 1, 1, 1), gap=0)
        self.view, self.words = view, place
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.body.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.top = QWidget()
        self.bar = hbox(self.top, margin=(15, 10, 12, 10), gap=8)
        self.top.hide()
        self.foot = QWidget()
        row = hbox(self.foot, margin=(12, 0, 12, 0), gap=12)
        self.place = Label("", "secondary", "text2")
        self.hint = Label(footer, "secondary", "text2")
        row.addWidget(self.place)
        row.addStretch(1)
        row.addWidget(self.hint)
        self._hints(row, hints or [])
        self.body.addWidget(self.top)
        self.body.addWidget(view)
        self.body.addWidget(self.foot, 1)
        self._with_bar = False
        self._fit = QTimer(self, singleShot=True, interval=0)
        self._fit.timeout.connect(self._settle)
        view.scrolled.connect(self._moved)
        view.pages.modelReset.connect(self._fit.start)
        view.pages.rowsInserted.connect(lambda *_: self._fit.start())
        view.pages.rowsRemoved.connect(lambda *_: self._fit.start())

    def _hints(self, row: QHBoxLayout, hints: list[tuple[list[str], str]]) -> None:
        for keys, words in hints:
            group = hbox(gap=4)
            for key in keys:
                group.addWidget(KeyCap(key))
            group.addWidget(Label(words, "secondary", "text2"))
            row.addLayout(group)

    def minimumSizeHint(self) -> QSize:
        return QSize(px(320), self.view.head.height() + 3 * self.view.row_height() + px(40))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        """Give the view as many whole rows as fit above a footer of at least 36 pixels."""
        view = self.view
        self._with_bar = self._scrolls_sideways()
        fixed = view.head.height() + (view.horizontalScrollBar().sizeHint().height() if self._with_bar else 0)
        spare = self.height() - 2 - px(36) - fixed - (self.top.sizeHint().height() if not self.top.isHidden() else 0)
        rows = max(spare // view.row_height(), 1)
        view.setFixedHeight(fixed + rows * view.row_height())
        self._moved()

    def _scrolls_sideways(self) -> bool:
        return self.view.head.length() > self.view.viewport().width()

    def _moved(self) -> None:
        if self._scrolls_sideways() != self._with_bar and not self._fit.isActive():
            self._fit.start()
        self.say_place()

    def say_place(self) -> None:
        """Say which rows are in sight, and what lies to the right."""
        first, last = self.view.seen()
        total = self.view.model().rowCount()
        text = tr(self.words, first=first + 1, last=last + 1, total=total) if total else ""
        hidden = self._columns_right()
        self.place.setText(text + (tr("gui_data.foot.right", count=hidden) if hidden and total else ""))

    def _columns_right(self) -> int:
        edge = self.view.viewport().width()
        count: int = self.view.pages.columnCount()
        return sum(1 for c in range(count) if self.view.columnViewportPosition(c) + px(24) > edge)

    def show_top(self, *widgets: Any) -> None:
        """Put these into a bar above the header; a number stands for a stretch."""
        for widget in widgets:
            if isinstance(widget, int):
                self.bar.addStretch(widget)
            else:
                self.bar.addWidget(widget)
        self.top.show()
