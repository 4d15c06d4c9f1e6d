"""The bench of the Model page: set cells at the left, how probable they are and everything else at the right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from core.data.schema import ColumnSpec

from ..panels._parts import scrolled
from ..panels.answers import AnswersView
from ..panels.chance import ChanceCard
from ..panels.drawn import DrawnCard
from ..panels.saved import SavedQuestions
from ..panels.set_cells import SetCells
from ..state import AppState
from ..text import tr
from ..widgets import Banner, Label, divider, hbox, vbox

__all__ = ["EDGE", "AskingView", "Waiting"]

EDGE = 16
"""Design pixels of the page's right margin that belong to the scroll bar."""
_BAR = 10  # design pixels of a scroll bar
_PATIENCE = 300
_SAID = 2_000  # milliseconds that a button says what it did


class AskingView(QWidget):
    """Shows what the page tells it; its parts' signals are the page's to hear."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.set_cells, self.saved = SetCells(), SavedQuestions(state)
        self.set_cells.below.addWidget(divider())
        self.set_cells.below.addWidget(self.saved)
        self.chance, self.answers, self.drawn = ChanceCard(), AnswersView(), DrawnCard()
        self.problem = Banner("", "", "warn")
        self.problem.hide()
        row = hbox(self, gap=16)
        row.addWidget(self.set_cells)
        right = vbox(gap=12)
        top = vbox(margin=(0, 0, EDGE, 0), gap=12)
        top.addWidget(self.problem)
        top.addWidget(self.chance)
        right.addLayout(top)
        right.addWidget(self._scrolled(), 1)
        row.addLayout(right, 1)
        self._back = QTimer(self, singleShot=True, interval=_SAID)
        self._back.timeout.connect(lambda: self.set_cells.copy.setText(tr("gui_model.as_command")))

    def _scrolled(self) -> QWidget:
        """The cards; their scroll bar stands in the page's margin, so that they end where the card above them does."""
        inner = QWidget()
        column = vbox(inner, margin=(0, 0, EDGE - _BAR, 4), gap=12)
        column.addWidget(self.drawn)
        column.addWidget(self.answers, 1)
        self.area = scrolled(inner, tr("gui_model.everything_else"), is_steady=True)
        return self.area

    def show_answer(
        self, answer: Mapping[str, Any], specs: Mapping[str, ColumnSpec], actual: Mapping[str, str],
    ) -> None:
        """Show an answer; `actual` holds what a row has in the columns it left open."""
        self.problem.hide()
        self.chance.show_answer(answer)
        self.answers.show_columns(answer["columns"], specs, actual)

    def show_problem(self, what: str, fix: str) -> None:
        """Say why the question has no answer; the last one stays in sight."""
        self.problem.set(what, fix)
        self.problem.show()

    def say_copied(self) -> None:
        """The command is in the clipboard."""
        self.set_cells.copy.setText(tr("gui_model.copied"))
        self._back.start()

    def to_top(self) -> None:
        """Bring what was just drawn in sight."""
        self.area.verticalScrollBar().setValue(0)


class Waiting(QWidget):
    """A large model takes a second to be read the first time; before that there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self)
        column.addStretch(1)
        self.words = Label("", "body", "text2")
        column.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._pause = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._pause.timeout.connect(lambda: self.words.setText(tr("gui_model.waiting")))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.words.setText("")
        self._pause.start()
