"""What would make a row ordinary: a button, then the fewest cells to change, value by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ..text import say, tr
from ..widgets import Button, Label, hbox, vbox
from ._parts import Section, drop_all
from .reasons import cell_text

__all__ = ["ChangeSection"]


class ChangeSection(Section):
    """Asked on demand, since it is a search; an answer holds for one row and one threshold.

    Signals:
        wished: the user wants to know.
    """

    wished = Signal()

    def __init__(self) -> None:
        super().__init__(gap=6)
        self.button = Button(tr("gui_detect.change"), None, "plain", "W")
        self.button.clicked.connect(lambda _=False: self.wished.emit())
        self.note = Label("", "secondary", "text2", wrap=True)
        self.lines = vbox(gap=4)
        row = hbox()
        row.addWidget(self.button)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addLayout(self.lines)
        self.body.addWidget(self.note)
        self.forget()

    @property
    def has_answer(self) -> bool:
        """Whether something is told, or asked, of the row on show."""
        return not self.button.isEnabled() or not self.note.isHidden()

    def forget(self, *, why: str = "") -> None:
        """Back to the button; `why` says what has made the answer stale."""
        drop_all(self.lines)
        self.button.setEnabled(True)
        self._say(why)

    def ask(self) -> None:
        """The question is under way."""
        self.forget()
        self.button.setEnabled(False)
        self._say(tr("gui_detect.change_asking"))

    def show_answer(self, answer: Mapping[str, Any]) -> None:
        """Of `change`: the cells in lines, or the sentence alone where nothing is to be changed."""
        self.forget()
        changes: Sequence[Mapping[str, Any]] = answer["changes"]
        for change in changes:
            self.lines.addWidget(_line(change))
        if not changes:
            self._say(say(answer["sentence"]))
            return
        key = "enough" if answer["enough"] else "not_enough"
        self._say(tr(f"gui_detect.change_{key}", after=float(answer["after"]), limit=float(answer["limit"])))
        self.note.setAccessibleName(say(answer["sentence"]))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setAccessibleName(text)
        self.note.setVisible(bool(text))


def _line(change: Mapping[str, Any]) -> QWidget:
    """`amount   9,400 → 120`."""
    line = QWidget()
    row = hbox(line, gap=8)
    before, after = cell_text(change["from"]), cell_text(change["to"])
    row.addWidget(Label(str(change["column"]), "strong"))
    row.addWidget(Label(before, "body", "ember", elide=True))
    row.addWidget(Label("→", "body", "text3"))
    row.addWidget(Label(after, "strong", "text", elide=True), 1)
    line.setAccessibleName(tr("gui_detect.change_line", column=change["column"], before=before, after=after))
    return line
