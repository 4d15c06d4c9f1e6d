"""The four steps of a copy, each with where it stands: roles, generate, compare, risk and export."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Glyph, hbox
from ..widgets.paint import Ringed, box, painter_of

__all__ = ["STEPS", "StepStrip"]

STEPS = ("roles", "generate", "compare", "risk")
_TOKENS = {"okc": "ok", "clock": "accent_text", "warnt": "warn", "badc": "bad", "skip": "text3"}


class _Step(Ringed, QAbstractButton):
    """One step: a sign, its name, and below it in a few words where it stands."""

    stepped = Signal(int)

    def __init__(self, key: str, number: int) -> None:
        super().__init__()
        self.sign, self.note = "skip", ""
        self.setObjectName(key)
        self.setText(tr(f"gui_synth.part.{key}"))
        self.setToolTip(tr(f"gui_synth.part.{key}.tip", digit=number))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, sign: str, note: str) -> None:
        """Where it stands."""
        self.sign, self.note = sign, note
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(note)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(px(180), px(48))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(108), px(48))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        if self.isChecked():
            box(painter, self.rect(), px(6), color("accent_soft"))
        elif self.underMouse():
            box(painter, self.rect(), px(6), color("sunken"))
        side = px(20)
        x, token = px(10), "accent_text" if self.sign == "clock" else _TOKENS[self.sign]
        picture = icon_pixmap(self.sign, side, token, self.devicePixelRatioF())
        painter.drawPixmap(x, (self.height() - side) // 2, picture)
        self._paint_words(painter, QRectF(x + side + px(10), 0, self.width() - x - side - px(18), self.height()))
        painter.end()

    def _paint_words(self, painter: QPainter, room: QRectF) -> None:
        middle = room.height() / 2
        for role, token, text, top in (
            ("strong", "accent_text" if self.isChecked() else "text", self.text(), middle - px(18)),
            ("secondary", "text2", self.note, middle),
        ):
            painter.setFont(font(role))
            painter.setPen(color(token))
            metrics = QFontMetricsF(font(role))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            line = QRectF(room.x(), top, room.width(), px(18))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)


class StepStrip(QWidget):
    """Radio buttons in a row; left and right go from one to the next.

    Signals:
        chosen: key of the step, one of `STEPS`.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("gui_synth.parts"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = hbox(self, margin=(6, 6, 6, 6), gap=4)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, _Step] = {}
        for at, key in enumerate(STEPS):
            button = self.buttons[key] = _Step(key, at + 1)
            self._group.addButton(button)
            button.stepped.connect(self._step)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            if at:
                row.addWidget(Glyph("right", 14, "text3"))
            row.addWidget(button, 1)
        self.set_value(STEPS[0])

    def value(self) -> str:
        """The step on show."""
        return next((key for key, b in self.buttons.items() if b.isChecked()), STEPS[0])

    def set_value(self, key: str) -> None:
        """Mark a step without telling anybody."""
        self.buttons[key].setChecked(True)

    def _step(self, by: int) -> None:
        target = self.buttons[STEPS[(STEPS.index(self.value()) + by) % len(STEPS)]]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        target.click()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(8), color("surface"), color("border"))
        painter.end()
