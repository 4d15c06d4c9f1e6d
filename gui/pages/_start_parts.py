"""Parts of the Start page: the pictures of the three tasks, a line of a list, the drop area."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Glyph, IconButton, Label, box, hbox, paint_bars, painter_of, pill
from ..widgets.paint import Ringed

__all__ = ["DropArea", "Line", "Picture"]

_HILL = [math.exp(-(((i - 4.6) / 3.1) ** 2)) for i in range(11)]
_TAIL = [0.06, 0.05, 0.05, 0.05, 0.04, 0.04]


class Picture(QWidget):
    """What a task does, drawn: flagged bars, judged cases, a copy beside the original."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.setFixedHeight(px(76))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(4), color("bg"))
        room = QRectF(self.rect()).adjusted(px(18), px(14), -px(18), -px(14))
        {"find": self._find, "review": self._review, "copy": self._copy}[self.key](painter, room)
        painter.end()

    @staticmethod
    def _find(painter: QPainter, room: QRectF) -> None:
        split = room.left() + room.width() * 0.62
        paint_bars(painter, QRectF(room.left(), room.top() + 2, split - room.left() - px(4), room.height() - 2),
                   [*_HILL, *_TAIL], "neutral_fill")
        painter.fillRect(QRectF(split, room.top(), 2, room.height()), color("ember_fill"))
        width = px(8)
        for i, share in enumerate((0.08, 0.14, 0.2, 0.16)):
            high = share * room.height()
            left = split + px(6) + i * (room.right() - split - px(14)) / 3.4
            painter.fillRect(QRectF(left, room.bottom() - high, width, high), color("ember_fill"))
        painter.fillRect(QRectF(room.left(), room.bottom(), room.width(), 1), color("border"))

    @staticmethod
    def _review(painter: QPainter, room: QRectF) -> None:
        high = (room.height() + px(16)) / 3 - px(4)
        for i, (sign, ink, words, score) in enumerate(
            (("flag", "bad", 0.52, 0.19), ("okc", "ok", 0.4, 0.15), ("unsure", "warn", 0.32, 0.12))
        ):
            top = room.top() - px(7) + i * (high + px(4))
            line = QRectF(room.left() + px(2), top, room.width() - px(4), high)
            box(painter, line, px(3), color("surface"), color("border"))
            side = px(13)
            middle = int(line.center().y() - side / 2)
            painter.drawPixmap(int(line.left()) + px(6), middle, icon_pixmap(sign, side, ink))
            bar, y = px(6), line.center().y() - px(3)
            pill(painter, line.left() + px(28), y, line.width() * words, bar, color("neutral_soft"))
            pill(painter, line.right() - line.width() * 0.25, y, line.width() * score, bar, color("ember_fill"))

    @staticmethod
    def _copy(painter: QPainter, room: QRectF) -> None:
        half = room.width() * 0.44
        hill = [0.05, *_HILL[1:], 0.08, 0.04]
        for left, fill, shift in ((room.left(), "neutral_fill", 1.0), (room.right() - half, "accent_line", 0.96)):
            area = QRectF(left, room.top(), half, room.height())
            paint_bars(painter, area, [h * shift for h in hill], fill)
            painter.fillRect(QRectF(left, room.bottom(), half, 1), color("border"))


class Line(Ringed, QAbstractButton):
    """One row of a list that opens something: icon, name over note, facts, time, key or arrow."""

    pin_pressed = Signal()

    def __init__(
        self, icon: str, name: str, note: str, *, facts: str = "", when: str = "", keys: str = "", end: str = "",
        first: bool = False, pinned: bool | None = None, pin_name: str = "",
    ) -> None:
        super().__init__()
        self.icon_name, self.facts, self.when, self.keys, self.end, self.first = icon, facts, when, keys, end, first
        self.note = note
        self.setText(name)
        self.setAccessibleName(name)
        self.setAccessibleDescription(", ".join(p for p in (note, facts, when) if p))
        self.setFixedHeight(px(52))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.pin: IconButton | None = None
        if pinned is not None:
            self.pin = IconButton("pin", pin_name, size=28, glyph=15, token="accent_text" if pinned else "outline",
                                  parent=self)
            self.pin.clicked.connect(self.pin_pressed)

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(52))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.pin is not None:
            self.pin.move(self.width() - px(90), (self.height() - self.pin.height()) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        if self.underMouse() or self.isDown():
            box(painter, QRectF(self.rect()).adjusted(px(3), px(3), -px(3), -px(3)), px(6), color("sunken"))
        if not self.first:
            painter.fillRect(0, 0, self.width(), 1, color("divider"))
        side = px(18)
        painter.drawPixmap(px(16), (self.height() - side) // 2, icon_pixmap(self.icon_name, side, "text2"))
        right = self._paint_right(painter)
        room = right - px(48) - px(12)
        for role, ink, text, top in (("strong", "text", self.text(), px(8)), ("secondary", "text2", self.note, px(26))):
            painter.setFont(font(role))
            painter.setPen(color(ink))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(room))
            painter.drawText(QRectF(px(48), top, room, px(18)), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()

    def _paint_right(self, painter: QPainter) -> float:
        """Key or arrow, time, facts, from the right; returns where they begin."""
        right = float(self.width() - px(16))
        middle = Qt.AlignmentFlag.AlignVCenter
        if self.end:
            side = px(16)
            painter.drawPixmap(int(right - side), (self.height() - side) // 2, icon_pixmap(self.end, side, "text2"))
            right -= side + px(8)
        if self.keys:
            painter.setFont(font("micro_strong"))
            width = QFontMetricsF(painter.font()).horizontalAdvance(self.keys) + px(11)
            cap = QRectF(right - width, (self.height() - px(20)) / 2, width, px(20))
            box(painter, cap, px(4), color("sunken"), color("border"))
            painter.setPen(color("text2"))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self.keys)
            right = self.width() - px(94)
        painter.setFont(font("secondary"))
        painter.setPen(color("text2"))
        if self.when:
            painter.drawText(QRectF(right - px(80), 0, px(80), self.height()), middle, self.when)
            right -= px(100)
        if self.facts and right > px(320):
            width = min(QFontMetricsF(painter.font()).horizontalAdvance(self.facts) + 2, right - px(220))
            shown = painter.fontMetrics().elidedText(self.facts, Qt.TextElideMode.ElideRight, int(width))
            room = QRectF(right - width, 0, width, self.height())
            painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, shown)
            right -= width
        return right


class DropArea(QWidget):
    """Says that a file can be dropped anywhere; the window itself takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(56))
        row = hbox(self, margin=(16, 0, 16, 0), gap=8)
        row.addStretch(1)
        row.addWidget(Glyph("drop", 18, "text2"))
        row.addWidget(Label(tr("start.drop"), "strong"))
        row.addWidget(Label(tr("start.drop.note"), "body", "text2", elide=True))
        row.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.setPen(QPen(color("control"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(8), px(8))
        painter.end()
