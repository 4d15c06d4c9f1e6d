"""Distributions: histograms, stacked shares, category bars, the score bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import color, font, px
from .axis import Axis, date_ticks, short
from .paint import box, line, painter_of, pill

__all__ = ["Bars", "CategoryBars", "ScoreBar", "StackedShares", "paint_bars", "paint_shares"]


def paint_bars(
    painter: QPainter, room: QRectF, heights: Sequence[float], fill: str, *, flagged_from: int | None = None,
) -> None:
    """Bars of relative `heights` (0..1) side by side in `room`, with gaps; those from `flagged_from` on in ember."""
    if not heights:
        return
    width = room.width() / len(heights)
    gap = max(min(width * 0.2, px(3)), min(1.5, width / 3))
    painter.setPen(Qt.PenStyle.NoPen)
    for i, share in enumerate(heights):
        if share <= 0:
            continue
        painter.setBrush(color("ember_fill" if flagged_from is not None and i >= flagged_from else fill))
        high = max(share * room.height(), 1.0)
        painter.drawRect(QRectF(room.left() + i * width + gap / 2, room.bottom() - high, width - gap, high))


def paint_shares(painter: QPainter, room: QRectF, shares: Sequence[float], *, chosen: bool = True) -> None:
    """The largest shares as one stacked bar, from full accent to pale, the rest in grey."""
    x, left = room.left(), 1.0
    painter.setPen(Qt.PenStyle.NoPen)
    for i, share in enumerate(shares[:5]):
        ink = color("accent_line" if chosen else "neutral_fill")
        ink.setAlphaF(max(1.0 - 0.26 * i, 0.18))
        width = max(room.width() * share - 1.5, 1.0)
        painter.setBrush(ink)
        painter.drawRect(QRectF(x, room.top(), width, room.height()))
        x, left = x + room.width() * share, left - share
    if left > 0.005:
        painter.setBrush(color("neutral_soft"))
        painter.drawRect(QRectF(x, room.top(), max(room.right() - x, 1.0), room.height()))


class Bars(QWidget):
    """A histogram.

    Args:
        name: what a screen reader says.
        height: design pixels, axis included.
        with_axis: ticks below.
        dates: the edges are moments in microseconds since 1970.
        tick_text: how a tick is written (dates, units).
    """

    def __init__(
        self, name: str, *, height: int = 120, with_axis: bool = True,
        tick_text: Callable[[float], str] = short, dates: bool = False, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.dates = dates
        self.with_axis, self.tick_text = with_axis, tick_text
        self.edges: list[float] = []
        self.counts: list[float] = []
        self.overlay: list[float] = []
        self.flagged_from: float | None = None
        self.fill, self.log, self.log_counts = "neutral_fill", False, False
        self.setAccessibleName(name)
        self.setMinimumHeight(px(height))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(240), self.minimumHeight())

    def set(
        self, edges: Sequence[float], counts: Sequence[float], *, fill: str = "neutral_fill", log: bool = False,
        overlay: Sequence[float] = (), flagged_from: float | None = None,
    ) -> None:
        """Show these bins.

        Args:
            edges: k + 1 bin edges.
            counts: k heights.
            fill: token of the bars: neutral_fill = real, accent_line = model or synthetic.
            log: the edges are spaced on a log scale.
            overlay: counts of the reference, drawn as a dark step line.
            flagged_from: values from here on are in ember.
        """
        self.edges, self.counts, self.overlay = list(edges), list(counts), list(overlay)
        self.fill, self.log, self.flagged_from = fill, log, flagged_from
        self.update()

    def axis(self) -> Axis:
        """The horizontal axis."""
        return Axis.over(self.edges, log=self.log)

    def _room(self) -> QRectF:
        below = px(22) if self.with_axis else 0
        return QRectF(0, px(2), self.width(), self.height() - below - px(2))

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self.edges) < 2:
            return
        painter = painter_of(self)
        room = self._room()
        most = max([1e-12, *self.counts, *self.overlay])
        first = None
        if self.flagged_from is not None:
            first = sum(1 for e in self.edges[:-1] if e < self.flagged_from - 1e-12)
        paint_bars(painter, room, [c / most for c in self.counts], self.fill, flagged_from=first)
        line(painter, 0, room.bottom() + 0.5, self.width(), room.bottom() + 0.5, color("border"))
        if self.overlay:
            self._paint_step(painter, room, most)
        if self.with_axis:
            self._paint_ticks(painter, room)
        painter.end()

    def _paint_step(self, painter: QPainter, room: QRectF, most: float) -> None:
        width = room.width() / len(self.overlay)
        points = QPolygonF()
        for i, count in enumerate(self.overlay):
            y = room.bottom() - count / most * room.height()
            points.append(QPointF(room.left() + i * width, y))
            points.append(QPointF(room.left() + (i + 1) * width, y))
        painter.setPen(QPen(color("text"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)

    def _paint_ticks(self, painter: QPainter, room: QRectF) -> None:
        axis = self.axis()
        painter.setFont(font("micro"))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(color("text3"))
        after = -1e9
        most = max(2, int(self.width() / px(84 if self.dates else 56)))
        for tick in date_ticks(axis.low, axis.high, most) if self.dates else axis.ticks(most):
            text = self.tick_text(tick)
            width = metrics.horizontalAdvance(text)
            x = min(max(axis.place(tick) * room.width() - width / 2, 0), self.width() - width)
            if x > after:
                painter.drawText(QPointF(x, room.bottom() + px(6) + metrics.ascent()), text)
                after = x + width + px(8)


class StackedShares(QWidget):
    """Shares of a whole as one bar with gaps: (share, token) from left to right."""

    def __init__(self, name: str, *, height: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts: list[tuple[float, str]] = []
        self.setAccessibleName(name)
        self.setFixedHeight(px(height))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, parts: Sequence[tuple[float, str]]) -> None:
        """Shares of 1 with their colour tokens; what is left is a pale track."""
        self.parts = list(parts)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        x = 0.0
        for share, token in [*self.parts, (1 - sum(s for s, _ in self.parts), "neutral_soft")]:
            width = share * self.width()
            if width > 0.5:
                box(painter, QRectF(x, 0, max(width - 2, 2), self.height()), px(2), color(token))
            x += width
        painter.end()


class CategoryBars(QWidget):
    """Categories with a bar and its share; a tick may show the share without conditions.

    Args:
        reference_text: how the tick's share is written behind the bar's own; None leaves it out.
    """

    def __init__(
        self, name: str, *, label_width: int = 84, reference_text: Callable[[str], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, float, float | None]] = []
        self.rest: tuple[str, float] | None = None
        self.fill, self.label_width, self.reference_text = "accent_line", label_width, reference_text
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(
        self, rows: Sequence[tuple[str, float, float | None]], fill: str = "accent_line",
        rest: tuple[str, float] | None = None,
    ) -> None:
        """Rows of (text, share 0..1, reference share or None); `rest` has no bar, which would dwarf theirs."""
        self.rows, self.fill, self.rest = list(rows), fill, rest
        said = [f"{t} {self._figure(s, r)}" for t, s, r in self.rows]
        said += [f"{rest[0]} {100 * rest[1]:.1f}%"] if rest else []
        self.setAccessibleDescription(", ".join(said))
        self.updateGeometry()
        self.update()

    def _figure(self, share: float, reference: float | None) -> str:
        own = f"{100 * share:.1f}%"
        if self.reference_text is None or reference is None:
            return own
        return f"{own}  {self.reference_text(f'{100 * reference:.1f}%')}"

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(18) * max(len(self.rows) + bool(self.rest), 1))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(160), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.setFont(font("secondary"))
        metrics = QFontMetricsF(painter.font())
        left, right, high = px(self.label_width), px(130 if self.reference_text else 52), px(18)
        most = max([1e-12, *(s for _, s, _ in self.rows), *(r or 0.0 for _, _, r in self.rows)])
        track = self.width() - left - right
        for i, (text, share, reference) in enumerate(self.rows):
            y = i * high
            painter.setPen(color("text2"))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, left - px(8))
            painter.drawText(QRectF(0, y, left, high), Qt.AlignmentFlag.AlignVCenter, shown)
            width = max(share / most * track, 2.0 if share > 0 else 0)
            box(painter, QRectF(left, y + (high - px(10)) / 2, width, px(10)), px(2), color(self.fill))
            if reference is not None:
                x = left + reference / most * track
                line(painter, x, y + px(2), x, y + high - px(2), color("text"), 2)
            painter.setPen(color("text2"))
            room = QRectF(self.width() - right, y, right, high)
            said = self._figure(share, reference)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)
        if self.rest:
            line_ = QRectF(0, len(self.rows) * high, self.width(), high)
            painter.setPen(color("text3"))
            painter.drawText(line_, Qt.AlignmentFlag.AlignVCenter, self.rest[0])
            share_text = f"{100 * self.rest[1]:.1f}%"
            painter.drawText(line_, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, share_text)
        painter.end()


class ScoreBar(QWidget):
    """How surprising a row is: track, ember part, a tick for the typical row."""

    def __init__(self, name: str, *, height: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share = 0.0
        self.typical: float | None = None
        self.fill, self.bar = "ember_fill", height
        self.setAccessibleName(name)
        self.setFixedHeight(px(height + 2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, share: float, typical: float | None = None, fill: str = "ember_fill") -> None:
        """Fractions of the track, 0..1."""
        self.share, self.typical, self.fill = min(max(share, 0), 1), typical, fill
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        high, top = px(self.bar), (self.height() - px(self.bar)) / 2
        pill(painter, 0, top, self.width(), high, color("sunken"))
        pill(painter, 0, top, self.share * self.width(), high, color(self.fill))
        if self.typical is not None:
            x = self.typical * self.width()
            line(painter, x, 0, x, self.height(), color("text"), 2)
        painter.end()
