"""The account of a case in words: a draft from its reasons, to be edited."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QPlainTextEdit

from ..text import tr
from ..theme import font, px
from ..widgets import Button, Card, Label, hbox
from .base import Sheet

__all__ = ["AccountSheet"]


class AccountSheet(Sheet):
    """A text and what is done with it.

    Args:
        title: of the case. text: as it stands. drafted: what the reasons say.
        act: keeps a text; "" brings the draft back.
    """

    def __init__(self, title: str, text: str, drafted: str, act: Callable[[str], object]) -> None:
        super().__init__(tr("gui_desk.account", title=title), width=640, icon="note")
        self.drafted, self._act = drafted, act
        self.body.addWidget(Label(tr("gui_desk.account.text"), "body", "text2", wrap=True))
        card = Card(margin=8)
        self.text = QPlainTextEdit(text or drafted)
        self.text.setAccessibleName(tr("gui_desk.account.name"))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setFont(font("body"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(px(220))
        card.body.addWidget(self.text)
        self.body.addWidget(card)
        foot = hbox(gap=8)
        draft = Button(tr("gui_desk.account.draft"), "undo", kind="quiet")
        draft.clicked.connect(lambda _=False: self.text.setPlainText(self.drafted))
        keep, cancel = Button(tr("gui_desk.account.keep"), kind="primary"), Button(tr("gui.cancel"), kind="quiet")
        cancel.clicked.connect(self.reject)
        keep.clicked.connect(self.keep)
        foot.addWidget(draft)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(keep)
        self.body.addLayout(foot)
        self.setProperty("first", self.text)

    def keep(self) -> None:
        """Keep it; a text that is the draft is none of its own."""
        text = self.text.toPlainText().strip()
        self._act("" if text == self.drafted.strip() else text)
        self.accept()
