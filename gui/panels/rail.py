"""The rail at the left: one button a page, Jobs and Settings at the bottom."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QWidget

from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import box, painter_of, vbox
from ..widgets.paint import Ringed

__all__ = ["Rail", "RailButton"]


class RailButton(Ringed, QAbstractButton):
    """Icon over word, with a badge for what waits there."""

    def __init__(self, icon: str, text: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icon_name, self.badge = icon, ""
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setToolTip(f"{text}   {hint}" if hint else text)
        self.setFont(font("button_small"))
        self.setFixedSize(px(72), px(56))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_badge(self, text: str) -> None:
        """A short number, or "" for none."""
        self.badge = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(72), px(56))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        on = self.isChecked()
        if on or self.underMouse():
            box(painter, self.rect(), px(8), color("accent_soft" if on else "sunken"))
        token = "accent_text" if on else "text2"
        side = px(20)
        picture = icon_pixmap(self.icon_name, side, token, self.devicePixelRatioF())
        painter.drawPixmap((self.width() - side) // 2, px(8), picture)
        painter.setFont(font("secondary_strong" if on else "button_small"))
        painter.setPen(color(token))
        words = QRectF(0, px(30), self.width(), px(20))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text())
        if self.badge:
            self._paint_badge(painter)
        painter.end()

    def _paint_badge(self, painter: QPainter) -> None:
        painter.setFont(font("micro_strong"))
        width = max(QFontMetricsF(painter.font()).horizontalAdvance(self.badge) + px(8), px(16))
        left = min(self.width() / 2 + px(5), self.width() - width - 2)
        ground = QRectF(left, px(2), width, px(16))
        box(painter, ground.adjusted(-2, -2, 2, 2), px(10), color("surface"))
        box(painter, ground, px(8), color("accent"))
        painter.setPen(color("on_accent"))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, self.badge)


class _Logo(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(px(72), px(40))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        side = px(32)
        picture = icon_pixmap("logo", side, "accent_text", self.devicePixelRatioF())
        painter.drawPixmap((self.width() - side) // 2, (self.height() - side) // 2, picture)
        painter.end()


class Rail(QFrame):
    """Pages above, Jobs and Settings below.

    Args:
        pages: (key, icon, title, shortcut) in order.
    """

    page_chosen = Signal(str)
    jobs_toggled = Signal()
    settings_wanted = Signal()

    def __init__(self, pages: list[tuple[str, str, str, str]]) -> None:
        super().__init__()
        self.setAccessibleName(tr("gui.rail"))
        self.setFixedWidth(px(88))
        column = vbox(self, margin=(8, 8, 8, 8), gap=8)
        column.addWidget(_Logo())
        column.addSpacing(px(10))
        self._group = QButtonGroup(self)
        self.buttons: dict[str, RailButton] = {}
        for key, icon, title, shortcut in pages:
            button = RailButton(icon, title, shortcut)
            self._group.addButton(button)
            self.buttons[key] = button
            button.clicked.connect(lambda _=False, key=key: self.page_chosen.emit(key))
            column.addWidget(button)
        column.addStretch(1)
        self.jobs = RailButton("jobs", tr("gui.jobs"), "Ctrl+J")
        self.settings = RailButton("settings", tr("gui.settings"), "Ctrl+,")
        self.settings.setCheckable(False)
        self.jobs.clicked.connect(lambda _=False: self.jobs_toggled.emit())
        self.settings.clicked.connect(lambda _=False: self.settings_wanted.emit())
        column.addWidget(self.jobs)
        column.addWidget(self.settings)

    def set_page(self, key: str) -> None:
        """Mark the page on top."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("surface"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), color("border"))
        for button in (*self.buttons.values(), self.jobs):
            if button.isChecked():
                edge = QRectF(0, button.y() + px(14), 3, button.height() - px(28))
                box(painter, edge, 1.5, color("accent_line"))
        painter.end()
