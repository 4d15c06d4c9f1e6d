"""Buttons: painted, but real ones, so that keyboard and screen readers find them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ..theme import color, font, icon_pixmap, px
from .paint import Ringed, box, painter_of

__all__ = ["Button", "Chip", "IconButton", "Segmented", "Switch"]


class Button(Ringed, QPushButton):
    """A button with an icon and the key that does the same.

    Args:
        kind: "primary" (one a page), "plain" (bordered), "quiet" (no border), "link" (accent words).
        shortcut_hint: key shown as a cap; the key itself is bound by an Action.
        menu: show a small arrow, since pressing opens a menu.
    """

    def __init__(
        self, text: str, icon: str | None = None, kind: str = "plain", shortcut_hint: str | None = None, *,
        small: bool = False, menu: bool = False, name: str | None = None, parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.icon_name, self.kind, self.hint, self.small, self.has_arrow = icon, kind, shortcut_hint, small, menu
        self.setFont(font("button_small" if small else "button"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name or text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def show_as(self, icon: str, text: str) -> None:
        """Another icon and other words."""
        self.icon_name = icon
        self.setText(text)

    def sizeHint(self) -> QSize:
        side = px(8 if self.kind == "link" else 12 if not self.small else 10)
        width = 2 * side + QFontMetricsF(self.font()).horizontalAdvance(self.text())
        width += px(24) if self.icon_name else 0
        width += px(20) if self.has_arrow else 0
        width += self._cap_width() + px(12) if self.hint else 0
        return QSize(int(width) + 1, px(28 if self.small else 32))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.isEnabled():
            self.click()
            return
        super().keyPressEvent(event)

    def _cap_width(self) -> float:
        return max(QFontMetricsF(font("micro_strong")).horizontalAdvance(self.hint or "") + px(11), px(20))

    def _colors(self) -> tuple[QColor | None, QColor | None, str]:
        """Fill, edge and text token of this kind in this state."""
        down, over = self.isDown(), self.underMouse()
        if not self.isEnabled():
            boxed = self.kind in ("primary", "plain")
            return (color("sunken") if boxed else None), (color("border") if boxed else None), "text3"
        if self.kind == "primary":
            return color("accent_press" if down else "accent_hover" if over else "accent"), None, "on_accent"
        fill = color("divider") if down else color("sunken") if over else None
        if self.kind == "plain":
            return fill or color("surface"), color("outline"), "text"
        return fill, None, "accent_text" if self.kind == "link" else "text2"

    def paintEvent(self, event: QPaintEvent) -> None:
        fill, edge, token = self._colors()
        painter = painter_of(self)
        box(painter, self.rect(), px(6), fill, edge)
        content = self.sizeHint().width()
        x = max((self.width() - content) / 2, 0) + px(8 if self.kind == "link" else 10 if self.small else 12)
        middle = self.height() / 2
        if self.icon_name:
            side = px(16)
            painter.drawPixmap(int(x), int(middle - side / 2), self._picture(side, token))
            x += px(24)
        painter.setPen(color(token))
        width = QFontMetricsF(self.font()).horizontalAdvance(self.text()) + 1
        painter.drawText(QRectF(x, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        x += width
        if self.hint:
            self._paint_cap(painter, x + px(11), token)
        if self.has_arrow:
            side = px(14)
            painter.drawPixmap(int(x + px(6)), int(middle - side / 2), icon_pixmap("down", side, token))
        painter.end()

    def _picture(self, side: int, token: str) -> object:
        shown = "text2" if token == "text" else token
        return icon_pixmap(self.icon_name or "", side, shown, self.devicePixelRatioF())

    def _paint_cap(self, painter: QPainter, x: float, token: str) -> None:
        high = px(20)
        cap = QRectF(x, (self.height() - high) / 2, self._cap_width(), high)
        if self.kind == "primary" and self.isEnabled():
            box(painter, cap, px(4), color("accent").darker(128))
        else:
            box(painter, cap, px(4), color("sunken"), color("border"))
        painter.setFont(font("micro_strong"))
        painter.setPen(color("text2" if token == "text" else token))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self.hint or "")


class IconButton(Ringed, QAbstractButton):
    """A picture that acts; `name` is its accessible name and tool tip."""

    def __init__(
        self, icon: str, name: str, *, size: int = 32, glyph: int = 18, token: str = "text2",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.icon_name, self.glyph, self.token = icon, glyph, token
        self.setFixedSize(px(size), px(size))
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_icon(self, icon: str, token: str | None = None) -> None:
        """Another picture."""
        self.icon_name, self.token = icon, token or self.token
        self.update()

    def enterEvent(self, event: object) -> None:
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        if self.isEnabled() and (self.isDown() or self.underMouse() or self.isChecked()):
            box(painter, self.rect(), px(6), color("divider" if self.isDown() else "sunken"))
        side = px(self.glyph)
        token = self.token if self.isEnabled() else "outline"
        picture = icon_pixmap(self.icon_name, side, token, self.devicePixelRatioF())
        painter.drawPixmap((self.width() - side) // 2, (self.height() - side) // 2, picture)
        painter.end()


class _Segment(Ringed, QAbstractButton):
    stepped = Signal(int)

    def __init__(self, text: str, small: bool) -> None:
        super().__init__()
        self.small = small
        self.setText(text)
        self.setCheckable(True)
        self.setFont(font("button_small" if small else "button"))
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        strong = font("strong") if not self.small else font("secondary_strong")
        width = QFontMetricsF(strong).horizontalAdvance(self.text()) + px(24)
        return QSize(int(width), px(24 if self.small else 28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        on = self.isChecked()
        if on:
            box(painter, self.rect(), px(5), color("raised"), color("outline"))
            painter.setFont(font("secondary_strong" if self.small else "strong"))
        elif self.underMouse():
            box(painter, self.rect(), px(5), color("divider"))
        painter.setPen(color("text3" if not self.isEnabled() else "text" if on else "text2"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class Segmented(QWidget):
    """A few choices of which one holds: radio buttons that look like a switch. Left and right move the choice."""

    chosen = Signal(str)

    def __init__(
        self, choices: list[tuple[str, str]], value: str | None = None, *, name: str = "", small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, _Segment] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(px(2))
        for key, text in choices:
            button = _Segment(text, small)
            self._buttons[key] = button
            self._group.addButton(button)
            row.addWidget(button)
            button.setObjectName(key)
            button.stepped.connect(self._step)
        self.set_value(value or choices[0][0])
        self._group.buttonToggled.connect(self._toggled)

    def value(self) -> str:
        """Key of the choice that holds."""
        return next((key for key, b in self._buttons.items() if b.isChecked()), "")

    def set_value(self, key: str) -> None:
        """Choose without telling anybody."""
        blocked = self._group.blockSignals(True)
        self._buttons[key].setChecked(True)
        self._group.blockSignals(blocked)

    def button(self, key: str) -> QAbstractButton:
        """The button of a choice (to disable it, or to hang a tool tip on it)."""
        return self._buttons[key]

    def _step(self, by: int) -> None:
        able = [key for key, b in self._buttons.items() if b.isEnabled() or b.isChecked()]
        target = self._buttons[able[(able.index(self.value()) + by) % len(able)]]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        target.click()

    def _toggled(self, button: QAbstractButton, on: bool) -> None:
        if on:
            self.chosen.emit(button.objectName())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(6), color("sunken"), color("border"))
        painter.end()


class Chip(Ringed, QAbstractButton):
    """A filter that holds (press to remove it), or a reason that can be ticked (`checkable`)."""

    def __init__(
        self, text: str, *, checkable: bool = False, key: str | None = None, name: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.key_hint = key
        self.setText(text)
        self.setCheckable(checkable)
        self.setFont(font("button_small"))
        self.setAccessibleName(name or text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(font("secondary_strong")).horizontalAdvance(self.text()) + px(24)
        width += px(20) if self.key_hint or not self.isCheckable() else 0
        return QSize(int(width), px(28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        on = self.isChecked() or not self.isCheckable()
        radius = px(6) if self.isCheckable() else self.height() / 2
        hover = self.underMouse() and self.isEnabled()
        edge = color("accent_line") if self.isChecked() or (hover and on) else None if on else color("outline")
        box(painter, self.rect(), radius, color("accent_soft" if on else "sunken" if hover else "surface"), edge)
        painter.setFont(font("secondary_strong" if on else "button_small"))
        self._paint_content(painter, on)
        painter.end()

    def _paint_content(self, painter: QPainter, on: bool) -> None:
        token = "accent_text" if on else "text"
        side, middle = px(14), self.height() / 2
        x = px(12)
        if self.isCheckable() and self.isChecked() and self.key_hint:
            painter.drawPixmap(px(9), int(middle - side / 2), icon_pixmap("check", side, token))
        elif self.isCheckable() and self.key_hint:
            painter.setPen(color("text2"))
            painter.drawText(QRectF(px(10), 0, px(14), self.height()), Qt.AlignmentFlag.AlignVCenter, self.key_hint)
        x += px(20) if self.isCheckable() and self.key_hint else 0
        painter.setPen(color(token if self.isEnabled() else "text3"))
        room = QRectF(x, 0, self.width() - x, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
        if not self.isCheckable():
            painter.drawPixmap(self.width() - px(24), int(middle - side / 2), icon_pixmap("x", side, token))


class Switch(Ringed, QAbstractButton):
    """On or off, at once."""

    def __init__(self, name: str, *, on: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(on)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(px(34), px(28))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        high, on = px(18), self.isChecked()
        track = QRectF(0, (self.height() - high) / 2, self.width(), high)
        box(painter, track, high / 2, color("accent" if on else "sunken"), None if on else color("control"))
        x = track.right() - high / 2 if on else track.left() + high / 2
        radius = high / 2 - 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("on_accent" if on else "control"))
        painter.drawEllipse(QRectF(x - radius, track.center().y() - radius, 2 * radius, 2 * radius))
        painter.end()
