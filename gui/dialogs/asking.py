"""A small form over the window: a few questions, each a field or a choice, and what is done with the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from core.errors import LikenessError

from ..text import say, tr
from ..widgets import Button, Field, Label, Segmented, hbox, vbox
from .base import Sheet

__all__ = ["AskSheet", "Question"]


@dataclass(frozen=True)
class Question:
    """One line of the form.

    Args:
        key: of the answer.
        words: the label.
        value: to begin with.
        hint: of an empty field.
        choices: (key, words) of which one holds; none for a field.
    """

    key: str
    words: str
    value: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


class AskSheet(Sheet):
    """Asks, and acts on Enter or the primary button; what is refused is told in the sheet, which stays.

    Args:
        title: of the sheet. text: what will happen.
        questions: at least one.
        done: words of the button.
        act: takes key -> answer; may raise LikenessError.
    """

    def __init__(
        self, title: str, text: str, questions: Sequence[Question], done: str,
        act: Callable[[dict[str, str]], object], icon: str | None = None,
    ) -> None:
        super().__init__(title, width=460, icon=icon)
        self._act = act
        if text:
            self.body.addWidget(Label(text, "body", "text2", wrap=True))
        self.controls: dict[str, Field | Segmented] = {}
        for question in questions:
            self._add(question)
        self.problem = Label("", "secondary", "bad", wrap=True)
        self.problem.hide()
        self.body.addWidget(self.problem)
        foot = hbox(gap=8)
        foot.addStretch(1)
        cancel, self.done_button = Button(tr("gui.cancel"), kind="quiet"), Button(done, kind="primary")
        self.done_button.hint = "Enter"
        cancel.clicked.connect(self.reject)
        self.done_button.clicked.connect(self.answer)
        foot.addWidget(cancel)
        foot.addWidget(self.done_button)
        self.body.addLayout(foot)
        fields = [c for c in self.controls.values() if isinstance(c, Field)]
        self.setProperty("first", fields[0] if fields else self.done_button)

    def _add(self, question: Question) -> None:
        control: QWidget
        if question.choices:
            control = Segmented(list(question.choices), question.value or None, name=question.words, small=True)
        else:
            control = Field(question.value, name=question.words, placeholder=question.hint)
            control.returnPressed.connect(self.answer)
            control.selectAll()
        part = vbox(gap=4)
        part.addWidget(Label(question.words, "strong"))
        part.addWidget(control)
        self.controls[question.key] = control
        self.body.addLayout(part)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not isinstance(self.focusWidget(), Field):  # a field answers by itself
            self.answer()
            return
        super().keyPressEvent(event)

    def answers(self) -> dict[str, str]:
        """What stands in the form."""
        return {k: c.text().strip() if isinstance(c, Field) else c.value() for k, c in self.controls.items()}

    def answer(self) -> None:
        """Act; close when nothing speaks against it."""
        try:
            self._act(self.answers())
        except LikenessError as error:
            self.problem.setText(" ".join(say(m) for m in error.messages[:2]))
            self.problem.show()
            self.adjustSize()
            return
        self.accept()
