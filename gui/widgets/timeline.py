"""Timeline: the rows of one entity in time, the flagged ones standing out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..dates import dated
from ..text import say
from ..theme import color, font, px
from .paint import dot, line, painter_of

__all__ = ["Timeline"]


class Timeline(QWidget):
    """Events on a line: small grey dots, ember dots with a label for flagged ones, a ring around this row."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.events: list[Mapping[str, Any]] = []
        self.row = -1
        self.setAccessibleName(name)
        self.setFixedHeight(px(58))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, events: Sequence[Mapping[str, Any]], row: int) -> None:
        """Events with "time" in microseconds, "flagged", "text"; the row on the desk."""
        self.events = [e for e in events if e.get("time") is not None]
        self.row = row
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.events:
            return
        painter = painter_of(self)
        times = [float(e["time"]) for e in self.events]
        low, high = min(times), max(times)
        edge, base = px(12), px(30)

        def x(time: float) -> float:
            share = (time - low) / (high - low) if high > low else 0.5
            return edge + share * (self.width() - 2 * edge)

        line(painter, 0, base, self.width(), base, color("border"))
        for item in (e for e in self.events if not e["flagged"]):
            dot(painter, x(float(item["time"])), base, px(3), color("neutral_fill"))
        free = -1e9
        for item in (e for e in self.events if e["flagged"]):
            place = x(float(item["time"]))
            dot(painter, place, base, px(6), color("ember_fill"), color("surface"))
            free = self._label(painter, place, " · ".join(map(say, item["parts"])), free)
        for item in (e for e in self.events if e["row"] == self.row):
            painter.setPen(color("text"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x(float(item["time"])), base), px(8), px(8))
        self._dates(painter, low, high)
        painter.end()

    def _label(self, painter: QPainter, place: float, text: str, free: float) -> float:
        """The words above a flagged dot where there is room; returns where the next may begin."""
        painter.setFont(font("micro_strong"))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text)
        left = min(max(place - width / 2, 0), self.width() - width)
        if left < free:
            return free
        painter.setPen(color("ember"))
        painter.drawText(QRectF(left, 0, width + 2, px(18)), Qt.AlignmentFlag.AlignVCenter, text)
        return left + width + px(10)

    def _dates(self, painter: QPainter, low: float, high: float) -> None:
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        room = QRectF(0, px(40), self.width(), px(18))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, _day(low))
        if high > low:
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _day(high))


def _day(microseconds: float) -> str:
    return dated(datetime.fromtimestamp(microseconds / 1e6, UTC), "day")
