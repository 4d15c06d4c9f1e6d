"""Where a copy differs most: columns, pairs and segments, worst first, each with a picture of both tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ..pictures import picture_button
from ..text import tr
from ..theme import px
from ..widgets import Button, Card, Label, ScoreBar, hbox, vbox
from ..widgets.pair import PairMap
from ._parts import drop_all

__all__ = ["DiffersCard", "differences"]

_EACH = 3

Line = tuple[str, tuple[str, ...], float, str]
"""What it is about in words, the columns of its picture, how far off it is (0 to 1), and the figure."""


def differences(report: Mapping[str, Any]) -> list[tuple[str, list[Line]]]:
    """(kind, its worst) of a report: what trees tell it by, columns, pairs, segments; those there are."""
    details = report.get("details", {})
    told = details.get("two_sample_auc", {})
    given = [(name, (name,), min(2 * loss, 1.0), tr("gui_synth.differs.loss", loss=loss))
             for name, loss in told.get("columns") or []]
    if pair := told.get("pair"):
        given.insert(0, (tr("gui_synth.differs.pair", first=pair[0], second=pair[1]), (pair[0], pair[1]),
                         2 * abs(pair[2] - 0.5), tr("gui_synth.differs.auc", auc=pair[2])))
    shapes = sorted((v, n) for n, v in (details.get("shapes", {}).get("columns") or {}).items() if v is not None)
    columns = [(name, (name,), 1 - value, tr("gui_synth.percent", share=value)) for value, name in shapes]
    pairs = [(tr("gui_synth.differs.pair", first=a, second=b), (a, b), 1 - value, tr("gui_synth.percent", share=value))
             for a, b, value in details.get("trends", {}).get("worst") or []]
    segments = [
        (tr("gui_synth.differs.segment", column=s["column"], value=s["value"], worst=s["worst_column"]),
         (s["worst_column"], s["column"]), s["holdout"] - s["agreement"], tr("gui_synth.percent", share=s["agreement"]))
        for s in details.get("per_segment", {}).get("worst") or []]
    kinds = (("told", given), ("columns", columns), ("pairs", pairs), ("segments", segments))
    return [(kind, lines[:_EACH]) for kind, lines in kinds if lines]


class DiffersCard(Card):
    """The list, and below it the picture that was asked for.

    Signals:
        column_wished: a column to show by itself. pair_wished: two columns to show together.
    """

    column_wished = Signal(str)
    pair_wished = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(gap=8)
        head = hbox(gap=10)
        head.addWidget(Label(tr("gui_synth.differs"), "section"))
        head.addWidget(Label(tr("gui_synth.differs.hint"), "secondary", "text2", elide=True), 1)
        head.addWidget(picture_button(self, tr("gui_synth.differs")))
        self.body.addLayout(head)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(px(24))
        self.grid.setVerticalSpacing(px(12))
        self.body.addLayout(self.grid)
        self.picture = QWidget()
        self.title = Label("", "strong")
        self.maps = [PairMap(tr(f"gui_synth.differs.map.{side}"), fill)
                     for side, fill in (("real", "neutral_fill"), ("synthetic", "accent_line"))]
        self._make_picture()
        self.buttons: list[Button] = []

    def _make_picture(self) -> None:
        column = vbox(self.picture, gap=6)
        column.addWidget(self.title)
        row = hbox(gap=16)
        for side, shown in zip(("real", "synthetic"), self.maps, strict=True):
            part = vbox(gap=2)
            part.addWidget(Label(tr(f"gui_synth.{side}"), "secondary_strong", "text2"))
            part.addWidget(shown)
            row.addLayout(part, 1)
        column.addLayout(row)
        self.body.addWidget(self.picture)
        self.picture.hide()

    def show_report(self, report: Mapping[str, Any]) -> None:
        """Fill the list from the result of `evaluate`; hidden where it names nothing."""
        drop_all(self.grid)
        self.picture.hide()
        self.buttons = []
        found = differences(report)
        self.setVisible(bool(found))
        for at, (kind, lines) in enumerate(found):
            part = QWidget()
            column = vbox(part, gap=2)
            column.addWidget(Label(tr(f"gui_synth.differs.{kind}"), "secondary_strong", "text2"))
            for line in lines:
                column.addWidget(self._line(kind, line))
            column.addStretch(1)
            self.grid.addWidget(part, at // 2, at % 2, Qt.AlignmentFlag.AlignTop)
        self.grid.setColumnStretch(0, 1)
        self.grid.setColumnStretch(1, 1)

    def _line(self, kind: str, line: Line) -> QWidget:
        words, columns, off, figure = line
        name = tr("gui_synth.differs.show", kind=tr(f"gui_synth.differs.{kind}"), what=words)
        made = QWidget()
        row = hbox(made, gap=8)
        link = Button(words, kind="link", small=True, name=name)
        link.setToolTip(words)
        link.clicked.connect(lambda _=False: self._wish(columns))
        self.buttons.append(link)
        bar = ScoreBar(words, height=6)
        bar.setFixedWidth(px(72))
        bar.set(min(max(off, 0.0), 1.0), fill="accent_line")
        row.addWidget(link)
        row.addStretch(1)
        row.addWidget(bar)
        told = Label(figure, "secondary", "text")
        told.setFixedWidth(px(92))
        told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(told)
        return made

    def _wish(self, columns: Sequence[str]) -> None:
        if len(columns) == 1:
            self.column_wished.emit(columns[0])
        else:
            self.pair_wished.emit(columns[0], columns[1])

    def show_pair(self, answer: Mapping[str, Any]) -> None:
        """The answer of `compare --pair`: both tables on the same axes and the same scale of colour."""
        across, up = answer["axes"]
        shares = [_shares(answer[side]) for side in ("real", "synthetic")]
        most = max((v for part in shares for row in part for v in row), default=1.0)
        for shown, part in zip(self.maps, shares, strict=True):
            shown.set(across, up, part, most)
        self.title.setText(tr("gui_synth.differs.pair", first=across["name"], second=up["name"]))
        self.picture.show()


def _shares(counts: Sequence[Sequence[int]]) -> list[list[float]]:
    every = max(sum(map(sum, counts)), 1)
    return [[n / every for n in row] for row in counts]
