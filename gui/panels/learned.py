"""What the learner has to say: what the last verdict moved, whether to stop, which verdicts to look at again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from core.review.session import Session

from ..text import say, tr
from ..widgets import Banner, Glyph, Label, hbox

__all__ = ["LearnedLine", "MovedLine"]


class MovedLine(QWidget):
    """`6 similar cases moved up, 3 moved down.`, with the reason as its tip."""

    def __init__(self) -> None:
        super().__init__()
        row = hbox(self, gap=8)
        self.sign = Glyph("up", 14, "accent_text")
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        self.words = Label("", "secondary", "text2", wrap=True)
        row.addWidget(self.words, 1)
        self.hide()

    def show_told(self, told: Mapping[str, Any] | None) -> None:
        """What the last verdict did; nothing before the first."""
        self.setVisible(told is not None)
        if told is None:
            return
        rose, fell = told["rose"], told["fell"]
        key = "both" if rose and fell else "rose" if rose else "fell" if fell else "none"
        text, why = tr(f"gui_learn.moved.{key}", rose=rose, fell=fell), say(told["why"])
        self.sign.set("up" if rose or not fell else "dn", "accent_text" if rose or fell else "text3")
        self.words.setText(text)
        self.words.setToolTip(why)
        self.words.setAccessibleDescription(why)


class LearnedLine(Banner):
    """One sentence above the queue: the end of it, a proposal to stop, or verdicts that look odd beside the others.

    Signals:
        asked: the next of the verdicts to look at again is wanted on the desk.
    """

    asked = Signal()

    def __init__(self) -> None:
        super().__init__("", "", link=tr("gui_learn.again_link"), on_link=self.act)
        self.hide()

    def act(self) -> None:
        """Do what the link says."""
        self.asked.emit()

    def show_result(self, session: Session, result: Mapping[str, Any] | None) -> None:
        """The most urgent of them, or nothing; nothing while a case could give itself away by it."""
        told = None if result is None or session.is_blind else _said(session, result)
        self.setVisible(told is not None)
        if told is None:
            return
        tone, head, text = told
        self.set_tone(tone)
        self.set(head, text)
        if self.link is not None:
            self.link.setVisible(tone == "warn")


def _said(session: Session, result: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Tone, what is certain, what follows."""
    left, again, word = result.get("left"), result.get("again") or [], say(session.team.of("fraud")).lower()
    if session.is_finished:
        few = tr("gui_learn.finished_few", rows=result["open"])
        text = tr("gui_learn.finished_text", most=left["most"], rows=left["rows"], word=word) if left else few
        return "info", tr("gui_learn.finished"), text
    if left is not None and left["is_done"]:
        head = tr("gui_learn.stop", hits=round(left["next_hits"], 1), word=word)
        key = "gui_learn.stop_trust" if left["least"] is None else "gui_learn.stop_text"
        return "info", head, tr(key, most=left["most"], word=word)
    if again:
        return "warn", tr("gui_learn.again", count=len(again)), tr("gui_learn.again_text")
    return None
