"""Whether the top of a ranking is better than chance: what verdicts say, or which verdicts would settle it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from core.review.estimates import RANDOM, TOP, Standing

from ..text import say, tr
from ..widgets import Banner

__all__ = ["DoubtLine"]


class DoubtLine(Banner):
    """One sentence, with its intervals, and the way to the verdicts that are missing.

    Signals:
        wished: rows that would settle it are to join the review. back: the review that lacks verdicts is to go on.
    """

    wished = Signal()
    back = Signal()

    def __init__(self) -> None:
        super().__init__("", "", link=tr("gui_detect.doubt.way", rows=TOP + RANDOM), on_link=self.act)
        self.is_open = False
        self.show_standing(Standing())

    def act(self) -> None:
        """Do what the link says."""
        (self.back if self.is_open else self.wished).emit()

    def show_standing(self, standing: Standing, *, can_write: bool = True) -> None:
        """Say what the verdicts say."""
        self.is_open = standing.state == "open"
        self.set_tone({"better": "ok", "no_better": "warn"}.get(standing.state, "info"))
        self.set(*_words(standing))
        way = _way(standing)
        if self.link is not None:
            self.link.setVisible(bool(way) and (can_write or self.is_open))
            self.link.setText(way)


def _words(standing: Standing) -> tuple[str, str]:
    """What is certain, and what follows from it."""
    top = standing.top.share
    if standing.sentence is not None:
        head, mark, rest = say(standing.sentence).partition(": ")
        return head + mark.strip(), rest
    if standing.state == "open":
        return tr("gui_detect.doubt.open", missing=standing.missing), tr("gui_detect.doubt.open_text")
    if top is not None:
        said = tr("gui_detect.doubt.precision", share=top.value, low=top.low, high=top.high)
        return said, tr("gui_detect.doubt.precision_text")
    return tr("gui_detect.doubt.none"), tr("gui_detect.doubt.none_text", rows=TOP + RANDOM, random=RANDOM)


def _way(standing: Standing) -> str:
    """Words of the link; "" where nothing is left to do."""
    if standing.state == "open":
        return tr("gui_detect.doubt.go_on")
    if standing.state == "none":
        rows = RANDOM if standing.top.cases >= TOP else TOP + RANDOM
        return tr("gui_detect.doubt.way_random" if rows == RANDOM else "gui_detect.doubt.way", rows=rows)
    return tr("gui_detect.doubt.way_random", rows=standing.more) if standing.more else ""
