"""Four eyes: how far two reviewers agree, and the ways to a second look, to what they disagree on, and to packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.review.agreement import Agreement

from ..text import tr
from ..widgets import Button, Label, ScoreBar, hbox, vbox
from .base import Sheet

__all__ = ["EyesSheet", "agreed_words"]


def agreed_words(found: Agreement) -> str:
    """Cohen's kappa with its interval, in a sentence."""
    if found.kappa is None:
        return tr("gui_desk.eyes.none")
    return tr("gui_desk.eyes.kappa", value=found.kappa.value, low=found.kappa.low, high=found.kappa.high,
              pairs=found.pairs, agreed=found.agreed)


class EyesSheet(Sheet):
    """What is known of the agreement, and one button a way.

    Args:
        found: the agreement so far.
        ways: (icon, words, explanation, whether it can be gone, what it does).
    """

    def __init__(
        self, found: Agreement, ways: Sequence[tuple[str, str, str, bool, Callable[[], object]]],
    ) -> None:
        super().__init__(tr("gui_desk.eyes"), width=600, icon="user")
        self.said = Label(agreed_words(found), "body", wrap=True)
        self.body.addWidget(self.said)
        if found.kappa is not None:
            bar = ScoreBar(tr("gui_desk.eyes.bar"), height=6)
            bar.set(max(found.kappa.value, 0.0), fill="accent_line")
            self.body.addWidget(bar)
        self.ways: list[Button] = []
        for icon, words, why, is_open, act in ways:
            self._add(icon, words, why, act, is_open=is_open)
        self.setProperty("first", next((b for b in self.ways if b.isEnabled()), None))

    def _add(self, icon: str, words: str, why: str, act: Callable[[], object], *, is_open: bool) -> None:
        row = hbox(gap=16)
        said = vbox(gap=2)
        said.addWidget(Label(words, "strong"))
        said.addWidget(Label(why, "secondary", "text2", wrap=True))
        button = Button(tr("gui_desk.eyes.go"), icon, name=words)
        button.setEnabled(is_open)
        button.clicked.connect(lambda _=False: (self.accept(), act()))
        self.ways.append(button)
        row.addLayout(said, 1)
        row.addWidget(button)
        self.body.addLayout(row)
