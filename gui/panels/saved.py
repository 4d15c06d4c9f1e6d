"""Saved questions: each with how probable it was, to be asked again with one click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ..state import AppState
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
    """The questions saved last, kept in the project, and a way to save the one on show.

    Args:
        state: whose project keeps them.

    Signals:
        chosen: cells to set.
    """

    chosen = Signal(dict)

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.cells: dict[str, str] = {}
        self.probability: float | None = None
        column = vbox(self, gap=2)
        head = hbox(gap=8)
        self.save = Button(tr("gui_model.save"), kind="link", small=True, name=tr("gui_model.save_question"))
        self.save.clicked.connect(self.keep)
        head.addWidget(Label(tr("gui_model.saved"), "strong"), 1)
        head.addWidget(self.save)
        column.addLayout(head)
        self.lines = vbox(gap=0)
        column.addLayout(self.lines)

    def show_question(self, cells: Mapping[str, str], probability: float | None) -> None:
        """The cells that are set now, and the answer to them; None while there is none."""
        self.cells, self.probability = dict(cells), probability
        self._refresh()

    def can_keep(self) -> bool:
        """Whether there is an answered question to save."""
        return bool(self.cells) and self.probability is not None and not self.state.read_only

    def keep(self) -> None:
        """Save the question on show."""
        if self.can_keep():
            asked = {"cells": self.cells, "probability": self.probability}
            self._write([*(q for q in self._known() if q["cells"] != self.cells), asked])

    def drop(self, place: int) -> None:
        """Forget a question."""
        self._write([q for i, q in enumerate(self._known()) if i != place])
        self.save.setFocus()

    def _known(self) -> list[dict[str, Any]]:
        project = self.state.project
        return list(project.setting("questions", [])) if project is not None else []

    def _write(self, questions: list[dict[str, Any]]) -> None:
        self.state.write(lambda p: p.set_setting("questions", questions))
        self._refresh()

    def _refresh(self) -> None:
        """Show the last few; the one whose cells are set now is marked."""
        drop_all(self.lines)
        known = self._known()
        is_known = [q["cells"] == self.cells for q in known]
        self.save.setEnabled(self.can_keep() and not any(is_known))
        for place in range(max(len(known) - _SHOWN, 0), len(known)):
            self.lines.addWidget(self._line(place, known[place], is_current=is_known[place]))

    def _line(self, place: int, question: Mapping[str, Any], *, is_current: bool) -> QWidget:
        held = QWidget()
        row = hbox(held, gap=0)
        words = tr("gui_model.and").join(_cell(n, t) for n, t in question["cells"].items())
        ask = _Question(words, odds_text(float(question["probability"])), is_current=is_current)
        ask.clicked.connect(lambda _=False: self.chosen.emit(dict(question["cells"])))
        drop = IconButton("x", tr("gui_model.forget", question=words), size=26, glyph=12, token="text3")
        drop.clicked.connect(lambda _=False: self.drop(place))
        row.addWidget(ask, 1)
        row.addWidget(drop)
        return held


def _cell(column: str, text: str) -> str:
    """A word says enough; a number or a single letter needs its column."""
    return text if len(text) >= _WORD and text[0].isalpha() and text != tr("gui_model.missing") else f"{column} {text}"
