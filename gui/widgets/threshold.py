"""The histogram of scores with a threshold that is dragged, stepped or typed, and reads in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from ..text import tr
from ..theme import color, font, px
from .axis import Axis, short
from .bars import paint_bars
from .paint import Ringed, box, line, painter_of

__all__ = ["ThresholdPlot", "score_bins"]

_BINS = 64
_FAR = 12.0
"""How many times further than the 99 % quantile the largest score may lie before a log axis reads better."""
_ENOUGH = 10_000
"""Scores that tell the quantiles well enough to choose an axis: sorting a million would stop the window."""


def score_bins(scores: np.ndarray) -> tuple[Axis, np.ndarray]:
    """Axis and counts that show scores well.

    Args:
        scores: (n,) in any order.

    Returns:
        The axis (logarithmic when a few scores lie far out), (bins,) counts of equal steps on it.
    """
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        finite = np.zeros(1)
    low, high = float(finite.min()), float(finite.max())
    some = np.sort(finite[:: max(len(finite) // _ENOUGH, 1)])
    middle, tail = (float(some[int(q * (len(some) - 1))]) for q in (0.5, 0.99))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    is_log = low > 0 and (high - middle) > _FAR * max(tail - middle, 1e-12)
    if is_log:
        finite = np.log(finite)
    start, end = (math.log(low), math.log(high)) if is_log else (low, high)
    places = ((finite - start) * (_BINS / (end - start))).astype(np.intp)
    return Axis(low, high, is_log), np.bincount(np.clip(places, 0, _BINS - 1), minlength=_BINS)


class ThresholdPlot(Ringed, QSlider):
    """Bars of all scores, those above the threshold in ember. Its value is the number of flagged rows.

    Left and right move the threshold by rows (Shift: ten times as far), Home and End to the ends.

    Signals:
        wished: this many rows are to be flagged.
    """

    wished = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.scores = np.zeros(0)
        self.axis, self.counts = Axis(0, 1), np.zeros(0)
        self.threshold = 0.0
        self.marks: list[tuple[str, float]] = []
        self._dragging = False
        self._tell = QTimer(self, singleShot=True, interval=25)
        self._tell.timeout.connect(lambda: self.wished.emit(self.value()))

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(214))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), px(150))

    def set_scores(self, scores: np.ndarray) -> None:
        """Show these scores, in any order."""
        self.scores = scores
        self.axis, self.counts = score_bins(scores)
        self.setRange(0, len(scores))
        self.marks = []
        self.update()

    def set_marks(self, marks: Sequence[tuple[str, float]]) -> None:
        """Other cuts to compare with: names and lowest flagged scores; those that flag no row are left out."""
        self.marks = [(name, value) for name, value in marks if math.isfinite(value)]
        self._describe()
        self.update()

    def set_threshold(self, count: int, value: float | None) -> None:
        """Flag this many rows, from this score on; says nothing to anybody."""
        if self._dragging:
            return
        blocked = self.blockSignals(True)
        self.setValue(count)
        self.blockSignals(blocked)
        self.threshold = self.axis.high if value is None or not math.isfinite(value) else value
        self._describe()
        self.update()

    def _describe(self) -> None:
        said = [tr("gui_detect.plot_says", count=self.value(), score=self.threshold)]
        said += [tr("gui_detect.plot_mark", name=name, score=value) for name, value in self.marks]
        self.setAccessibleDescription(". ".join(said))

    # the hand

    def _room(self) -> QRectF:
        return QRectF(px(52), px(8), self.width() - px(56), self.height() - px(34))

    def _x(self, score: float) -> float:
        return self._room().left() + self.axis.place(score) * self._room().width()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self.scores):
            self._dragging = True
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = abs(event.position().x() - self._x(self.threshold)) < px(10)
        self.setCursor(Qt.CursorShape.SizeHorCursor if near or self._dragging else Qt.CursorShape.ArrowCursor)
        if self._dragging:
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self._tell.stop()
            self.wished.emit(self.value())

    def _drag_to(self, x: float) -> None:
        room = self._room()
        share = min(max((x - room.left()) / room.width(), 0.0), 1.0)
        self.threshold = self.axis.value(share)
        self.setValue(max(int(np.count_nonzero(self.scores >= self.threshold)), 1))
        self._tell.start()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        steps = {
            Qt.Key.Key_Right: -far, Qt.Key.Key_Up: -far, Qt.Key.Key_Left: far, Qt.Key.Key_Down: far,
            Qt.Key.Key_PageUp: -100, Qt.Key.Key_PageDown: 100, Qt.Key.Key_Home: self.maximum(),
            Qt.Key.Key_End: -self.maximum(),
        }
        if event.key() in steps:
            self.wished.emit(min(max(self.value() + steps[event.key()], 1), self.maximum()))
        else:
            event.ignore()

    def wheelEvent(self, event: QEvent) -> None:
        event.ignore()  # the page scrolls; a threshold must not move by accident

    # the picture

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.counts):
            return
        painter, room = painter_of(self), self._room()
        most = max(float(self.counts.max()), 1.0)
        tall = math.log10(most) + 0.55
        heights = [(math.log10(c) + 0.35) / tall if c > 0 else 0.0 for c in self.counts]
        x = self._x(self.threshold)
        tint = QRectF(x, room.top(), room.right() - x, room.height())
        soft = color("ember_soft")
        soft.setAlphaF(0.5)
        painter.fillRect(tint, soft)
        self._paint_scale(painter, room, most, tall)
        paint_bars(painter, room, heights, "neutral_fill")
        painter.save()
        painter.setClipRect(tint)
        paint_bars(painter, room, heights, "ember_fill")
        painter.restore()
        line(painter, room.left() - px(4), room.bottom() + 0.5, room.right(), room.bottom() + 0.5, color("border"))
        self._paint_ticks(painter, room)
        self._paint_marks(painter, room)
        line(painter, x, room.top(), x, room.bottom() + px(2), color("ember"), 2)
        self._paint_label(painter, room, x)
        painter.end()

    def _paint_scale(self, painter: QPainter, room: QRectF, most: float, tall: float) -> None:
        painter.setFont(font("micro"))
        for power in range(math.floor(math.log10(most)) + 1):
            y = room.bottom() - (power + 0.35) / tall * room.height()
            line(painter, room.left(), y, room.right(), y, color("divider"))
            painter.setPen(color("text3"))
            spot = QRectF(0, y - px(8), room.left() - px(8), px(16))
            painter.drawText(spot, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{10**power:,}")

    def _paint_ticks(self, painter: QPainter, room: QRectF) -> None:
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        metrics, after = QFontMetricsF(painter.font()), -1e9
        for tick in self._ticks():
            text = short(tick)
            wide = metrics.horizontalAdvance(text)
            x = min(self._x(tick) - wide / 2, self.width() - wide)
            if x > after:
                painter.drawText(QPointF(x, room.bottom() + px(7) + metrics.ascent()), text)
                after = x + wide + px(10)

    def _ticks(self) -> Sequence[float]:
        ticks = self.axis.ticks(8)
        if self.axis.log and len(ticks) < 4:
            return sorted({t * m for t in [ticks[0] / 10, *ticks] for m in (1, 2, 5) if
                           self.axis.low <= t * m <= self.axis.high})
        return ticks

    def _paint_label(self, painter: QPainter, room: QRectF, x: float) -> None:
        text = tr("gui_detect.flagged_rows", count=self.value())
        painter.setFont(font("secondary_strong"))
        side = px(15)
        wide = QFontMetricsF(painter.font()).horizontalAdvance(text) + side + px(24)
        left = x + px(3) if x + px(3) + wide < room.right() else x - px(3) - wide
        label = QRectF(left, room.top() + px(4), wide, px(24))
        box(painter, label, px(3), color("ember"))
        painter.setPen(color("surface"))
        painter.drawText(label.adjusted(px(8), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        self._paint_arrow(painter, label.right() - px(24), label.center().y())

    def _paint_marks(self, painter: QPainter, room: QRectF) -> None:
        """The other cuts as dashed lines, their names one below the other so that near ones can be read."""
        painter.setFont(font("micro"))
        metrics, high = QFontMetricsF(painter.font()), px(16)
        for i, (name, value) in enumerate(sorted(self.marks, key=lambda m: m[1])):
            x, top = self._x(value), room.top() + px(34) + i * (high + px(2))
            painter.setPen(QPen(color("text2"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, top), QPointF(x, room.bottom()))
            wide = metrics.horizontalAdvance(name) + px(10)
            end, cut = x + px(2) + wide, self._x(self.threshold)
            is_free = end < room.right() and not x < cut < end
            spot = QRectF(x + px(2) if is_free else x - px(2) - wide, top, wide, high)
            box(painter, spot, px(3), color("surface"), color("border"))
            painter.setPen(color("text2"))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_arrow(self, painter: QPainter, x: float, y: float) -> None:
        """A double arrow: it can be dragged."""
        wide, head = px(15), px(3)
        painter.setPen(QPen(color("surface"), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(x, y), QPointF(x + wide, y))
        for tip, back in ((x, head), (x + wide, -head)):
            painter.drawPolyline([QPointF(tip + back, y - head), QPointF(tip, y), QPointF(tip + back, y + head)])
