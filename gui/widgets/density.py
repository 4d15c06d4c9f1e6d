"""A map of rows: grey where there are many, a mark for each of the most unusual, and an outline one draws."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..text import say, tr
from ..theme import color, font, px
from .paint import Ringed, box, painter_of

__all__ = ["DensityMap"]

_NEAR = 12  # pixels from which a mark is meant
_STILL = 5  # pixels that a press may move and still be no outline
_CORNERS = 64
_NEXT, _LEAST = 4, 200
"""Ranks with a mark: so many times as many as are flagged, and never fewer than the second."""
_LARGE = 10  # ranks whose marks are larger
_FAINT, _FULL = 46, 235  # opacity of one row in a cell, and of the fullest cell
_STEPS = {
    Qt.Key.Key_J: 1, Qt.Key.Key_K: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1,
}

Corner = tuple[float, float]


class DensityMap(Ringed, QWidget):
    """All rows as an image, the most unusual as marks. Arrows go through them by rank; the mouse draws an outline.

    Attributes:
        outline: corners in units of the map; fewer than three: none.
        flagged: how many of the first ranks have a filled mark.

    Signals:
        picked: the rank of the mark that was pressed. stepped: to the next (1) or previous (-1) rank.
        drawn: the corners of a new outline. opened: Enter was pressed. left: Esc was.
    """

    picked = Signal(int)
    stepped = Signal(int)
    drawn = Signal(list)
    opened = Signal()
    left = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.low, self.high = np.zeros(2), np.ones(2)
        self.counts = np.zeros((0, 0))
        self.points: list[Mapping[str, Any]] = []
        self.places = np.zeros((0, 2))
        self.flagged = 0
        self.here: tuple[int, Corner] | None = None
        self.words = ("", "")
        self.outline: list[Corner] = []
        self._path: list[QPointF] = []
        self._image: tuple[str, QImage] | None = None
        self._kept: tuple[tuple[object, ...], QPixmap] | None = None

    def sizeHint(self) -> QSize:
        return QSize(px(520), px(360))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(220), px(160))

    # what is shown

    def show_map(self, found: Mapping[str, Any], words: tuple[str, str]) -> None:
        """Show an answer of the task `map`; `words` say what lies to the right and upwards."""
        bins = int(found["bins"])
        self.counts = np.frombuffer(b64decode(found["density"]), "<u4").reshape(bins, bins)
        self.low, self.high = np.array(found["low"]), np.array(found["high"])
        self.points, self.words, self._image = list(found["points"]), words, None
        self.places = np.array([[p["x"], p["y"]] for p in self.points]).reshape(-1, 2)
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.counts, self.points, self.places, self.here = np.zeros((0, 0)), [], np.zeros((0, 2)), None
        self.outline, self._image = [], None
        self.update()

    def set_flagged(self, count: int) -> None:
        """Fill the marks of the first ranks."""
        self.flagged = count
        self.update()

    def set_here(self, rank: int, place: Corner | None) -> None:
        """Ring the row on show; None: it is not known where it lies."""
        self.here = None if place is None else (rank, place)
        self.update()

    def set_outline(self, corners: Sequence[Corner]) -> None:
        """Show an outline."""
        self.outline = list(corners)
        self.update()

    # places

    def _room(self) -> QRectF:
        return QRectF(px(26), px(6), self.width() - px(32), self.height() - px(32))

    def _at(self, x: float, y: float) -> QPointF:
        room, share = self._room(), (np.array([x, y]) - self.low) / (self.high - self.low)
        return QPointF(room.left() + share[0] * room.width(), room.bottom() - share[1] * room.height())

    def _pixels(self) -> np.ndarray:
        """(k, 2) of all marks."""
        room, share = self._room(), (self.places - self.low) / (self.high - self.low)
        return np.stack([room.left() + share[:, 0] * room.width(), room.bottom() - share[:, 1] * room.height()], axis=1)

    def _back(self, spot: QPointF) -> Corner:
        room = self._room()
        across = (spot.x() - room.left()) / room.width()
        up = (room.bottom() - spot.y()) / room.height()
        x, y = self.low + np.array([across, up]) * (self.high - self.low)
        return float(x), float(y)

    def near(self, spot: QPointF) -> Mapping[str, Any] | None:
        """The mark under a place: of several the one of the first rank, unless another is clearly nearer."""
        if not self.points:
            return None
        x, y = self._pixels().T
        away = np.hypot(x - spot.x(), y - spot.y())
        away[self.flagged :] += 3  # pixels: a filled mark hides what lies under it
        away[max(_NEXT * self.flagged, _LEAST) :] = np.inf
        best = int(np.argmin(away))
        return self.points[best] if away[best] <= px(_NEAR) else None

    # the hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.counts.size:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._path = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._path and (event.position() - self._path[-1]).manhattanLength() >= _STILL:
            self._path.append(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        path, self._path = self._path, []
        if len(path) > 2:
            kept = path[:: max(-(-len(path) // _CORNERS), 1)]
            self.drawn.emit([self._back(spot) for spot in kept])
        elif path:
            found = self.near(path[0])
            if found is not None:
                self.picked.emit(int(found["rank"]))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and key in _STEPS:
            self.stepped.emit(_STEPS[key])
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif key == Qt.Key.Key_Escape and self.outline:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.near(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), _told(found) if found else "", self)
            return True
        return super().event(event)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, room = painter_of(self), self._room()
        box(painter, room.adjusted(-1, -1, 1, 1), px(4), color("bg"), color("border"))
        if self.counts.size:
            painter.drawPixmap(0, 0, self._ground())
            painter.setClipRect(room)
            self._paint_outline(painter)
            self._paint_here(painter)
            painter.setClipping(False)
            self._paint_words(painter, room)
        painter.end()

    def _ground(self) -> QPixmap:
        """Image and marks; painted anew only when they, the size or the theme are others."""
        ratio = self.devicePixelRatioF()
        key = (self.size(), ratio, self.flagged, color("neutral_fill").name(), id(self.points))
        if self._kept is None or self._kept[0] != key:
            made = QPixmap(self.size() * ratio)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawImage(self._room(), self._picture())
            painter.setClipRect(self._room())
            self._paint_points(painter)
            painter.end()
            self._kept = key, made
        return self._kept[1]

    def _picture(self) -> QImage:
        """Rows as grey: more opaque where there are more, by the logarithm; made anew for another theme."""
        ink = color("neutral_fill")
        if self._image is None or self._image[0] != ink.name():
            level = np.log1p(self.counts[::-1]) / np.log1p(max(self.counts.max(), 1))
            alpha = np.where(level > 0, _FAINT + level * (_FULL - _FAINT), 0).astype(np.uint32)
            pixels = np.ascontiguousarray((alpha << 24) | (ink.rgb() & 0xFFFFFF)).astype("<u4")
            high, wide = pixels.shape
            image = QImage(pixels.tobytes(), wide, high, 4 * wide, QImage.Format.Format_ARGB32).copy()
            self._image = ink.name(), image
        return self._image[1]

    def _paint_points(self, painter: QPainter) -> None:
        """Flagged rows as filled diamonds, the first ones larger; the next ranks as small open circles."""
        spots = [QPointF(x, y) for x, y in self._pixels().tolist()]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color("neutral_fill"), 1))
        for spot in spots[self.flagged : max(_NEXT * self.flagged, _LEAST)]:
            painter.drawEllipse(spot, px(2), px(2))
        painter.setPen(QPen(color("surface"), 1))
        painter.setBrush(color("ember_fill"))
        small, large = (QPolygonF([QPointF(0, -s), QPointF(s, 0), QPointF(0, s), QPointF(-s, 0)])
                        for s in (px(5), px(7)))
        for place in range(min(self.flagged, len(spots)) - 1, -1, -1):
            painter.drawPolygon((large if place < _LARGE else small).translated(spots[place]))

    def _paint_here(self, painter: QPainter) -> None:
        """A ring around the row on show, and its rank."""
        if self.here is None:
            return
        rank, (x, y) = self.here
        spot, room = self._at(x, y), self._room()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in (("surface", 5.0), ("accent_line", 2.5)):
            painter.setPen(QPen(color(ink), width))
            painter.drawEllipse(spot, px(10), px(10))
        painter.setFont(font("micro_strong"))
        text = tr("gui_detect.rank", rank=rank)
        width, high = painter.fontMetrics().horizontalAdvance(text) + px(12), px(18)
        left = spot.x() + px(14) if spot.x() + px(14) + width < room.right() else spot.x() - px(14) - width
        top = min(max(spot.y() - high / 2, room.top() + 2), room.bottom() - high - 2)
        box(painter, QRectF(left, top, width, high), px(4), color("accent"))
        painter.setPen(color("on_accent"))
        painter.drawText(QRectF(left, top, width, high), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_outline(self, painter: QPainter) -> None:
        corners = self._path if len(self._path) > 1 else [self._at(x, y) for x, y in self.outline]
        if len(corners) < 2:
            return
        ground = color("accent_line")
        ground.setAlpha(38)
        painter.setBrush(ground)
        painter.setPen(QPen(color("accent_line"), 2, Qt.PenStyle.DashLine))
        painter.drawPolygon(QPolygonF(corners))

    def _paint_words(self, painter: QPainter, room: QRectF) -> None:
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        middle = Qt.AlignmentFlag.AlignCenter
        metrics = painter.fontMetrics()
        across = metrics.elidedText(self.words[0], Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(QRectF(room.left(), room.bottom() + px(4), room.width(), px(20)), middle, across)
        up = metrics.elidedText(self.words[1], Qt.TextElideMode.ElideRight, int(room.height()))
        painter.translate(0, room.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, px(2), room.height(), px(20)), middle, up)


def _told(point: Mapping[str, Any]) -> str:
    title, below = say(point.get("title", "")), str(point.get("subtitle", ""))
    words = tr("gui_detect.map.point", rank=point["rank"], title=title, score=point["score"])
    return f"{words}\n{below}" if below else words
