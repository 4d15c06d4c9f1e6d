"""The error dialog: what, why, fix, folded details, the fix as the default button."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from core.errors import LikenessError

from ..text import say, tr
from ..theme import px
from ..widgets import Button, Card, Label, hbox
from .base import Sheet

__all__ = ["ErrorSheet"]


class ErrorSheet(Sheet):
    """Shows a LikenessError.

    Args:
        error: what happened.
        title: what was being done, such as "Read payments.csv"; says that it did not end.
        command: the shell line that did it, for the details.
        fixes: (words, what they do); the last is the default button.
    """

    def __init__(
        self, error: LikenessError, title: str = "", command: str = "",
        fixes: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> None:
        head = tr("gui.error.of", title=title) if title else tr("gui.error.title")
        super().__init__(head, icon="badc", tone="bad")
        self.error, self.command = error, command
        self.body.addWidget(self._three_lines())
        self.body.addWidget(self._fold())
        self.body.addWidget(Label(tr("gui.error.private"), "secondary", "text3", wrap=True))
        self.body.addLayout(self._buttons(fixes))

    def _three_lines(self) -> QWidget:
        frame = QFrame()
        grid = QGridLayout(frame)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(1, 1)
        for i, (key, message) in enumerate(zip(("what", "why", "fix"), self.error.messages, strict=True)):
            head = Label(tr(f"gui.error.{key}"), "strong", "text2")
            grid.addWidget(head, i, 0, Qt.AlignmentFlag.AlignTop)
            words = Label(say(message), "body", wrap=True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(words, i, 1)
        return frame

    def _fold(self) -> QWidget:
        card = Card(margin=(4, 4, 8, 4), gap=4, token="sunken")
        row = hbox(gap=8)
        self.fold = Button(tr("gui.error.details"), "right", "quiet", small=True)
        self.fold.clicked.connect(self._toggle)
        row.addWidget(self.fold)
        row.addStretch(1)
        copy = Button(tr("gui.error.copy"), "copy", "quiet", small=True)
        copy.clicked.connect(self.copy_report)
        row.addWidget(copy)
        card.body.addLayout(row)
        self.details = Label(self.report(), "mono_small", "text2", wrap=True)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.setContentsMargins(px(10), 0, px(8), px(6))
        self.details.hide()
        card.body.addWidget(self.details)
        return card

    def _toggle(self) -> None:
        self.details.setVisible(not self.details.isVisible())
        self.fold.icon_name = "down" if self.details.isVisible() else "right"
        if veil := self.parentWidget():
            self.layout().activate()
            veil.place()  # type: ignore[attr-defined]

    def report(self) -> str:
        """What can be sent to somebody who helps: keys and names, no values of cells."""
        lines = [f"{type(self.error).__name__}: {self.error.key}", *self.error.lines()]
        return "\n".join([*lines, self.command] if self.command else lines)

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.report())

    def _buttons(self, fixes: Sequence[tuple[str, Callable[[], object]]]) -> object:
        row = hbox(gap=8)
        row.addStretch(1)
        choices = list(fixes) or [(tr("gui.error.understood"), lambda: None)]
        if fixes:
            choices.insert(0, (tr("gui.close"), lambda: None))
        for i, (text, action) in enumerate(choices):
            last = i == len(choices) - 1
            button = Button(text, kind="primary" if last else "plain", shortcut_hint="Enter" if last else None)
            button.clicked.connect(lambda _=False, action=action: self._do(action))
            row.addWidget(button)
            if last:
                button.setDefault(True)
                self.setProperty("first", button)
        return row

    def _do(self, action: Callable[[], object]) -> None:
        self.accept()
        action()
