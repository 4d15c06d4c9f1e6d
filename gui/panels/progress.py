"""How far a review is: reviewed, found, precision so far with its interval, and what is left at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt

from core.review.session import Session

from ..text import say, tr
from ..widgets import Card, Label, StackedShares, divider, hbox, vbox

__all__ = ["ProgressStrip"]

_PARTS = {"reviewed": 5, "fraud": 3, "precision": 5, "left": 4}
"""What stands in the line, and of how much of its width."""

_SAYS_NOTHING = 0.25
"""Share of the rows without a verdict above which a bound on what is left says no more than that it is early."""


class ProgressStrip(Card):
    """Four figures in a line."""

    def __init__(self) -> None:
        super().__init__(margin=(16, 10, 16, 10), gap=0)
        row = hbox(gap=16)
        self.counters: dict[str, tuple[Label, Label, Label]] = {}
        self.mix = StackedShares(tr("gui_review.mix"), height=6)
        for key, share in _PARTS.items():
            if self.counters:
                row.addWidget(divider(vertical=True))
            part = vbox(gap=2)
            head = hbox(gap=6)
            number, words = Label("", "title"), Label("", "secondary", "text2", elide=True)
            below = Label("", "secondary", "text2", elide=True)
            head.addWidget(number)
            head.addWidget(words, 1, Qt.AlignmentFlag.AlignBottom)
            part.addLayout(head)
            part.addWidget(self.mix if key == "reviewed" else below)
            self.counters[key] = (number, words, below)
            row.addLayout(part, share)
        self.body.addLayout(row)

    def show_session(self, session: Session, left: Mapping[str, Any] | None) -> None:
        """All four figures.

        Args:
            session: the review.
            left: what the learner says is left: "least", "most", "rows"; None while nothing can be said.
        """
        counts = session.counts
        of, wait = tr("gui_review.of", total=counts.total), _waits(session)
        self._set("reviewed", f"{counts.decided:n}", f"{of} · {wait}" if wait else of, "")
        others = tr("gui_review.others", normal=counts.normal, unsure=counts.unsure)
        self._set("fraud", f"{counts.fraud:n}", say(session.team.of("fraud")).lower(), others)
        self._show_precision(session)
        self._show_left(session, None if session.is_blind else left)
        total = max(counts.total, 1)
        self.mix.set([(counts.fraud / total, "bad"), (counts.normal / total, "ok"), (counts.unsure / total, "warn")])

    def _show_precision(self, session: Session) -> None:
        """Precision of the top, and whether it is better than chance: not while a case could give itself away by it."""
        is_blind, standing = session.is_blind, session.standing
        share = None if is_blind else standing.top.share
        if share is None:
            below = tr(_blind(session) if is_blind else "gui_review.precision_none")
            self._set("precision", "–", tr("gui_review.precision.none"), below)
        else:
            below, random = tr("gui_review.interval", low=share.low, high=share.high), standing.random.share
            if random is not None:
                below = tr("gui_review.beside", below=below, low=random.low, high=random.high)
            words = tr(f"gui_review.precision.{standing.state}")
            self._set("precision", tr("gui_review.percent", share=share.value), words, below)
        label = self.counters["precision"][1]
        label.set_tone("warn" if standing.state == "no_better" and share is not None else "text2")
        label.setToolTip(say(standing.sentence) if standing.sentence else "")

    def _show_left(self, session: Session, left: Mapping[str, Any] | None) -> None:
        """At most so many, and at least, where double reviews allow it; never that there are none."""
        word = say(session.team.of("fraud")).lower()
        head = tr("gui_learn.left", word=word)
        if left is None:
            self._set("left", "–", head, tr(_blind(session) if session.is_blind else "gui_learn.left_none"))
            return
        least = left["least"]
        if not least and left["most"] > _SAYS_NOTHING * left["rows"]:
            self._set("left", "–", head, tr("gui_learn.left_wide"))
        else:
            below = tr("gui_learn.no_least") if least is None else tr("gui_learn.least", least=least)
            self._set("left", tr("gui_learn.most", most=left["most"]), head, below)
        for label in self.counters["left"]:
            label.setToolTip(tr("gui_learn.left_tip", most=left["most"], rows=left["rows"], word=word))

    def _set(self, key: str, number: str, words: str, below: str) -> None:
        for label, text in zip(self.counters[key], (number, words, below), strict=True):
            label.setText(text)


def _blind(session: Session) -> str:
    """Why a figure is kept back."""
    return "gui_review.precision_hidden" if session.is_hidden else "gui_review.precision_blind"


def _waits(session: Session) -> str:
    """How long the open cases would take, and what is not in the queue just now."""
    counts, away, each = session.counts, session.away, session.pace.left(1)
    here = counts.left - away["snoozed"] - away["escalated"]
    said = [tr("gui_desk.minutes", minutes=max(round(here * each / 60), 1))] if each and here else []
    said += [tr("gui_desk.away", n=gone)] if (gone := away["snoozed"] + away["escalated"]) else []
    return " · ".join(said) or (tr("gui_review.left_note", skipped=counts.skipped) if counts.skipped else "")
