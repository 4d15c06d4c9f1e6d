"""Scores and threshold side by side: the histogram one drags, and the contract one types."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from core.detect.threshold import Threshold

from ..items.ranked import score_text
from ..text import say, tr
from ..theme import px
from ..widgets import Card, Label, NumberField, Segmented, StackedShares, divider, hbox, vbox
from ..widgets.threshold import ThresholdPlot

__all__ = ["ThresholdCard"]


class ThresholdCard(Card):
    """How surprising each row is, and which are flagged.

    Signals:
        wished: a contract such as `budget:200` or `fdr:0.1`.
    """

    wished = Signal(str)

    def __init__(self) -> None:
        super().__init__(margin=(16, 12, 16, 12), gap=0)
        self.largest = 1.0
        self.plot = ThresholdPlot(tr("gui_detect.plot"))
        self.plot.wished.connect(lambda count: self.wished.emit(f"budget:{count}"))
        self.note = Label("", "secondary", "text2", elide=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = hbox(gap=16)
        row.addLayout(self._left(), 1)
        row.addWidget(divider(vertical=True))
        self.words_at = QWidget()
        self.words_at.setFixedWidth(px(292))
        self._right(self.words_at)
        row.addWidget(self.words_at)
        self.body.addLayout(row)

    def _left(self) -> object:
        column = vbox(gap=4)
        top = hbox(gap=12)
        top.addWidget(Label(tr("gui_detect.how_surprising"), "section"))
        top.addWidget(self.note, 1)
        column.addLayout(top)
        column.addWidget(self.plot, 1)
        return column

    def _right(self, holder: QWidget) -> None:
        column = vbox(holder, gap=8)
        column.addWidget(Label(tr("gui_detect.flag_by"), "strong"))
        self.contract = Segmented(
            [("budget", tr("gui_detect.budget")), ("fdr", tr("gui_detect.fdr"))], name=tr("gui_detect.contract"))
        self.contract.chosen.connect(self._contract_chosen)
        column.addWidget(self.contract)
        self.budget = NumberField(100, 1, 1, name=tr("gui_detect.budget_field"))
        self.share = NumberField(10, 1, 50, name=tr("gui_detect.fdr_field"))
        self.share.setSuffix("%")
        self.words = Label("", "body", "text2", wrap=True)
        line = hbox(gap=8)
        for field in (self.budget, self.share):
            field.setFixedWidth(px(88))
            field.valueChanged.connect(self._typed)
            line.addWidget(field)
        line.addWidget(self.words, 1)
        column.addLayout(line)
        self.sentence = Label("", "body", "text", wrap=True)
        column.addWidget(self.sentence)
        self.mix = StackedShares(tr("gui_detect.mix"), height=8)
        self.unusual, self.ordinary = Label("", "button_small", "ember"), Label("", "secondary", "text2")
        below = hbox(gap=8)
        below.addWidget(self.unusual)
        below.addStretch(1)
        below.addWidget(self.ordinary)
        column.addWidget(self.mix)
        column.addLayout(below)
        column.addStretch(1)
        self.cut = Label("", "secondary", "text3", wrap=True)
        column.addWidget(self.cut)

    def set_scores(self, scores: np.ndarray, unit: str, *, has_p_values: bool, is_clean: bool = False) -> None:
        """Show a run: (n,) scores and what they are measured in; `is_clean` where rows are known to be normal."""
        self.plot.set_scores(scores)
        self.largest = self.plot.axis.high
        key = "gui_detect.axis_log" if self.plot.axis.log else "gui_detect.axis"
        self.note.setText(tr(key, unit=unit))
        self.budget.setMaximum(max(len(scores), 1))
        self.contract.button("fdr").setEnabled(has_p_values)
        why = tr("gui_detect.fdr_apart" if is_clean else "gui_detect.fdr_why")
        self.contract.button("fdr").setToolTip("" if has_p_values else why)

    def show_threshold(self, threshold: Threshold, p_below: float | None) -> None:
        """Show a contract and what it flags; `p_below` is the largest p-value among the flagged rows."""
        count, contract = threshold.count, threshold.contract
        self.plot.set_threshold(count, threshold.value)
        is_share = contract.key == "fdr"
        self.contract.set_value("fdr" if is_share else "budget")
        field = self.share if is_share else self.budget  # the other keeps its number, for the way back
        blocked = field.blockSignals(True)
        field.setValue(contract.amounts()[0])
        field.blockSignals(blocked)
        self.budget.setVisible(not is_share)
        self.share.setVisible(is_share)
        self.words.setText(tr("gui_detect.fdr_words" if is_share else "gui_detect.budget_words"))
        self._say(say(threshold.sentence))
        self._show_mix(threshold)
        cut = tr("gui_detect.cut", score=score_text(threshold.value, self.largest)) if count else ""
        if count and p_below is not None:
            cut = tr("gui_detect.cut_p", score=score_text(threshold.value, self.largest), p=p_below)
        self.cut.setText(cut)

    def _say(self, text: str) -> None:
        """The first sentence is the answer, what follows explains it."""
        head, mark, rest = text.partition(". ")
        strong = escape(head + "." if mark else text)
        self.sentence.rich(f"<span style='font-weight:600'>{strong}</span> {escape(rest)}")
        self.sentence.setAccessibleName(text)

    def _show_mix(self, threshold: Threshold) -> None:
        known = threshold.expected_ordinary is not None and threshold.count > 0
        for part in (self.mix, self.unusual, self.ordinary):
            part.setVisible(known)
        if known:
            ordinary = round(threshold.expected_ordinary or 0)
            share = ordinary / threshold.count
            self.mix.set([(1 - share, "ember_fill"), (share, "neutral_fill")])
            self.unusual.setText(tr("gui_detect.unusual", count=threshold.count - ordinary))
            self.ordinary.setText(tr("gui_detect.ordinary", count=ordinary))

    def step(self, rows: int) -> None:
        """Lower (more rows) or raise the threshold."""
        self.wished.emit(f"budget:{min(max(self.plot.value() + rows, 1), self.plot.maximum())}")

    def _contract_chosen(self, key: str) -> None:
        self.wished.emit(f"budget:{self.budget.value()}" if key == "budget" else f"fdr:{self.share.value() / 100:g}")

    def _typed(self) -> None:
        self._contract_chosen(self.contract.value())

    def least_height(self) -> int:
        """Pixels the contract's words need."""
        margins = self.body.contentsMargins()
        return self.words_at.layout().totalHeightForWidth(px(292)) + margins.top() + margins.bottom()
