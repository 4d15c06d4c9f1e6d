"""Surfaces: cards, badges, banners, empty states, rows that flow."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QLayoutItem, QSizePolicy, QVBoxLayout, QWidget

from ..theme import color, font, icon_pixmap, px
from .button import Button
from .label import Glyph, Label, divider
from .paint import box, painter_of

__all__ = ["Badge", "Banner", "Card", "EmptyState", "FlowRow", "Tile", "hbox", "vbox"]

_SOFT = {
    "plain": ("sunken", "text2"), "accent": ("accent_soft", "accent_text"), "ember": ("ember_soft", "ember"),
    "ok": ("ok_soft", "ok"), "warn": ("warn_soft", "warn"), "bad": ("bad_soft", "bad"),
}
_SIGN = {"ok": "okc", "warn": "warnt", "bad": "badc"}


def vbox(parent: QWidget | None = None, *, margin: int | tuple[int, int, int, int] = 0, gap: int = 8) -> QVBoxLayout:
    """A column with zoomed margins (left, top, right, bottom) and gap."""
    return _fill(QVBoxLayout(parent) if parent else QVBoxLayout(), margin, gap)


def hbox(parent: QWidget | None = None, *, margin: int | tuple[int, int, int, int] = 0, gap: int = 8) -> QHBoxLayout:
    """A row with zoomed margins (left, top, right, bottom) and gap."""
    return _fill(QHBoxLayout(parent) if parent else QHBoxLayout(), margin, gap)


def _fill(layout: Any, margin: int | tuple[int, int, int, int], gap: int) -> Any:
    sides = (margin,) * 4 if isinstance(margin, int) else margin
    layout.setContentsMargins(*(px(s) for s in sides))
    layout.setSpacing(px(gap))
    return layout


class Card(QFrame):
    """A bordered surface; put content into `.body`, a column.

    Args:
        margin: padding in design pixels.
        token: the fill.
    """

    def __init__(
        self, *, margin: int | tuple[int, int, int, int] = 16, gap: int = 8, token: str = "surface",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.token = token
        self.edge: str | None = None
        self.body = vbox(self, margin=margin, gap=gap)

    def set_edge(self, token: str | None) -> None:
        """A coloured bar at the left, for the one card that asks for attention."""
        self.edge = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(8), color(self.token), color("border"))
        if self.edge:
            high = self.height() - px(24)
            box(painter, QRectF(0, px(12), 3, high), 1.5, color(self.edge))
        painter.end()


class Badge(QWidget):
    """A word on a soft ground: "Rank 1", "Done", "1 failed". Verdict tones come with their sign."""

    def __init__(
        self, text: str, tone: str = "plain", *, icon: str | None = None, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.icon_name = icon
        self.set(text, tone)

    def set(self, text: str, tone: str | None = None) -> None:
        """Change word and tone."""
        self.text = text
        self.tone = tone or self.tone
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def _sign(self) -> str | None:
        return self.icon_name or _SIGN.get(self.tone)

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(font("button_small")).horizontalAdvance(self.text) + px(16)
        return QSize(int(width) + (px(18) if self._sign() else 0) + 1, px(20))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        ground, ink = _SOFT[self.tone]
        painter = painter_of(self)
        box(painter, self.rect(), px(4), color(ground))
        x = px(8)
        if sign := self._sign():
            side = px(14)
            picture = icon_pixmap(sign, side, ink, self.devicePixelRatioF())
            painter.drawPixmap(px(6), (self.height() - side) // 2, picture)
            x += px(17)
        painter.setFont(font("button_small"))
        painter.setPen(color(ink))
        painter.drawText(QRectF(x, 0, self.width() - x, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()


class Tile(QWidget):
    """An icon on a soft square."""

    def __init__(self, icon: str, tone: str = "accent", *, size: int = 64, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icon_name, self.tone = icon, tone
        self.setFixedSize(px(size), px(size))

    def paintEvent(self, event: QPaintEvent) -> None:
        ground, ink = _SOFT[self.tone]
        side = round(self.width() * (0.42 if self.width() > px(48) else 0.5))
        painter = painter_of(self)
        box(painter, self.rect(), self.width() / 4 if self.width() > px(48) else px(6), color(ground))
        corner = (self.width() - side) // 2
        painter.drawPixmap(corner, corner, icon_pixmap(self.icon_name, side, ink, self.devicePixelRatioF()))
        painter.end()


_RESIZED = Qt.WidgetAttribute.WA_Resized


class Banner(QFrame):
    """A sentence above the content: a sign, a strong part, the rest, and perhaps one link.

    Args:
        tone: "info" on a plain card, or ok, warn, bad, ember on its soft ground.
    """

    def __init__(
        self, strong: str, text: str = "", tone: str = "info", *, link: str | None = None,
        on_link: Callable[[], None] | None = None, icon: str | None = None, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        row = hbox(self, margin=(13, 5, 12, 5) if link else (13, 11, 12, 11), gap=8)
        top = Qt.AlignmentFlag.AlignVCenter if link else Qt.AlignmentFlag.AlignTop
        self.sign = Glyph(icon or "info", 16)
        row.addWidget(self.sign, 0, top)
        self.words = Label(wrap=True)
        row.addWidget(self.words, 1)
        self.set(strong, text)
        self.set_tone(tone, icon)
        self.link: Button | None = None
        if link:
            self.link = Button(link, kind="link", small=True)
            row.addWidget(self.link, 0, Qt.AlignmentFlag.AlignVCenter)
            if on_link:
                self.link.clicked.connect(lambda _=False: on_link())

    def set_tone(self, tone: str, icon: str | None = None) -> None:
        """Change the tone and its sign."""
        self.tone = tone
        sign = icon or {"info": "info", "ember": "detect"}.get(tone) or _SIGN[tone]
        self.sign.set(sign, "accent_text" if tone == "info" else tone)
        self.update()

    def set(self, strong: str, text: str = "") -> None:
        """Change the words."""
        self.words.rich(f"<span style='font-weight:600'>{escape(strong)}</span> {escape(text)}")
        self.words.setAccessibleName(f"{strong} {text}".strip())

    def minimumSizeHint(self) -> QSize:
        """As high as the words need at the present width, not at the least one: pages below can shrink further."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), self.heightForWidth(self.width())) if self.testAttribute(_RESIZED) else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        if self.tone == "info":
            box(painter, self.rect(), px(8), color("surface"), color("border"))
        else:
            box(painter, self.rect(), px(6), color(_SOFT[self.tone][0]))
        painter.end()


class EmptyState(QWidget):
    """What is missing, the steps that lead there with those already done ticked, one way on, one alternative.

    Args:
        steps: (icon, words, note, is_done); the first one not done is the next.
        primary, secondary: buttons; None leaves them out.
        hint: a quiet line below.
    """

    def __init__(
        self, icon: str, title: str, text: str, steps: list[tuple[str, str, str, bool]] | None = None,
        primary: Button | None = None, secondary: Button | None = None, *, hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        inner = QWidget()
        inner.setFixedWidth(px(520))
        column = vbox(inner, gap=16)
        column.addWidget(Tile(icon))
        words = vbox(gap=6)
        words.addWidget(Label(title, "title"))
        words.addWidget(Label(text, "body", "text2", wrap=True))
        column.addLayout(words)
        if steps:
            column.addWidget(_steps(steps))
        if primary or secondary:
            row = hbox(gap=8)
            for button in (primary, secondary):
                if button:
                    row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
        if hint:
            column.addWidget(Label(hint, "secondary", "text3", wrap=True))
        outer = vbox(self, margin=24)
        outer.addStretch(1)
        outer.addWidget(inner, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)


def _steps(steps: list[tuple[str, str, str, bool]]) -> Card:
    card = Card(margin=(16, 0, 16, 0), gap=0)
    following = next((i for i, step in enumerate(steps) if not step[3]), -1)
    for i, (icon, words, note, is_done) in enumerate(steps):
        line = QWidget()
        line.setFixedHeight(px(40))
        row = hbox(line, gap=10)
        sign, token = ("okc", "ok") if is_done else (icon, "accent_text" if i == following else "text3")
        row.addWidget(Glyph(sign, 18, token))
        row.addWidget(Label(words, "strong" if i == following else "body", "text" if i == following else "text2"), 1)
        row.addWidget(Label(note, "secondary", "text2"))
        if i:
            card.body.addWidget(divider())
        card.body.addWidget(line)
    return card


class FlowRow(QLayout):
    """Widgets side by side that break into further lines when the room is short."""

    def __init__(self, parent: QWidget | None = None, gap: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = px(gap)
        self.setContentsMargins(0, 0, 0, 0)
        if parent is not None:
            parent.setLayout(self)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.update()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, high = rect.x(), rect.y(), 0
        for item in self._items:
            hint = item.sizeHint()
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, high = rect.x(), y + high + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x, high = x + hint.width() + self._gap, max(high, hint.height())
        return y + high - rect.y()
