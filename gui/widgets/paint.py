"""Shared strokes of painted widgets: rounded boxes that stay sharp, and the focus ring."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from ..theme import color, px

__all__ = ["FocusRing", "Ringed", "box", "dot", "line", "painter_of", "pill"]

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)

_BY_WINDOW = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


def painter_of(widget: QWidget) -> QPainter:
    """A smooth painter on a widget, with its font set."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(widget.font())
    return painter


def box(
    painter: QPainter, rect: QRectF | QRect, radius: float, fill: QColor | None = None, edge: QColor | None = None,
    width: float = 1.0,
) -> None:
    """A rounded rectangle whose edge lies inside `rect`."""
    half = width / 2 if edge is not None else 0.0
    painter.setPen(QPen(edge, width) if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(half, half, -half, -half), radius, radius)


def pill(painter: QPainter, x: float, y: float, width: float, height: float, fill: QColor) -> None:
    """A bar with round ends; a positive value never becomes invisible."""
    if width > 0:
        box(painter, QRectF(x, y, max(width, height / 2), height), min(height, max(width, height / 2)) / 2, fill)


def dot(painter: QPainter, x: float, y: float, radius: float, fill: QColor, halo: QColor | None = None) -> None:
    """A marker; `halo` parts it from what lies below."""
    painter.setPen(Qt.PenStyle.NoPen)
    if halo is not None:
        painter.setBrush(halo)
        painter.drawEllipse(QPointF(x, y), radius + 2, radius + 2)
    painter.setBrush(fill)
    painter.drawEllipse(QPointF(x, y), radius, radius)


def line(painter: QPainter, x1: float, y1: float, x2: float, y2: float, stroke: QColor, width: float = 1.0) -> None:
    """A straight line with flat ends."""
    painter.setPen(QPen(stroke, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))


class FocusRing(QWidget):
    """A 2-px ring, 2 px outside the widget that has the focus. It lies over its parent, so that nothing moves."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.target: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @classmethod
    def show_on(cls, target: QWidget) -> FocusRing:
        """Put a ring around `target`."""
        ring = cls(_holder(target))
        ring.target = target
        target.installEventFilter(ring)
        ring.place()
        ring.show()
        return ring

    def place(self) -> None:
        """Follow the target."""
        if self.target is not None:
            self.setGeometry(_around(self.target, self.parentWidget()))
            self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self.place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(9), None, color("accent_line"), 2)
        painter.end()


def _around(target: QWidget, holder: QWidget) -> QRect:
    """Where the ring lies in `holder`."""
    reach = px(4)
    return QRect(target.mapTo(holder, QPoint(0, 0)), target.size()).adjusted(-reach, -reach, reach, reach)


def _holder(target: QWidget) -> QWidget:
    """The nearest ancestor with room for the whole ring; what scrolls keeps its own."""
    holder = target.parentWidget() or target
    while not holder.rect().contains(_around(target, holder)):
        above = holder.parentWidget()
        if above is None or holder.isWindow() or isinstance(above, QAbstractScrollArea):
            break
        holder = above
    return holder


class Ringed:
    """Mix-in before a widget class: the ring appears when the focus came by the keyboard, and again with its window."""

    _ring: FocusRing | None = None
    _by_key = False

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        self._by_key = reason in _BY_KEY
        super().setFocus(reason)  # type: ignore[misc]

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)  # type: ignore[misc]
        if event.reason() not in _BY_WINDOW:
            self._by_key = event.reason() in _BY_KEY
        if self._by_key and self._ring is None:
            self._ring = FocusRing.show_on(self)  # type: ignore[arg-type]

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)  # type: ignore[misc]
        if event.reason() not in _BY_WINDOW:
            self._by_key = False
        if self._ring is not None:
            self._ring.hide()
            self._ring.deleteLater()
            self._ring = None
