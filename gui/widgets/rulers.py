"""One value among others: the metric between its reference rows, the row among its peers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import color, font, px
from .axis import Axis, short
from .paint import box, dot, line, painter_of, pill

__all__ = ["MetricRuler", "PeersStrip", "RangeStrip", "paint_choice", "paint_range"]


_LEAST_SPAN = 0.01
"""Reference rows closer than this are as good as equal; a finer scale would show noise."""


class MetricRuler(QWidget):
    """A metric between its reference rows: thin tick = independent columns, thick tick = holdout, right is better.

    A small triangle below the track marks rows that are half copied.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = self.floor = self.ceiling = 0.0
        self.half: float | None = None
        self.interval: tuple[float, float] | None = None
        self.is_mirrored = False
        self.setAccessibleName(name)
        self.setFixedHeight(px(28))
        self.setMinimumWidth(px(160))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(
        self, value: float, floor: float, ceiling: float, *, interval: tuple[float, float] | None = None,
        lower_is_better: bool | None = None, half: float | None = None,
    ) -> None:
        """The metric, its value for independent columns, the holdout and half-copied rows, and its interval.

        Without `lower_is_better` the better end is where the holdout lies.
        """
        self.value, self.floor, self.ceiling, self.interval, self.half = value, floor, ceiling, interval, half
        self.is_mirrored = floor > ceiling if lower_is_better is None else lower_is_better
        self.update()

    def _axis(self) -> Axis:
        """From the worst to the best of what is shown, with room at both ends; worse is left, always."""
        half = () if self.half is None else (self.half,)
        shown = [self.value, self.floor, self.ceiling, *(self.interval or ()), *half]
        low, high = min(shown), max(shown)
        room = 0.25 * ((high - low) or max(abs(high), 1e-9) * 0.01)
        return Axis(-high - room, -low + room) if self.is_mirrored else Axis(low - room, high + room)

    def _x(self, value: float) -> float:
        return self._axis().place(-value if self.is_mirrored else value) * self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        middle, bar = self.height() / 2, px(6)
        floor, ceiling, value = (self._x(v) for v in (self.floor, self.ceiling, self.value))
        pill(painter, 0, middle - bar / 2, self.width(), bar, color("sunken"))
        reach = color("accent_line")
        reach.setAlphaF(0.42)
        painter.fillRect(QRectF(min(floor, value), middle - bar / 2, abs(value - floor), bar), reach)
        if self.interval:
            low, high = sorted(self._x(v) for v in self.interval)
            pill(painter, low, middle - bar / 2, high - low, bar, color("accent_line"))
        line(painter, floor, middle - px(9), floor, middle + px(9), color("text"), 1)
        line(painter, ceiling, middle - px(10), ceiling, middle + px(10), color("text"), 2)
        if self.half is not None:
            self._paint_half(painter, self._x(self.half), middle + bar / 2)
        dot(painter, value, middle, px(5), color("accent_line"), color("surface"))
        painter.end()

    @staticmethod
    def _paint_half(painter: QPainter, x: float, top: float) -> None:
        path = QPainterPath(QPointF(x, top))
        path.lineTo(x + px(4), top + px(7))
        path.lineTo(x - px(4), top + px(7))
        path.closeSubpath()
        painter.fillPath(path, color("text2"))


class PeersStrip(QWidget):
    """Density of comparable rows, a thick line for what was expected, marker and label for this row."""

    def __init__(self, name: str, *, height: int = 84, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edges: list[float] = []
        self.counts: list[float] = []
        self.low = self.high = self.value = None
        self.label, self.log = "", False
        self.setAccessibleName(name)
        self.setFixedHeight(px(height))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(
        self, edges: Sequence[float], counts: Sequence[float], value: float | None, label: str,
        low: float | None = None, high: float | None = None, *, log: bool = False,
    ) -> None:
        """Density by bins, this row's value with its text, the expected range."""
        self.edges, self.counts, self.value, self.label = list(edges), list(counts), value, label
        self.low, self.high, self.log = low, high, log
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(280), self.height())

    def _axis(self) -> Axis:
        known = [v for v in (self.value, self.low, self.high) if v is not None]
        low, high = min([self.edges[0], *known]), max([self.edges[-1], *known])
        return Axis(low, high, self.log and low > 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self.edges) < 2:
            return
        painter = painter_of(self)
        axis, base = self._axis(), self.height() - px(22)
        self._paint_density(painter, axis, base)
        line(painter, 0, base + 0.5, self.width(), base + 0.5, color("border"))
        if self.low is not None and self.high is not None:
            left, right = axis.place(self.low) * self.width(), axis.place(self.high) * self.width()
            pill(painter, left, base - px(1), max(right - left, px(4)), px(4), color("text2"))
        if self.value is not None:
            inset = px(5)  # the marker stays whole at both ends
            x = min(max(axis.place(self.value) * self.width(), inset), self.width() - inset)
            self._paint_marker(painter, x, base)
        self._paint_ticks(painter, axis, base)
        painter.end()

    def _paint_density(self, painter: QPainter, axis: Axis, base: float) -> None:
        most = max(self.counts) or 1.0
        smooth = _smooth(self.counts)
        path = QPainterPath(QPointF(axis.place(self.edges[0]) * self.width(), base))
        for i, count in enumerate(smooth):
            middle = (axis.place(self.edges[i]) + axis.place(self.edges[i + 1])) / 2 * self.width()
            path.lineTo(middle, base - count / most * (base - px(22)))
        path.lineTo(axis.place(self.edges[-1]) * self.width(), base)
        painter.fillPath(path, color("neutral_soft"))

    def _paint_marker(self, painter: QPainter, x: float, base: float) -> None:
        line(painter, x, px(12), x, base, color("ember_fill"), 2)
        dot(painter, x, px(10), px(4.5), color("ember_fill"))
        painter.setFont(font("secondary_strong"))
        painter.setPen(color("ember"))
        width = QFontMetricsF(painter.font()).horizontalAdvance(self.label)
        left = x - width - px(10) if x - width - px(10) >= 0 else x + px(10)
        painter.drawText(QRectF(left, 0, width + 2, px(20)), Qt.AlignmentFlag.AlignVCenter, self.label)

    def _paint_ticks(self, painter: QPainter, axis: Axis, base: float) -> None:
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        metrics = QFontMetricsF(painter.font())
        after = -1e9
        for tick in axis.ticks(5):
            text = short(tick)
            width = metrics.horizontalAdvance(text)
            x = min(max(axis.place(tick) * self.width() - width / 2, 0), self.width() - width)
            if x > after:
                painter.drawText(QPointF(x, base + px(7) + metrics.ascent()), text)
                after = x + width + px(8)


def _smooth(counts: Sequence[float]) -> list[float]:
    """A three-bin average: a density reads as a hill, not as a saw."""
    padded = [0.0, *counts, 0.0]
    return [(padded[i] + 2 * padded[i + 1] + padded[i + 2]) / 4 for i in range(len(counts))]


class RangeStrip(QWidget):
    """One line: where comparable rows lie (thick) and where this row lies (dot); or shares of categories.

    The dot is ember when the cell is surprising, else accent.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = Axis(0, 1)
        self.low = self.high = self.value = None
        self.shares: list[tuple[str, float]] = []
        self.chosen, self.is_surprising = "", False
        self.setAccessibleName(name)
        self.setFixedHeight(px(28))
        self.setMinimumWidth(px(80))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_range(
        self, axis: Axis, value: float | None, low: float | None, high: float | None, *, is_surprising: bool,
    ) -> None:
        """A number among its peers."""
        self.axis, self.value, self.low, self.high, self.is_surprising = axis, value, low, high, is_surprising
        self.shares = []
        self.update()

    def set_shares(self, shares: Sequence[tuple[str, float]], chosen: str, *, is_surprising: bool) -> None:
        """A category among the others."""
        self.shares, self.chosen, self.is_surprising = list(shares), chosen, is_surprising
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        room = QRectF(self.rect())
        if self.shares:
            paint_choice(painter, room, self.shares, self.chosen, is_surprising=self.is_surprising)
        else:
            paint_range(painter, room, self.axis, (self.low, self.value, self.high), is_surprising=self.is_surprising)
        painter.end()


def paint_range(
    painter: QPainter, room: QRectF, axis: Axis, marks: tuple[float | None, float | None, float | None], *,
    is_surprising: bool,
) -> None:
    """A track, the range (low, _, high) of comparable rows on it, and this row's value (_, value, _) as a dot."""
    low, value, high = marks
    middle, bar, wide = room.center().y(), px(6), room.width()
    pill(painter, room.x(), middle - bar / 2, wide, bar, color("sunken"))
    if low is not None and high is not None:
        left, right = axis.place(low) * wide, axis.place(high) * wide
        pill(painter, room.x() + left, middle - bar / 2, max(right - left, bar), bar, color("neutral_fill"))
    if value is not None:
        radius = px(5)
        x = room.x() + min(max(axis.place(value) * wide, radius + 2), wide - radius - 2)
        fill = "ember_fill" if is_surprising else "accent_line"
        dot(painter, x, middle, radius, color(fill), color("surface"))


def paint_choice(
    painter: QPainter, room: QRectF, shares: Sequence[tuple[str, float]], chosen: str, *, is_surprising: bool,
) -> None:
    """Shares of categories side by side; the chosen one in colour, also when its share is next to nothing."""
    high, x, rest = px(12), room.x(), 1.0
    top = room.center().y() - high / 2
    listed = any(text == chosen for text, _ in shares)
    parts = list(shares) if listed else [*shares, (chosen, 0.0)]
    usable = room.width() - px(5)
    for text, share in parts:
        own = text == chosen
        fill = ("ember_fill" if is_surprising else "accent_line") if own else "neutral_soft"
        width = min(max(share * usable - 2, px(3) if own else 1), room.right() - x)
        box(painter, QRectF(x, top, width, high), px(2), color(fill))
        x, rest = x + width + 2, rest - share
    if rest * usable > 3 and x < room.right():
        box(painter, QRectF(x, top, room.right() - x, high), px(2), color("neutral_soft"))
