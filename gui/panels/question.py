"""The one question before a fit: are these rows known to be normal? And what is going to happen."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from ..text import tr
from ..theme import color, font, px
from ..widgets import Button, Card, Combo, Label, Tile, hbox, vbox
from ..widgets.paint import Ringed, box, dot, painter_of

__all__ = ["QuestionPanel"]


class _Choice(Ringed, QAbstractButton):
    """A radio button that says what follows from it."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setText(title)
        self.below = text
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        room = QRectF(0, 0, px(520 - 60), px(400))
        high = QFontMetricsF(font("secondary")).boundingRect(room, Qt.TextFlag.TextWordWrap, self.below).height()
        return QSize(px(520), math.ceil(high) + px(46))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        on = self.isChecked()
        edge = color("accent_line" if on else "control" if self.underMouse() else "outline")
        box(painter, self.rect(), px(8), color("accent_soft" if on else "surface"), edge, 2 if on else 1)
        middle = px(22)
        box(painter, QRectF(px(16), middle - px(8), px(16), px(16)), px(8), color("surface"),
            color("accent_line" if on else "control"), 2 if on else 1.5)
        if on:
            dot(painter, px(24), middle, px(4), color("accent_line"))
        painter.setFont(font("strong"))
        painter.setPen(color("text"))
        title = QRectF(px(44), px(10), self.width() - px(60), px(24))
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setFont(font("secondary"))
        painter.setPen(color("text2"))
        painter.drawText(QRectF(px(44), px(34), self.width() - px(60), self.height() - px(40)),
                         Qt.TextFlag.TextWordWrap, self.below)
        painter.end()


class QuestionPanel(QWidget):
    """Asks, and begins. A file that another fit may score first shows how it differs from what that fit knows.

    Signals:
        wanted: (reference "mixed" or "clean", model key).
        scored: score the file with the fit there is. left: back to the results there are.
    """

    wanted = Signal(str, str)
    scored = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        inner = QWidget()
        inner.setFixedWidth(px(520))
        column = vbox(inner, gap=16)
        column.addWidget(Tile("detect"))
        words = vbox(gap=6)
        self.title = Label(tr("gui_detect.question"), "title")
        self.text = Label("", "body", "text2", wrap=True)
        words.addWidget(self.title)
        words.addWidget(self.text)
        column.addLayout(words)
        column.addWidget(self._next_file())
        column.addLayout(self._choices())
        column.addLayout(self._model())
        column.addLayout(self._buttons())
        self.note = Label("", "secondary", "text3", wrap=True)
        column.addWidget(self.note)
        outer = vbox(self, margin=0)
        outer.addStretch(1)
        middle = hbox()  # not an alignment: wrapped text must learn the width it really has
        for part in (None, inner, None):
            middle.addStretch(1) if part is None else middle.addWidget(part)
        outer.addLayout(middle)
        outer.addStretch(1)

    def _next_file(self) -> Card:
        """Last month's fit and this file: what differs, and the button that scores it."""
        self.next = Card(margin=16, gap=8)
        self.next.body.addWidget(Label(tr("gui_detect.next_title"), "strong"))
        self.differences = Label("", "body", "text2", wrap=True)
        self.score = Button(tr("gui_detect.score_with"), "play", "plain")
        self.score.clicked.connect(lambda _=False: self.scored.emit())
        self.next.body.addWidget(self.differences)
        row = hbox()
        row.addWidget(self.score)
        row.addStretch(1)
        self.next.body.addLayout(row)
        self.next.hide()
        return self.next

    def show_next(self, differences: list[str] | None, *, can_score: bool) -> None:
        """How the file differs from what the fit learned from; None when there is no such fit."""
        self.next.setVisible(differences is not None)
        self.differences.setText("\n".join(differences or []))
        self.score.setEnabled(can_score)

    def _choices(self) -> object:
        column = vbox(gap=8)
        self.mixed = _Choice(tr("gui_detect.mixed"), tr("gui_detect.mixed_text"))
        self.clean = _Choice(tr("gui_detect.clean"), tr("gui_detect.clean_text"))
        group = QButtonGroup(self)
        for button in (self.mixed, self.clean):
            group.addButton(button)
            column.addWidget(button)
        self.mixed.setChecked(True)
        return column

    def _model(self) -> object:
        row = hbox(gap=12)
        models = [(k, tr(f"gui_detect.model.{k}"), None) for k in ("default", "circuit", "mixture", "neighbours")]
        self.model = Combo(models, "default", name=tr("gui_detect.model_of"))
        label = Label(tr("gui_detect.model_word"), "body", "text2")
        label.setBuddy(self.model)
        row.addWidget(label)
        row.addWidget(self.model, 1)
        return row

    def _buttons(self) -> object:
        row = hbox(gap=8)
        self.begin = Button(tr("gui_detect.find"), "detect", "primary", "Ctrl+Enter")
        self.begin.clicked.connect(lambda _=False: self.wanted.emit(self.reference(), self.model.value()))
        self.back = Button(tr("gui_detect.back"), kind="quiet")
        self.back.clicked.connect(lambda _=False: self.left.emit())
        row.addWidget(self.begin)
        row.addWidget(self.back)
        row.addStretch(1)
        return row

    def reference(self) -> str:
        """The answer given."""
        return "clean" if self.clean.isChecked() else "mixed"

    def say(self, text: str, note: str, *, reference: str = "mixed", has_results: bool = False) -> None:
        """What is about to be learned from, and what was answered last time."""
        self.text.setText(text)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        (self.clean if reference == "clean" else self.mixed).setChecked(True)
        self.back.setVisible(has_results)
