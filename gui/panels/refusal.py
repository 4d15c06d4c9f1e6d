"""A contract that was refused: what, why, and what holds instead in one press."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.detect.threshold import Contract
from core.errors import RefusedError

from ..text import say, tr
from ..widgets import Badge, Button, Label, hbox, vbox

__all__ = ["Refusal"]


class Refusal(QWidget):
    """Takes the place of the sentence a contract would say.

    Signals:
        wished: the contract that still holds. again: learn anew.
    """

    wished = Signal(str)
    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, gap=8)
        top = hbox(gap=8)
        self.badge = Badge(tr("gui_detect.refused"), "bad")
        self.what = Label("", "strong", elide=True)
        top.addWidget(self.badge)
        top.addWidget(self.what, 1)
        column.addLayout(top)
        self.why = Label("", "secondary", "text2", wrap=True)
        column.addWidget(self.why)
        row = hbox(gap=8)
        self.use = Button("", "check", small=True)
        self.use.clicked.connect(lambda _=False: self.wished.emit(self.offer))
        self.renew = Button(tr("gui_detect.refused.again"), kind="link", small=True)
        self.renew.clicked.connect(lambda _=False: self.again.emit())
        row.addWidget(self.use)
        row.addWidget(self.renew)
        row.addStretch(1)
        column.addLayout(row)
        self.offer = ""
        self.hide()

    def say(self, key: str, refused: RefusedError) -> None:
        """Tell the refusal of a kind of contract."""
        self.what.setText(tr(f"gui_detect.contract.{key}"))
        self.why.setText(say(refused.messages[1]))
        self.offer = str(refused.values["offer"])
        offered = Contract.parse(self.offer)
        amounts = [f"{a:,}{f.suffix}" for a, f in zip(offered.amounts(), offered.fields, strict=True)]
        self.use.setText(tr("gui_detect.refused.use", contract=tr(f"gui_detect.contract.{offered.key}"),
                            amount=", ".join(amounts)))
        self.setAccessibleName(" ".join(say(m) for m in refused.messages))
