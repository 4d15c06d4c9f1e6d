"""Headers of grids: the profile of each column above its cells, or a plain line of titles."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QTableView, QToolTip

from ..theme import color, font, icon_pixmap, px
from ..widgets.bars import paint_bars, paint_shares
from ..widgets.paint import box, line
from .columns import Facts, GridColumn
from .pages_model import COLUMN, FACTS

__all__ = ["GridHeader", "ProfileHeader"]


class GridHeader(QHeaderView):
    """A line of titles, aligned as their cells are. `sort` (column, descending) draws an arrow.

    Signals:
        chosen: a column was pressed. sort_wished: its arrow was pressed.
    """

    chosen = Signal(int)
    sort_wished = Signal(int)
    high = 32
    ground = "bg"

    def __init__(self, view: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self.sorted_by: tuple[str, bool] | None = None
        self.chosen_name: str | None = None
        self._over = -1
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(px(56))
        self.setMouseTracking(True)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), px(self.high))

    def set_marks(self, sorted_by: tuple[str, bool] | None, chosen: str | None) -> None:
        """Which column orders the rows (and whether downwards), and which one is chosen."""
        self.sorted_by, self.chosen_name = sorted_by, chosen
        self.viewport().update()

    def _section(self, index: int) -> QRect:
        return QRect(self.sectionViewportPosition(index), 0, self.sectionSize(index), self.height())

    def _column(self, index: int) -> GridColumn | None:
        return self.model().headerData(index, Qt.Orientation.Horizontal, COLUMN)

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:
        column = self._column(index)
        if column is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, color(self.ground))
        room = QRectF(rect).adjusted(px(16 if self.visualIndex(index) == 0 else 8), 0, -px(8), 0)
        painter.setFont(font("secondary_strong"))
        painter.setPen(color("text2"))
        arrow = px(16) if self._is_sorted(column) else 0
        side = Qt.AlignmentFlag.AlignRight if column.is_right or column.style == "rank" else Qt.AlignmentFlag.AlignLeft
        text = self._elided(painter, column.title, room.width() - arrow)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | side, text)
        if arrow:
            x = room.left() + QFontMetricsF(painter.font()).horizontalAdvance(text) + px(3)
            self._arrow(painter, x if side == Qt.AlignmentFlag.AlignLeft else room.left(), room.center().y())
        line(painter, rect.left(), rect.bottom() + 0.5, rect.right() + 1, rect.bottom() + 0.5, color("divider"))
        painter.restore()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), color(self.ground))
        y = self.height() - 0.5
        line(painter, 0, y, self.width(), y, color("divider"))
        painter.end()
        super().paintEvent(event)  # type: ignore[arg-type]

    def _elided(self, painter: QPainter, text: str, width: float) -> str:
        return QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _is_sorted(self, column: GridColumn) -> bool:
        return self.sorted_by is not None and self.sorted_by[0] == column.name

    def _arrow(self, painter: QPainter, x: float, middle: float) -> None:
        side = px(14)
        name = "dn" if self.sorted_by and self.sorted_by[1] else "up"
        painter.drawPixmap(QPointF(x, middle - side / 2), icon_pixmap(name, side, "text2", self.devicePixelRatioF()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.logicalIndexAt(event.position().toPoint())
        if over != self._over:
            self._over = over
            self.viewport().update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._over = -1
        self.viewport().update()
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        spot = event.position().toPoint()
        index = self.logicalIndexAt(spot)
        is_resizing = self.cursor().shape() == Qt.CursorShape.SplitHCursor
        if index < 0 or is_resizing or event.button() != Qt.MouseButton.LeftButton:
            return
        (self.sort_wished if self._arrow_room(index).contains(spot) else self.chosen).emit(index)

    def _arrow_room(self, index: int) -> QRect:
        """Where a press sorts: the whole section of a plain header, the arrow's corner of a profile."""
        return self._section(index)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.logicalIndexAt(event.pos())
            text = self.model().headerData(index, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole)
            QToolTip.showText(event.globalPos() + QPoint(0, px(8)), str(text or ""), self)
            return True
        return super().viewportEvent(event)


class ProfileHeader(GridHeader):
    """Kind icon and name, kind and range, and the column's shape: bars, stacked shares or a flat bar."""

    high = 96
    ground = "surface"

    def _facts(self, index: int) -> Facts | None:
        return self.model().headerData(index, Qt.Orientation.Horizontal, FACTS)

    def _arrow_room(self, index: int) -> QRect:
        section = self._section(index)
        return QRect(section.right() - px(30), 0, px(30), px(36))

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:
        facts, column = self._facts(index), self._column(index)
        if facts is None or column is None:
            return
        is_chosen = column.name == self.chosen_name
        is_first = self.visualIndex(index) == 0
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, QRectF(rect), is_chosen=is_chosen, is_over=index == self._over, is_first=is_first)
        room = QRectF(rect).adjusted(px(16 if is_first else 8), px(6), -px(8), -px(8))
        self._words(painter, room, facts, column, is_chosen=is_chosen, is_over=index == self._over)
        self._picture(painter, room, facts, is_chosen=is_chosen)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRectF, *, is_chosen: bool, is_over: bool, is_first: bool) -> None:
        y = rect.bottom() + 0.5
        if is_chosen:
            painter.fillRect(rect.adjusted(0, px(6), 0, 0), color("accent_soft"))
        elif is_over:
            painter.fillRect(rect.adjusted(0, px(6), 0, 0), color("sunken"))
        if not is_first:
            line(painter, rect.left() + 0.5, rect.top() + px(12), rect.left() + 0.5, y - px(8), color("border"))
        line(painter, rect.left(), y - 1, rect.right() + 1, y - 1, color("border"))
        if is_chosen:
            line(painter, rect.left(), y - 1.5, rect.right() + 1, y - 1.5, color("accent_line"), 2)

    def _words(
        self, painter: QPainter, room: QRectF, facts: Facts, column: GridColumn, *, is_chosen: bool, is_over: bool,
    ) -> None:
        side = px(14)
        token = "accent_text" if is_chosen else "text2"
        top = room.top() + px(10)
        painter.drawPixmap(QPointF(room.left(), top), icon_pixmap(facts.icon, side, token, self.devicePixelRatioF()))
        shows_arrow = self._is_sorted(column) or is_over
        name = QRectF(room.left() + px(20), top - px(3), room.width() - px(20) - (px(18) if shows_arrow else 0), px(20))
        painter.setFont(font("secondary_strong"))
        painter.setPen(color("text"))
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self._elided(painter, facts.name, name.width()))
        if shows_arrow:
            self._sign(painter, column, room.right() - px(12), name.center().y())
        below = QRectF(room.left(), top + px(20), room.width(), px(20))
        painter.setFont(font("micro"))
        painter.setPen(color("text2" if is_chosen else "text3"))
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, self._elided(painter, facts.note, below.width()))
        if facts.warnings:
            width = min(QFontMetricsF(painter.font()).horizontalAdvance(facts.note) + px(5), below.width() - px(12))
            mark = icon_pixmap("warnt", px(12), "warn", self.devicePixelRatioF())
            painter.drawPixmap(QPointF(below.left() + width, below.center().y() - px(6)), mark)

    def _sign(self, painter: QPainter, column: GridColumn, x: float, middle: float) -> None:
        if self._is_sorted(column):
            self._arrow(painter, x, middle)
            return
        side = px(14)
        painter.drawPixmap(QPointF(x, middle - side / 2), icon_pixmap("up", side, "outline", self.devicePixelRatioF()))

    def _picture(self, painter: QPainter, room: QRectF, facts: Facts, *, is_chosen: bool) -> None:
        spot = QRectF(room.left(), room.bottom() - px(31), room.width(), px(30))
        if facts.bars:
            paint_bars(painter, spot, facts.bars, "accent_line" if is_chosen else "neutral_fill")
        elif facts.shares:
            strip = QRectF(spot.left(), spot.bottom() - px(14), spot.width(), px(13))
            paint_shares(painter, strip, facts.shares, chosen=True)
        elif facts.is_flat:
            box(painter, QRectF(spot.left(), spot.bottom() - px(8), spot.width(), px(7)), px(2), color("neutral_soft"))
