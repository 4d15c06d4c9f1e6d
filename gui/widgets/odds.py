"""The ruler of probabilities: from always to one in a million, every step ten times rarer."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import color, font, px
from .paint import painter_of, pill

__all__ = ["OddsRuler"]


class OddsRuler(QWidget):
    """A probability on a logarithmic track.

    Args:
        name: what a screen reader says.
        ticks: words from "always" to the rarest; each stands for ten times rarer than the one before.
    """

    def __init__(self, name: str, ticks: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ticks, self.probability = ticks, 1.0
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(42))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(42))

    def set(self, probability: float, spoken: str) -> None:
        """Show a probability; what is rarer than the last tick stands at the end."""
        self.probability = probability
        self.setAccessibleDescription(spoken)
        self.update()

    def place(self) -> float:
        """Where the knob stands, 0 = always."""
        if self.probability <= 0:
            return 1.0
        return min(-math.log10(min(self.probability, 1.0)) / (len(self.ticks) - 1), 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        edge, middle, bar, radius = px(9), px(11), px(8), px(8)
        wide = self.width() - 2 * edge
        x = edge + self.place() * wide
        pill(painter, edge, middle - bar / 2, wide, bar, color("sunken"))
        pill(painter, edge, middle - bar / 2, x - edge, bar, color("accent_line"))
        painter.setPen(QPen(color("accent_line"), px(3)))
        painter.setBrush(color("surface"))
        painter.drawEllipse(QPointF(x, middle), radius - px(1.5), radius - px(1.5))
        painter.setFont(font("micro"))
        metrics = QFontMetricsF(painter.font())
        step = wide / (len(self.ticks) - 1)
        widest = max(metrics.horizontalAdvance(t) for t in self.ticks[1:-1])
        every = max(math.ceil((widest + px(10)) / step), 1)
        last = len(self.ticks) - 1
        free = self.width() - metrics.horizontalAdvance(self.ticks[-1]) - px(8)
        painter.setPen(color("text3"))
        for i, text in enumerate(self.ticks):
            width = metrics.horizontalAdvance(text)
            left = min(max(edge + i * step - width / 2, 0), self.width() - width)
            if i in (0, last) or (i % every == 0 and left + width < free):
                spot = QRectF(left, px(24), width + 1, px(18))
                painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
