"""Why a row is unusual: the sentence with what matters in bold, and the columns by their share of the surprise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from core.words import Message

from ..text import say, tr
from ..theme import px
from ..widgets import Label, ScoreBar, hbox, vbox

__all__ = ["EMBER", "ReasonBars", "cell_text", "rich_reason"]

EMBER: Final = 2.5
"""Nats from which a cell counts as surprising on its own."""
_SHOWN: Final = 4
_LEAST_FALL: Final = 0.05
_BOLD: Final = ("value", "other_value", "expected")


def cell_text(cell: Any) -> str:
    """A cell in words, also when it is missing."""
    return tr(f"gui_data.cell.{cell['missing']}") if isinstance(cell, Mapping) else str(cell)


def rich_reason(message: Mapping[str, Any]) -> str:
    """A reason as rich text: the value seen and the range expected are bold."""
    said = Message.from_json(message)
    html = escape(say(said), quote=False)
    for part in dict.fromkeys(_parts(said)):
        bold = escape(part, quote=False)
        html = html.replace(f" {bold}", f" <span style='font-weight:600'>{bold}</span>", 1)
    return html


def _parts(said: Message) -> Iterator[str]:
    """Texts of the values that matter, those of nested messages too."""
    for key, value in said.values.items():
        if key in _BOLD:
            text = say(value) if isinstance(value, Message) else str(value)
            if text.strip():
                yield text
        elif isinstance(value, Message):
            yield from _parts(value)


class _Line(QWidget):
    """Column, value, nats; a bar; what was expected."""

    def __init__(self, number: int) -> None:
        super().__init__()
        column = vbox(self, gap=3)
        top = hbox(gap=8)
        self.name, self.value = Label("", "strong"), Label("", "body", "ember", elide=True)
        self.nats = Label("", "secondary", "text")
        top.addWidget(self.name)
        top.addWidget(self.value, 1)
        top.addWidget(self.nats)
        self.bar = ScoreBar(tr("gui_detect.bar_of", number=number), height=6)
        self.expected = Label("", "secondary", "text2", elide=True)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addWidget(self.expected)

    def show_pair(self, cell: Mapping[str, Any], other: Mapping[str, Any], most: float) -> None:
        """Two columns that fix each other and disagree: either may be the wrong one."""
        self.show_cell(cell, most, with_unit=True)
        self.name.setText(tr("gui_detect.pair", first=cell["column"], second=other["column"]))
        values = [cell_text(c["value"]) for c in (cell, other)]
        self.value.setText(tr("gui_detect.pair_values", first=values[0], second=values[1]))
        self.expected.setText(tr(
            "gui_detect.pair_expected", first=Message.from_json(cell["expected"]),
            second=Message.from_json(other["expected"])))

    def show_cell(self, cell: Mapping[str, Any], most: float, *, with_unit: bool) -> None:
        excess = max(float(cell["excess"]), 0.0)
        is_surprising = excess >= EMBER
        self.name.setText(str(cell["column"]))
        self.value.setText(cell_text(cell["value"]))
        self.value.set_tone("ember" if is_surprising else "text2")
        self.nats.setText(tr("gui_detect.nats", nats=excess) if with_unit else f"{excess:.1f}")
        self.bar.set(excess / most, fill="ember_fill" if is_surprising else "neutral_fill")
        self.bar.setAccessibleDescription(f"{cell['column']} {excess:.1f}")
        said = tr("gui_detect.expected", expected=Message.from_json(cell["expected"]))
        fall = cell.get("fall")
        is_told = fall is not None and fall >= _LEAST_FALL
        self.expected.setText(tr("gui_detect.expected_fall", line=said, fall=float(fall)) if is_told else said)


class ReasonBars(QWidget):
    """The four cells that surprise most, then how many are as expected."""

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, gap=10)
        self.lines = [_Line(i + 1) for i in range(_SHOWN)]
        for line in self.lines:
            column.addWidget(line)
        self.rest = Label("", "secondary", "text3")
        column.addWidget(self.rest)
        self.setMinimumWidth(px(200))

    def show_cells(self, cells: Sequence[Mapping[str, Any]]) -> None:
        """Show cells sorted by excess, most first."""
        partner = str(cells[0].get("partner", "")) if cells else ""
        other = next((c for c in cells if c["column"] == partner), None)
        cells = [c for c in cells if c is not other]
        notable = [c for c in cells if float(c["excess"]) > 0.05][:_SHOWN] or list(cells[:1])
        most = max([float(c["excess"]) for c in notable] + [EMBER * 1.5])
        for i, line in enumerate(self.lines):
            line.setVisible(i < len(notable))
            if i < len(notable):
                line.show_cell(notable[i], most, with_unit=i == 0)
            if i == 0 and other is not None:
                line.show_pair(notable[i], other, most)
        rest = len(cells) - len(notable)
        calm = sum(float(c["excess"]) <= 0.5 for c in cells[len(notable):])
        self.rest.setVisible(rest > 0)
        self.rest.setText(tr("gui_detect.rest" if calm == rest else "gui_detect.rest_some", count=rest))
