"""Words on the window: labels, key caps, dividers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from ..theme import TONES, color, font, icon_pixmap, px
from .paint import box, painter_of

__all__ = ["Glyph", "KeyCap", "Label", "divider"]


class Label(QLabel):
    """Text in a role (display, title, section, strong, body, secondary, micro, mono) and a tone of the theme.

    Args:
        wrap: break into several lines.
        elide: shorten with an ellipsis when the room is short, and say the whole in a tool tip.
    """

    def __init__(
        self, text: str = "", role: str = "body", tone: str = "text", wrap: bool = False, *,
        elide: bool = False, italic: bool = False, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._whole = text
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(role, italic=italic))
        self.set_tone(tone)
        if wrap:
            self.setWordWrap(True)
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            self.setMinimumWidth(px(24))
        self.setText(text)

    def set_tone(self, tone: str) -> None:
        """Change the colour."""
        self.setForegroundRole(TONES[tone][0])

    def setText(self, text: str) -> None:
        self._whole = text
        super().setText(text)
        self._shorten()

    def whole(self) -> str:
        """The text, also when it is shown shortened."""
        return self._whole

    def rich(self, html: str) -> None:
        """Show bold parts: `html` must be escaped by the caller."""
        self.setTextFormat(Qt.TextFormat.RichText)
        self._whole = html
        super().setText(html)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if self._elide:
            metrics = QFontMetricsF(self.font())
            hint.setWidth(int(metrics.horizontalAdvance(self._whole)) + 2 + 2 * self.margin())
        return hint

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(px(24), hint.height()) if self._elide else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        if not self._elide:
            return
        metrics = QFontMetricsF(self.font())
        shown = metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width() + 0.5)
        if shown != self.text():
            super().setText(shown)
            if shown != self._whole:  # a layout that is just at work would not hear that there may be room by now
                QTimer.singleShot(0, self, self.updateGeometry)
        self.setToolTip(self._whole if shown != self._whole else "")
        self.setAccessibleName(self._whole)


class Glyph(QLabel):
    """An icon of the set as a picture beside words (decorative: it has no name of its own)."""

    def __init__(self, name: str, size: int = 18, token: str = "text2", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.size_, self.token = name, size, token
        self.setFixedSize(px(size), px(size))

    def set(self, name: str, token: str | None = None) -> None:
        """Another icon, perhaps in another colour."""
        self.name, self.token = name, token or self.token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.drawPixmap(0, 0, self._drawn())
        painter.end()

    def _drawn(self) -> QPixmap:
        return icon_pixmap(self.name, px(self.size_), self.token, self.devicePixelRatioF())


class KeyCap(QLabel):
    """A key as it is printed on a keyboard."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFont(font("micro_strong"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setForegroundRole(TONES["text2"][0])
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = int(QFontMetricsF(self.font()).horizontalAdvance(self.text())) + px(11)
        return QSize(max(width, px(20)), px(20))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, QRectF(self.rect()), px(4), color("sunken"), color("border"))
        painter.end()
        super().paintEvent(event)


class _Divider(QFrame):
    def __init__(self, vertical: bool, token: str) -> None:
        super().__init__()
        self.token = token
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color(self.token))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()


def divider(*, vertical: bool = False, token: str = "divider") -> QFrame:
    """A one-pixel line between sections."""
    return _Divider(vertical, token)
