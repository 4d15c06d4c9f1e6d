"""Rows over time: grey bars for all, ember bars for the flagged ones below, and the moments of one entity as dots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..text import tr
from ..theme import color, font, px
from .axis import date_ticks
from .paint import Ringed, box, dot, line, painter_of

__all__ = ["DayBars"]


class DayBars(Ringed, QWidget):
    """Bars over time. The mouse draws a span; arrows move a cursor, with Shift a span, and Enter takes it.

    Args:
        name: what a screen reader says.
        tick_text: how a moment is written below the axis. bar_text: how the bar of a place is called.

    Signals:
        spanned: first and last bar of a span, both included. left: Esc was pressed.
    """

    spanned = Signal(int, int)
    left = Signal()

    def __init__(
        self, name: str, tick_text: Callable[[float], str], bar_text: Callable[[int], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.tick_text, self.bar_text = tick_text, bar_text
        self.edges: list[float] = []
        self.counts: list[int] = []
        self.flagged: list[int] = []
        self.events: list[Mapping[str, Any]] = []
        self.row = -1
        self.kept: tuple[int, int] | None = None
        self._cursor: tuple[int, int] | None = None
        self._drags = False

    def sizeHint(self) -> QSize:
        return QSize(px(520), px(260))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(220), px(140))

    # what is shown

    def show_bars(self, edges: Sequence[float], counts: Sequence[int], flagged: Sequence[int]) -> None:
        """Show k + 1 edges in microseconds since 1970, k counts of all rows, k of flagged ones."""
        if list(edges) != self.edges:
            self._cursor = None
        self.edges, self.counts, self.flagged = list(edges), list(counts), list(flagged)
        self._describe()
        self.update()

    def show_events(self, events: Sequence[Mapping[str, Any]], row: int) -> None:
        """Moments of an entity's rows, and the row on show."""
        self.events, self.row = [e for e in events if e.get("time") is not None], row
        self.update()

    def set_kept(self, span: tuple[int, int] | None) -> None:
        """The span that filters the rows; None: none does."""
        self.kept = span
        self._cursor = span if span is not None else self._cursor
        self.update()

    # the hand

    def _room(self) -> QRectF:
        return QRectF(px(46), px(18), self.width() - px(52), self.height() - px(42))

    def _bar_at(self, x: float) -> int:
        room = self._room()
        return min(max(int((x - room.left()) / room.width() * len(self.counts)), 0), len(self.counts) - 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.counts:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._drags = True
            self._go(self._bar_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drags:
            self._go(self._bar_at(event.position().x()), widens=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drags:
            self._drags = False
            self._take()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, steps = event.key(), {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps and self.counts:
            at = self._cursor[1] + steps[Qt.Key(key)] if self._cursor else 0 if key == Qt.Key.Key_Right else -1
            self._go(at % len(self.counts) if self._cursor is None else at,
                     widens=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor:
            self._take()
        elif key == Qt.Key.Key_Escape and (self.kept or self._cursor):
            self._cursor = None
            self.update()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _go(self, bar: int, *, widens: bool = False) -> None:
        bar = min(max(bar, 0), len(self.counts) - 1)
        self._cursor = (self._cursor[0], bar) if widens and self._cursor else (bar, bar)
        self._describe()
        self.update()

    def _take(self) -> None:
        if self._cursor:
            self.spanned.emit(min(self._cursor), max(self._cursor))

    def _describe(self) -> None:
        if not self.counts:
            self.setAccessibleDescription("")
            return
        first, last = (min(self._cursor), max(self._cursor)) if self._cursor else (0, len(self.counts) - 1)
        self.setAccessibleDescription(self._told(first, last))

    def _told(self, first: int, last: int) -> str:
        span = self.bar_text(first) if first == last else tr(
            "gui_detect.time.span", first=self.bar_text(first), last=self.bar_text(last))
        return tr("gui_detect.time.bar", span=span, rows=sum(self.counts[first : last + 1]),
                  flagged=sum(self.flagged[first : last + 1]))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.counts:
            bar = self._bar_at(event.pos().x())
            QToolTip.showText(event.globalPos(), self._told(bar, bar), self)
            return True
        return super().event(event)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.counts:
            return
        painter, room = painter_of(self), self._room()
        lane = px(22) if self.events else 0
        low = max(round((room.height() - lane) * 0.34), px(24))
        upper = QRectF(room.left(), room.top(), room.width(), room.height() - lane - low - px(20))
        lower = QRectF(room.left(), upper.bottom() + px(20), room.width(), low)
        self._paint_span(painter, room)
        self._paint_lane(painter, upper, self.counts, "neutral_fill", tr("gui_detect.time.rows"))
        self._paint_lane(painter, lower, self.flagged, "ember_fill", tr("gui_detect.time.flagged"))
        if self.events:
            self._paint_events(painter, room, lower.bottom() + lane / 2 + px(2))
        self._paint_ticks(painter, room)
        painter.end()

    def _paint_lane(
        self, painter: QPainter, room: QRectF, counts: Sequence[int], token: str, words: str,
    ) -> None:
        """Bars on their own scale, whose end is written beside them."""
        most, width = max([1, *counts]), room.width() / len(counts)
        gap = min(max(width * 0.2, 0.5), 3.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(token))
        for i, value in enumerate(counts):
            if value:
                high = max(value / most * room.height(), 2.0)
                painter.drawRect(QRectF(room.left() + i * width, room.bottom() - high, max(width - gap, 1.0), high))
        line(painter, room.left(), room.bottom() + 0.5, room.right(), room.bottom() + 0.5, color("border"))
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, room.top() - px(8), room.left() - px(6), px(16)), right, f"{most:,}")
        painter.drawText(QRectF(0, room.bottom() - px(8), room.left() - px(6), px(16)), right, "0")
        painter.drawText(QRectF(room.left(), room.top() - px(18), room.width(), px(16)),
                         Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_span(self, painter: QPainter, room: QRectF) -> None:
        """The span that holds is tinted; the one being chosen has an edge too."""
        for span, is_cursor in ((self.kept, False), (self._cursor, True)):
            if span is None:
                continue
            width = room.width() / len(self.counts)
            first, last = min(span), max(span)
            area = QRectF(room.left() + first * width - 1, room.top() - px(2), (last - first + 1) * width + 2,
                          room.height() + px(4))
            edge = color("accent_line") if is_cursor and (self.hasFocus() or self._drags) else None
            box(painter, area, px(3), color("accent_soft"), edge, 1.5)

    def _x(self, time: float, room: QRectF) -> float:
        return room.left() + (time - self.edges[0]) / (self.edges[-1] - self.edges[0]) * room.width()

    def _paint_events(self, painter: QPainter, room: QRectF, middle: float) -> None:
        """The entity's rows: dots, diamonds where flagged, a ring around the row on show."""
        for item in sorted(self.events, key=lambda e: (e["flagged"], e["row"] == self.row)):
            x = self._x(float(item["time"]), room)
            if not room.left() - 1 <= x <= room.right() + 1:
                continue
            if item["flagged"]:
                size = px(5)
                painter.setPen(QPen(color("surface"), 1))
                painter.setBrush(color("ember_fill"))
                painter.drawPolygon(QPolygonF([QPointF(x, middle - size), QPointF(x + size, middle),
                                               QPointF(x, middle + size), QPointF(x - size, middle)]))
            else:
                dot(painter, x, middle, px(3), color("neutral_fill"))
            if item["row"] == self.row:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(color("accent_line"), 2))
                painter.drawEllipse(QPointF(x, middle), px(8), px(8))

    def _paint_ticks(self, painter: QPainter, room: QRectF) -> None:
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        metrics, after = painter.fontMetrics(), -1e9
        for tick in date_ticks(self.edges[0], self.edges[-1], max(2, int(room.width() / px(96)))):
            text = self.tick_text(tick)
            width = metrics.horizontalAdvance(text)
            x = min(max(self._x(tick, room) - width / 2, room.left()), room.right() - width)
            if x > after:
                painter.drawText(QPointF(x, room.bottom() + px(8) + metrics.ascent()), text)
                after = x + width + px(10)
