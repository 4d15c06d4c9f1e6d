"""Shares found as bars with their intervals, one line each; the lines may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..text import tr
from ..theme import color, font, px
from .paint import Ringed, box, line, painter_of, pill

__all__ = ["FoundBars", "FoundLine"]


@dataclass(frozen=True)
class FoundLine:
    """One line.

    Args:
        text: what was looked for, or who looked.
        share, low, high: found, with the ends of the interval, 0 to 1.
        note: a quiet line below.
        is_used: whether it is the ranking that is in use.
    """

    text: str
    share: float
    low: float
    high: float
    note: str = ""
    is_used: bool = False

    @property
    def said(self) -> str:
        """The line in words."""
        share = tr("gui_compare.share", share=round(self.share, 2))
        return tr("gui_compare.line", text=self.text, share=share, low=round(self.low, 2), high=round(self.high, 2))


class FoundBars(Ringed, QWidget):
    """Lines of text, bar, interval and figure.

    Args:
        name: what a screen reader says.
        label_width: design pixels of the words.
        can_choose: whether a line can be chosen, by mouse and arrow keys.
    """

    chosen = Signal(int)

    def __init__(
        self, name: str, *, label_width: int = 150, can_choose: bool = False, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.lines: list[FoundLine] = []
        self.label_width, self.can_choose, self.place = label_width, can_choose, 0
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if can_choose:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set(self, lines: Sequence[FoundLine]) -> None:
        """Show these lines."""
        self.lines = list(lines)
        self.place = min(self.place, max(len(self.lines) - 1, 0))
        self._describe()
        self.updateGeometry()
        self.update()

    def choose(self, place: int) -> None:
        """Choose a line."""
        place = min(max(place, 0), len(self.lines) - 1)
        if self.can_choose and place != self.place:
            self.place = place
            self._describe()
            self.update()
            self.chosen.emit(place)

    def _describe(self) -> None:
        first = self.lines[self.place : self.place + 1] if self.can_choose else []
        self.setAccessibleDescription(". ".join(known.said for known in [*first, *self.lines]))

    def _left(self) -> float:
        """Where the bars begin: behind the words, as far as these leave them half of the room."""
        return min(px(self.label_width), self.width() * 0.55)

    def _high(self) -> int:
        return px(42 if any(known.note for known in self.lines) else 26)

    def sizeHint(self) -> QSize:
        return QSize(px(self.label_width + 180), self._high() * max(len(self.lines), 1))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(260), self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.choose(int(event.position().y() // self._high()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Home: -99, Qt.Key.Key_End: 99}
        if self.can_choose and event.key() in steps:
            self.choose(self.place + steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        for i, known in enumerate(self.lines):
            room = QRectF(0, i * self._high(), self.width(), self._high())
            if self.can_choose and i == self.place:
                box(painter, room.adjusted(0, 1, 0, -1), px(6), color("accent_soft"))
            self._words(painter, room.adjusted(px(8), 0, 0, 0), known)
            self._bar(painter, room, known)
        painter.end()

    def _words(self, painter: QPainter, room: QRectF, known: FoundLine) -> None:
        room.setWidth(self._left() - px(16))
        above, below = QRectF(room), QRectF(room)
        if known.note:
            above.setBottom(room.center().y() + px(1))
            below.setTop(room.center().y() - px(1))
            self._text(painter, below, known.note, "secondary", "text2")
        self._text(painter, above, known.text, "strong" if known.is_used else "body", "text")

    def _bar(self, painter: QPainter, room: QRectF, known: FoundLine) -> None:
        left, right = self._left(), self.width() - px(52)
        track, middle = right - left, room.center().y()
        pill(painter, left, middle - px(4), track, px(8), color("surface" if self._is_chosen(room) else "sunken"))
        fill = color("accent_line" if known.is_used else "neutral_fill")
        pill(painter, left, middle - px(4), known.share * track, px(8), fill)
        low, high = left + known.low * track, left + known.high * track
        if high - low > px(2):
            line(painter, low, middle, high, middle, color("text"), 1.5)
            for x in (low, high):
                line(painter, x, middle - px(4), x, middle + px(4), color("text"), 1.5)
        figure = QRectF(right, room.top(), px(44), room.height())
        painter.setFont(font("strong" if known.is_used else "body"))
        painter.setPen(color("text"))
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(figure, side, tr("gui_compare.share", share=round(known.share, 2)))

    def _is_chosen(self, room: QRectF) -> bool:
        return self.can_choose and int(room.top() // self._high()) == self.place

    @staticmethod
    def _text(painter: QPainter, room: QRectF, text: str, role: str, token: str) -> None:
        painter.setFont(font(role))
        painter.setPen(color(token))
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
