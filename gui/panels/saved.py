"""Saved questions: each with how probable it was, to be asked again with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Button, IconButton, Label, box, hbox, painter_of, vbox
from ..widgets.paint import Ringed
from ._parts import drop_all
from .chance import odds_text

__all__ = ["SavedQuestions"]

_SHOWN: Final = 4
_WORD: Final = 3


class _Question(Ringed, QAbstractButton):
    """What was asked, and how probable it was."""

    def __init__(self, words: str, odds: str, *, is_current: bool) -> None:
        super().__init__()
        self.odds, self.is_current = odds, is_current
        self.setText(words)
        self.setAccessibleName(tr("gui_model.saved_one", question=words, odds=odds))
        self.setToolTip(words)
        self.setFixedHeight(px(26))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        if self.underMouse():
            box(painter, self.rect(), px(4), color("sunken"))
        side = px(14)
        sign, token = ("check", "accent_text") if self.is_current else ("search", "text3")
        painter.drawPixmap(px(2), (self.height() - side) // 2, icon_pixmap(sign, side, token))
        painter.setFont(font("secondary"))
        metrics = painter.fontMetrics()
        painter.setPen(color("text2"))
        right = self.rect().adjusted(0, 0, -px(4), 0)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.odds)
        painter.setFont(font("secondary_strong" if self.is_current else "secondary"))
        painter.setPen(color("text"))
        room = right.adjusted(px(24), 0, -metrics.horizontalAdvance(self.odds) - px(10), 0)
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


class SavedQuestions(QWidget):
    """The questions saved last, and a way to save the one on show.

    Signals:
        chosen, dropped: place of a question in the list. save_wished: keep the one on show.
    """

    chosen = Signal(int)
    dropped = Signal(int)
    save_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, gap=2)
        head = hbox(gap=8)
        self.save = Button(tr("gui_model.save"), kind="link", small=True, name=tr("gui_model.save_question"))
        self.save.clicked.connect(self.save_wished)
        head.addWidget(Label(tr("gui_model.saved"), "strong"), 1)
        head.addWidget(self.save)
        column.addLayout(head)
        self.lines = vbox(gap=0)
        column.addLayout(self.lines)

    def show_questions(
        self, questions: Sequence[Mapping[str, Any]], cells: Mapping[str, str], *, can_save: bool,
    ) -> None:
        """Show the last few; the one whose cells are set now is marked."""
        drop_all(self.lines)
        known = [dict(q["cells"]) for q in questions]
        self.save.setEnabled(can_save and dict(cells) not in known)
        first = max(len(known) - _SHOWN, 0)
        for place in range(first, len(known)):
            self.lines.addWidget(self._line(place, questions[place], is_current=known[place] == dict(cells)))

    def _line(self, place: int, question: Mapping[str, Any], *, is_current: bool) -> QWidget:
        held = QWidget()
        row = hbox(held, gap=0)
        words = tr("gui_model.and").join(_cell(n, t) for n, t in question["cells"].items())
        ask = _Question(words, odds_text(float(question["probability"])), is_current=is_current)
        ask.clicked.connect(lambda _=False: self.chosen.emit(place))
        drop = IconButton("x", tr("gui_model.forget", question=words), size=26, glyph=12, token="text3")
        drop.clicked.connect(lambda _=False: self.dropped.emit(place))
        row.addWidget(ask, 1)
        row.addWidget(drop)
        return held


def _cell(column: str, text: str) -> str:
    """A word says enough; a number or a single letter needs its column."""
    return text if len(text) >= _WORD and text[0].isalpha() and text != tr("gui_model.missing") else f"{column} {text}"
