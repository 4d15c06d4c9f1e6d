"""Scores and threshold side by side: the histogram one drags, and the contract one types."""

from __future__ import annotations

import math
from html import escape

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from core.detect.threshold import Basis, Contract, Threshold, apply
from core.errors import LikenessError, RefusedError

from ..items.ranked import score_text
from ..text import say, tr
from ..theme import px
from ..widgets import Card, Label, NumberField, Segmented, StackedShares, divider, hbox, vbox
from ..widgets.threshold import ThresholdPlot
from .refusal import Refusal

__all__ = ["ThresholdCard"]


class ThresholdCard(Card):
    """How surprising each row is, and which are flagged.

    A contract whose assumption fails is refused here: what, why, and the one that still holds in one press. The
    threshold in force stays.

    Signals:
        wished: a contract such as `budget:200` or `fdr:0.1`. again: to learn anew, from rows known to be normal.
        grown: the words need another height.
    """

    wished = Signal(str)
    again = Signal()
    grown = Signal()

    def __init__(self) -> None:
        super().__init__(margin=(16, 12, 16, 12), gap=0)
        self.largest = 1.0
        self.scores, self.p_values, self.basis = np.zeros(0), None, Basis()
        self._values: dict[str, float] = {}
        self._marking = QTimer(self, singleShot=True, interval=0)
        self._marking.timeout.connect(self._mark)
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
            [(k.key, tr(f"gui_detect.contract.{k.key}")) for k in Contract.kinds()], name=tr("gui_detect.contract"))
        self.contract.chosen.connect(self._contract_chosen)
        column.addWidget(self.contract)
        self.words = Label("", "body", "text2", wrap=True)
        line = hbox(gap=8)
        self.fields = {kind.key: self._fields_of(kind) for kind in Contract.kinds()}
        for field in (f for fields in self.fields.values() for f in fields):
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
        self.refusal = Refusal()
        self.refusal.wished.connect(self.wished)
        self.refusal.again.connect(self.again)
        column.insertWidget(column.indexOf(self.sentence), self.refusal)

    def _fields_of(self, kind: type[Contract]) -> list[NumberField]:
        made = []
        for asked in kind.fields:
            field = NumberField(asked.start, asked.low, asked.high or asked.start,
                                name=tr(f"gui_detect.field.{kind.key}.{asked.key}"))
            field.setSuffix(asked.suffix)
            field.setFixedWidth(px(88 if len(kind.fields) == 1 else 60))
            field.setToolTip(field.accessibleName())
            field.valueChanged.connect(self._typed)
            made.append(field)
        return made

    def set_scores(self, scores: np.ndarray, unit: str, p_values: np.ndarray | None, basis: Basis) -> None:
        """Show a run: (n,) scores and what they are measured in, (n,) p-values and what these rest on."""
        self.scores, self.p_values, self.basis, self._values = scores, p_values, basis, {}
        self.plot.set_scores(scores)
        self.largest = self.plot.axis.high
        key = "gui_detect.axis_log" if self.plot.axis.log else "gui_detect.axis"
        self.note.setText(tr(key, unit=unit))
        lack = basis.lack or "mixed"
        for kind in Contract.kinds():
            able = p_values is not None or not kind.needs_normal
            self.contract.button(kind.key).setToolTip("" if able else tr(f"gui_detect.lack.{lack}"))
            for field, asked in zip(self.fields[kind.key], kind.fields, strict=True):
                self._quietly(field, field.value(), asked.high or max(len(scores), 1))

    @staticmethod
    def _quietly(field: NumberField, value: int, most: int | None = None) -> None:
        """Show a number without wishing for it."""
        blocked = field.blockSignals(True)
        field.setMaximum(field.maximum() if most is None else most)
        field.setValue(value)
        field.blockSignals(blocked)

    def show_threshold(self, threshold: Threshold, p_below: float | None) -> None:
        """Show a contract and what it flags; `p_below` is the largest p-value among the flagged rows."""
        count, contract = threshold.count, threshold.contract
        self.plot.set_threshold(count, threshold.value)
        for field, amount in zip(self.fields[contract.key], contract.amounts(), strict=True):
            self._quietly(field, amount)
        self._show_kind(contract.key)
        self.refusal.hide()
        self.sentence.show()
        self.cut.show()
        self._marking.start()
        self._say(say(threshold.sentence))
        self._show_mix(threshold)
        cut = tr("gui_detect.cut", score=score_text(threshold.value, self.largest)) if count else ""
        if count and p_below is not None:
            cut = tr("gui_detect.cut_p", score=score_text(threshold.value, self.largest), p=p_below)
        self.cut.setText(cut)

    def _show_kind(self, key: str) -> None:
        """The fields of a kind; the others keep their numbers, for the way back."""
        self.contract.set_value(key)
        for own, fields in self.fields.items():
            for field in fields:
                field.setVisible(own == key)
        self.words.setText(tr(f"gui_detect.words.{key}"))

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

    def field(self) -> NumberField:
        """Where the contract on show is typed."""
        return self.fields[self.contract.value()][0]

    def _typed_as(self, key: str) -> Contract:
        """The contract that the fields of a kind say."""
        kind = next(k for k in Contract.kinds() if k.key == key)
        return kind.typed([f.value() for f in self.fields[key]])

    def _contract_chosen(self, key: str) -> None:
        contract = self._typed_as(key)
        refused = contract.refusal(self.basis, has_p_values=self.p_values is not None)
        if refused is None:
            self.wished.emit(str(contract))
        else:
            self.show_refusal(key, refused)

    def show_refusal(self, key: str, refused: RefusedError) -> None:
        """Say that a contract does not hold here, why, and which one does."""
        self._show_kind(key)
        for part in (self.sentence, self.mix, self.unusual, self.ordinary, self.cut):
            part.hide()
        self.refusal.say(key, refused)
        self.refusal.show()
        self.grown.emit()

    def _typed(self) -> None:
        self._contract_chosen(self.contract.value())

    def _mark(self) -> None:
        """The cuts of the contracts that are not on show; one a turn of the loop, since a million rows take a while."""
        wanted = {key: self._typed_as(key) for key in self.fields if key != self.contract.value()}
        wanted = {k: c for k, c in wanted.items() if not c.refusal(self.basis, has_p_values=self.p_values is not None)}
        missing = next((c for c in wanted.values() if str(c) not in self._values), None)
        if missing is not None:
            self._values[str(missing)] = self._value(missing)
            self._marking.start()
            return
        self.plot.set_marks([
            (tr(f"gui_detect.contract.{key}"), self._values[str(c)]) for key, c in wanted.items()])

    def _value(self, contract: Contract) -> float:
        """The lowest score that a contract flags; infinity where it flags none or is refused."""
        try:
            return apply(contract, self.scores, self.p_values, self.basis).value
        except LikenessError:
            return math.inf

    def least_height(self) -> int:
        """Pixels the contract's words need."""
        margins = self.body.contentsMargins()
        return self.words_at.layout().totalHeightForWidth(px(292)) + margins.top() + margins.bottom()
