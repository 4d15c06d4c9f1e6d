"""The card that says how probable a question is: the number, the odds, the real rows, the ruler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Qt

from ..text import tr
from ..widgets import Badge, Card, Label, hbox
from ..widgets.odds import OddsRuler

__all__ = ["ChanceCard", "odds_text", "share_text"]

_TOGETHER: Final = 1.5
"""Times more often than by chance, or rarer, from which columns are said to go together or not."""
_RARE: Final = 10.0
"""Times rarer than by chance from which a combination is marked as surprising."""
_LEAST: Final = 1e-4
"""Percentage below which zeros would have to be counted."""
_UNITS: Final = (("one_in_trillions", 1e12), ("one_in_billions", 1e9), ("one_in_millions", 1e6))
_FAR: Final = 1e15
"""Odds beyond which one number means as little as the next."""


def share_text(probability: float) -> str:
    """A probability as a percentage of two or three digits; beyond four zeros the odds say more."""
    share = 100 * probability
    if 0 < share < _LEAST:
        return tr("gui_model.below", share=f"{_LEAST:f}".rstrip("0"))
    digits = f"{share:.1f}" if share >= 10 else f"{share:.2g}"
    return tr("gui_model.percent", share=digits.removesuffix(".0"))


def odds_text(probability: float) -> str:
    """`1 in 280`, `1 in 7.2 billion`, `never`, `always`."""
    if probability <= 0:
        return tr("gui_model.never")
    odds = float(f"{1 / probability:.2g}")
    if odds <= 1:
        return tr("gui_model.always")
    key, unit = next(((k, u) for k, u in _UNITS if odds >= u), ("one_in", 1.0))
    return tr(f"gui_model.{key}", odds=odds / unit) if odds < _FAR else tr("gui_model.one_in_far")


class ChanceCard(Card):
    """How likely is this combination."""

    def __init__(self) -> None:
        super().__init__(margin=(16, 12, 16, 10), gap=4)
        top, middle = hbox(gap=8), hbox(gap=10)
        self.real = Label("", "secondary", "text2", elide=True)
        self.real.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.together = Badge("", "plain")
        top.addWidget(Label(tr("gui_model.how_likely"), "section", elide=True), 1)
        top.addWidget(self.together)
        self.share, self.odds = Label("", "display"), Label("", "body", "text2", elide=True)
        middle.addWidget(self.share)
        middle.addWidget(self.odds)
        middle.addStretch(1)
        middle.addWidget(self.real)
        ticks = [tr("gui_model.always"), *(tr("gui_model.one_in", odds=10.0**i) for i in range(1, 6)),
                 tr("gui_model.one_in_million")]
        self.ruler = OddsRuler(tr("gui_model.ruler"), ticks)
        self.body.addLayout(top)
        self.body.addLayout(middle)
        self.body.addWidget(self.ruler)

    def show_answer(self, answer: Mapping[str, Any]) -> None:
        """Say what the model answered."""
        share = float(answer["probability"])
        self.share.setText(share_text(share))
        self.odds.setText(self._words(answer, share))
        self.ruler.set(share, odds_text(share))
        real = answer["real"]
        self.real.setText("" if real is None or not answer["where"] else tr(
            "gui_model.agree", **real, share=share_text(real["agree"] / max(real["rows"], 1))))
        self._say_together(answer["lift"])

    def _words(self, answer: Mapping[str, Any], share: float) -> str:
        if not answer["where"]:
            return tr("gui_model.nothing_set")
        if share <= 0:
            return tr("gui_model.no_such_row")
        said = tr("gui_model.about", odds=odds_text(share))
        return said if answer["exact"] else tr("gui_model.estimate", odds=said)

    def _say_together(self, lift: float | None) -> None:
        self.together.setVisible(lift is not None and lift > 0)
        if lift is None or lift <= 0:
            return
        if lift >= _TOGETHER:
            self.together.set(tr("gui_model.more_often", times=float(f"{lift:.2g}")), "accent")
        elif lift <= 1 / _TOGETHER:
            tone = "ember" if lift <= 1 / _RARE else "plain"
            self.together.set(tr("gui_model.rarer", times=float(f"{1 / lift:.2g}")), tone)
        else:
            self.together.set(tr("gui_model.by_chance"), "plain")
        self.together.setToolTip(tr("gui_model.together"))
