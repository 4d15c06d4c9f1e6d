"""Readings of a row beside its score: how unusual single values are, how unusual together, how odd in its context."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from ..items.ranked import READINGS
from ..text import tr
from ..theme import px
from ..widgets import Label, ScoreBar

__all__ = ["ReadingLines"]

_NOTABLE = 100
"""One in so many rows, from which a reading is told in ember."""


class ReadingLines(QWidget):
    """A line each: its name, a bar by how rare it is, and in how many rows it is as high once."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, px(4), 0, 0)
        grid.setHorizontalSpacing(px(10))
        grid.setVerticalSpacing(px(4))
        grid.setColumnStretch(1, 1)
        self.lines: dict[str, tuple[Label, ScoreBar, Label]] = {}
        for row, name in enumerate(READINGS):
            words = tr(f"gui_detect.reading_{name}")
            line = Label(words, "secondary", "text"), ScoreBar(words, height=6), Label("", "secondary", "text2")
            line[0].setToolTip(tr(f"gui_detect.reading.{name}"))
            for column, part in enumerate(line):
                grid.addWidget(part, row, column)
            self.lines[name] = line
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_readings(self, readings: Mapping[str, Mapping[str, Any]], rows: int) -> None:
        """The readings of a row among `rows`; hidden where the fit does not tell them apart."""
        self.setVisible(bool(readings))
        for name, line in self.lines.items():
            for part in line:
                part.setVisible(name in readings)
        for name, found in readings.items():
            title, bar, words = self.lines[name]
            every = int(found["every"])
            said = tr("gui_detect.reading_line", every=every) if every > 1 else tr("gui_detect.reading_usual")
            words.setText(said)
            words.set_tone("ember" if every >= _NOTABLE else "text2")
            share = math.log(every) / math.log(max(rows, 2))
            bar.set(min(share, 1.0), fill="ember_fill" if every >= _NOTABLE else "neutral_fill")
            bar.setAccessibleDescription(
                tr("gui_detect.reading_bar", name=title.text(), nats=float(found["nats"]), line=said))
