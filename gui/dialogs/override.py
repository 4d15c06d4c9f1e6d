"""Release against the policy: a written reason, long enough to be one."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ..text import tr
from ..widgets import Button, Field, Label, hbox
from .base import Sheet

__all__ = ["LEAST", "OverrideSheet"]

LEAST = 20
"""Characters of a reason, as the engine asks for them."""


class OverrideSheet(Sheet):
    """Asks for the reason.

    Args:
        missed: names of the checks that failed.

    Signals:
        given: the reason.
    """

    given = Signal(str)

    def __init__(self, missed: list[str]) -> None:
        super().__init__(tr("gui_gate.override.title"), icon="warnt", tone="warn")
        self.body.addWidget(Label(tr("gui_gate.override.missed", checks=missed), "body", wrap=True))
        self.body.addWidget(Label(tr("gui_gate.override.text"), "body", "text2", wrap=True))
        self.reason = Field("", name=tr("gui_gate.override.reason"), placeholder=tr("gui_gate.override.hint"))
        self.reason.textChanged.connect(self._count)
        self.reason.returnPressed.connect(self.give)
        self.body.addWidget(self.reason)
        self.left = Label("", "secondary", "text2")
        self.body.addWidget(self.left)
        row = hbox(gap=8)
        row.addStretch(1)
        stay = Button(tr("gui_gate.override.stay"))
        stay.clicked.connect(self.reject)
        self.go = Button(tr("gui_gate.override.go"), "warnt", "primary")
        self.go.clicked.connect(self.give)
        row.addWidget(stay)
        row.addWidget(self.go)
        self.body.addLayout(row)
        self.setProperty("first", self.reason)
        self._count()

    def _count(self) -> None:
        missing = LEAST - len(" ".join(self.reason.text().split()))
        self.go.setEnabled(missing <= 0)
        is_short = missing > 0
        self.left.setText(tr("gui_gate.override.left" if is_short else "gui_gate.override.enough", count=missing))

    def give(self) -> None:
        """Go on with the reason, once it is long enough."""
        if self.go.isEnabled():
            self.accept()
            self.given.emit(" ".join(self.reason.text().split()))
