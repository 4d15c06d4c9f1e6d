"""Two columns together: a cell for each pair of bins, the darker the more rows lie in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import color, font, px
from .axis import short
from .paint import line, painter_of

__all__ = ["PairMap"]

_LABELS = 84  # pixels for the names of the cells upwards
_FAINT = 0.12  # opacity of a cell with a single row


class PairMap(QWidget):
    """A heat map of one table; its bins are those of the map beside it.

    Args:
        name: what a screen reader says.
        fill: token of its colour.
    """

    def __init__(self, name: str, fill: str) -> None:
        super().__init__()
        self.fill = fill
        self.across: Mapping[str, Any] = {}
        self.up: Mapping[str, Any] = {}
        self.shares: list[list[float]] = []
        self.most = 1.0
        self.setAccessibleName(name)
        self.setMinimumSize(px(220), px(200))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(px(240))

    def set(
        self, across: Mapping[str, Any], up: Mapping[str, Any], shares: Sequence[Sequence[float]], most: float
    ) -> None:
        """Axes of `compare --pair`, the share of rows in each cell, and the largest share of both maps."""
        self.across, self.up, self.shares, self.most = across, up, [list(row) for row in shares], max(most, 1e-12)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        room = QRectF(px(_LABELS), px(4), self.width() - px(_LABELS) - px(6), self.height() - px(28))
        columns, rows = len(self.shares), len(self.shares[0]) if self.shares else 0
        if columns and rows:
            self._paint_cells(painter, room, columns, rows)
            self._paint_names(painter, room, columns, rows)
        line(painter, room.left(), room.bottom(), room.right(), room.bottom(), color("border"))
        line(painter, room.left(), room.top(), room.left(), room.bottom(), color("border"))
        painter.end()

    def _paint_cells(self, painter: QPainter, room: QRectF, columns: int, rows: int) -> None:
        wide, high = room.width() / columns, room.height() / rows
        painter.setPen(Qt.PenStyle.NoPen)
        for i, column in enumerate(self.shares):
            for j, share in enumerate(column):
                if share > 0:
                    tint = color(self.fill)
                    tint.setAlphaF(min(_FAINT + (1 - _FAINT) * (share / self.most) ** 0.5, 1.0))
                    painter.fillRect(QRectF(room.left() + i * wide, room.bottom() - (j + 1) * high,
                                            max(wide - 1, 1), max(high - 1, 1)), tint)

    def _paint_names(self, painter: QPainter, room: QRectF, columns: int, rows: int) -> None:
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        metrics = QFontMetricsF(painter.font())
        high = room.height() / rows
        for at, text in _ticks(self.up, rows, int(room.height() // (metrics.height() + 2))):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, px(_LABELS) - px(8))
            y = room.bottom() - at * high + metrics.ascent() / 2 - 1
            painter.drawText(QPointF(room.left() - px(6) - metrics.horizontalAdvance(shown), y), shown)
        after, wide = -1e9, room.width() / columns
        for at, text in _ticks(self.across, columns, 12):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(wide * 1.6, px(44)))
            width = metrics.horizontalAdvance(shown)
            x = min(max(room.left() + at * wide - width / 2, room.left()), room.right() - width)
            if x > after:
                painter.drawText(QPointF(x, room.bottom() + px(6) + metrics.ascent()), shown)
                after = x + width + px(8)


def _ticks(axis: Mapping[str, Any], cells: int, most: int) -> list[tuple[float, str]]:
    """(place in cells, words): the middle of a label, the edge of a bin."""
    if axis["labels"] is not None:
        return [(i + 0.5, str(text)) for i, text in enumerate(axis["labels"])][: max(most, 1)]
    edges = axis["edges"]
    step = max(1, -(-cells // max(min(most, 6), 1)))
    words = _date if axis["kind"] == "datetime" else _number
    return [(float(i), words(edges[i])) for i in range(0, len(edges), step)]


def _date(value: float) -> str:
    from ..items.columns import clock

    return clock(value, parts=3)


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1_000_000 else short(value)
