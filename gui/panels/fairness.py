"""Fairness: how large sensitive groups are and how they fare, real beside synthetic; what the copy widens is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ..pictures import picture_button
from ..text import tr
from ..theme import px
from ..widgets import Badge, Button, Card, CategoryBars, Label, hbox, vbox
from ._parts import drop_all

__all__ = ["FairnessCard"]

_MOST = 8
"""Groups of a column on show; the commonest come first."""

Line = tuple[str, float | None, float | None]
"""A group with its real and its synthetic figure."""


class FairnessCard(Card):
    """For each sensitive column its groups' shares of the rows, and how often they meet with the outcome.

    Signals:
        marks_asked: which columns are sensitive is to be said. measure_asked: measure again, with these columns.
    """

    marks_asked = Signal()
    measure_asked = Signal()

    def __init__(self) -> None:
        super().__init__(gap=8)
        head = hbox(gap=10)
        head.addWidget(Label(tr("gui_fair.title"), "section"))
        head.addWidget(Label(tr("gui_fair.legend"), "secondary", "text2", elide=True), 1)
        self.mark = Button(tr("gui_fair.mark"), "lock", small=True)
        self.mark.clicked.connect(lambda _=False: self.marks_asked.emit())
        self.measure = Button(tr("gui_fair.measure"), "shield", small=True)
        self.measure.clicked.connect(lambda _=False: self.measure_asked.emit())
        head.addWidget(self.measure)
        head.addWidget(self.mark)
        head.addWidget(picture_button(self, tr("gui_fair.title")))
        self.body.addLayout(head)
        self.note = Label("", "body", "text2", wrap=True)
        self.body.addWidget(self.note)
        self.parts = vbox(gap=14)
        self.body.addLayout(self.parts)

    def show_report(self, report: Mapping[str, Any], marked: Sequence[str], target: str | None = None) -> None:
        """Fill the card from the result of `evaluate`.

        Args:
            report: the result.
            marked: columns that are sensitive now.
            target: the outcome that is wanted now; None for the one the measures choose.
        """
        drop_all(self.parts)
        details = report.get("details", {})
        shares, rates = (details.get(key) or {} for key in ("representation", "outcomes"))
        columns = list(dict.fromkeys(g["column"] for g in shares.get("groups", ())))
        asked = set(report.get("sensitive", columns)), report.get("target")
        is_old = bool(marked) and (set(marked), target) != asked
        self.measure.setVisible(is_old)
        self.note.setText(tr(
            "gui_fair.none" if not marked else "gui_fair.old" if is_old else "gui_fair.few" if not columns else
            "gui_fair.text"))
        for name in columns:
            self.parts.addWidget(self._column(name, shares, rates))

    def _column(self, name: str, shares: Mapping[str, Any], rates: Mapping[str, Any]) -> QWidget:
        part = QWidget()
        box = vbox(part, gap=6)
        head = hbox(gap=8)
        head.addWidget(Label(name, "strong", elide=True))
        head.addStretch(1)
        for text in self._alarms(name, shares, rates):
            head.addWidget(Badge(text, "warn"))
        box.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(24))
        for at in (0, 1):
            grid.setColumnStretch(at, 1)
        own = [g for g in shares.get("groups", ()) if g["column"] == name][:_MOST]
        self._bars(grid, 0, tr("gui_fair.shares"), name, _lines(own))
        known = {g["group"]: g for g in rates.get("groups", ())
                 if g["column"] == name and None not in {g["real"], g["synthetic"]}}  # the others have too few rows
        met = [known[g["group"]] for g in own if g["group"] in known]
        if met:
            title = tr("gui_fair.rates", target=rates["target"], outcome=rates["outcome"])
            self._bars(grid, 1, title, name, _lines(met))
        box.addLayout(grid)
        return part

    @staticmethod
    def _alarms(name: str, shares: Mapping[str, Any], rates: Mapping[str, Any]) -> list[str]:
        """What is worse in the copy than in the table."""
        short = [g["group"] for g in shares.get("groups", ()) if g["column"] == name and g["is_short"]]
        gap = next((g for g in rates.get("gaps", ()) if g["column"] == name and g["is_amplified"]), None)
        told = [tr("gui_fair.short", groups=short)] if short else []
        return [*told, *([tr("gui_fair.wider", real=gap["real"], synthetic=gap["synthetic"])] if gap else [])]

    @staticmethod
    def _bars(grid: QGridLayout, at: int, title: str, column: str, lines: Sequence[Line]) -> None:
        grid.addWidget(Label(title, "secondary", "text2", elide=True), 0, at)
        bars = CategoryBars(tr("gui_fair.bars", title=title, column=column), label_width=110,
                            reference_text=lambda share: tr("gui_fair.real", share=share))
        bars.set([(text, copy or 0.0, real) for text, real, copy in lines], "accent_line")
        grid.addWidget(bars, 1, at, Qt.AlignmentFlag.AlignTop)


def _lines(groups: Sequence[Mapping[str, Any]]) -> list[Line]:
    return [(str(g["group"]), g["real"], g["synthetic"]) for g in groups]
