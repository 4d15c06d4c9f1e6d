"""What every other column looks like given the set cells: a card each, beside all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QStackedLayout, QWidget

from core.data.schema import ColumnSpec, Kind
from core.words import duration

from ..items.columns import clock, icon_of
from ..text import say, tr
from ..theme import color, px
from ..widgets import Bars, Button, Card, CategoryBars, Glyph, Label, box, hbox, line, painter_of, short, vbox

__all__ = ["AnswersView"]

_LINES: Final = 6
_AT_FIRST: Final = 24
_AT_ONCE: Final = 4
"""Cards made between two looks at what the user does: a wide table must not hold up the window."""
_NARROW: Final = 520
_MOSTLY: Final = 0.5
"""Share from which the likeliest value is the answer."""
_CODED: Final = (Kind.CATEGORY, Kind.BOOLEAN)
_NOTHING: Final = 5e-4  # a share that reads 0.0%
_TWO_DAYS: Final = 2 * 86_400 * 1e6
_STEP: Final = 0.05
"""Cards are ordered by how much they changed in steps of this, so that small changes leave them in place."""


class _Legend(QWidget):
    """A sample of the bars, or of the line."""

    def __init__(self, *, is_line: bool) -> None:
        super().__init__()
        self.is_line = is_line
        self.setFixedSize(px(14), px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        if self.is_line:
            line(painter, 0, self.height() / 2, self.width(), self.height() / 2, color("text"), 2)
        else:
            box(painter, QRectF(self.rect()), px(2), color("accent_line"))
        painter.end()


class AnswerCard(Card):
    """One column."""

    def __init__(self, number: int) -> None:
        super().__init__(margin=(14, 10, 14, 8), gap=6)
        self.name = ""
        head = hbox(gap=8)
        self.glyph, self.title = Glyph("num", 16, "text2"), Label("", "strong", elide=True)
        self.expected = Label("", "secondary", "text2", elide=True)
        self.expected.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.glyph)
        head.addWidget(self.title)
        head.addWidget(self.expected, 1)
        self.bars = Bars(tr("gui_model.bars", number=number), height=122)
        self.values = CategoryBars(tr("gui_model.values", number=number), label_width=112)
        held = QWidget()
        vbox(held, margin=(0, 4, 0, 0)).addWidget(self.values)
        held.layout().addStretch(1)
        self.body.addLayout(head)
        self.stack = QStackedLayout()
        self.body.addLayout(self.stack)  # before its widgets: without a parent the first would be a window of its own
        self.stack.addWidget(self.bars)
        self.stack.addWidget(held)
        self.setFixedHeight(px(172))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_column(
        self, column: Mapping[str, Any], spec: ColumnSpec | None, *, is_asked: bool, actual: str | None = None,
    ) -> None:
        """Fill the card from an answer to a question, or to none; `actual` is what a row has that was left open."""
        self.name = str(column["name"])
        self.title.setText(self.name)
        self.glyph.set(icon_of(spec) if spec else "clock" if column.get("unit") else "num")
        said = _answer(column, is_asked=is_asked)
        if actual is not None:
            said = tr("gui_model.this_row", expected=say(column["expected"]) if column["expected"] else said,
                      value=actual)
        self.expected.set_tone("text2" if actual is None else "ember")
        self.expected.setText(said)
        self.setAccessibleName(f"{self.name}: {said}")
        if column["shape"] == "bars":
            self.bars.dates = column["kind"] == Kind.DATETIME
            days = column["edges"][-1] - column["edges"][0] > _TWO_DAYS
            self.bars.tick_text = (partial(clock, parts=3) if days else clock) if self.bars.dates else short
            if column.get("unit"):  # bars over powers of ten of seconds
                self.bars.tick_text = _span
            self.bars.set(column["edges"], column["given"] or [0.0] * len(column["overall"]), fill="accent_line",
                          log=column["log"], overlay=column["overall"])
            self.bars.setAccessibleDescription(said)
        else:
            lines, rest = _lines(column)
            self.values.set(lines, rest=rest)
        self.stack.setCurrentIndex(column["shape"] == "values")


def _span(power: float) -> str:
    return duration(10**power)


def _answer(column: Mapping[str, Any], *, is_asked: bool) -> str:
    """The answer at the right of the title, short: the card shows the rest."""
    if not column["expected"]:
        return tr("gui_model.nothing_expected")
    if is_asked and column["is_close"]:
        return tr("gui_model.close")
    if column["shape"] == "bars":
        return say(column["expected"])
    likeliest = column["likeliest"]
    value = tr("gui_model.missing") if likeliest["text"] is None else likeliest["text"]
    if likeliest["share"] is not None and likeliest["share"] >= _MOSTLY:
        return tr("gui_model.mostly", value=value)
    return tr("gui_model.shown", shown=_LINES - 1, count=column["distinct"]) if column["distinct"] > _LINES else ""


def _lines(column: Mapping[str, Any]) -> tuple[list[tuple[str, float, float]], tuple[str, float] | None]:
    """The likeliest values as (text, share given the cells, share among all rows), and what the others have."""
    rows = [(tr("gui_model.missing") if t is None else str(t), g or 0.0, o) for t, g, o in column["values"]]
    given, overall = column["rest"]
    if len(rows) <= _LINES and max(given or 0.0, overall) < _NOTHING:
        return rows, None
    shown = rows[: _LINES - 1]
    return shown, (_other(column), (given or 0.0) + sum(share for _, share, _ in rows[len(shown) :]))


def _other(column: Mapping[str, Any]) -> str:
    """The line for what is not listed: how many values of a category that is, and whether all of them are rare."""
    texts = [t for t, _, _ in column["values"]]
    hidden = column["distinct"] - sum(t is not None for t in texts[: _LINES - 1])
    if column["kind"] not in _CODED or hidden < 1 or None in texts[_LINES - 1 :]:
        return tr("gui_model.other")
    return tr("gui_model.other_rare" if hidden == column["rare"] else "gui_model.other_values", count=hidden)


class AnswersView(QWidget):
    """A grid of cards, those that the set cells change most first; a wide table shows some and then more."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[AnswerCard] = []
        self._columns: list[Mapping[str, Any]] = []
        self._specs: Mapping[str, ColumnSpec] = {}
        self._actual: Mapping[str, str] = {}
        self._most, self._across, self._is_asked = _AT_FIRST, 0, False
        column = vbox(self, gap=12)
        column.addLayout(self._head())
        self.grid = QGridLayout()
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(px(12))
        column.addLayout(self.grid)
        self.none = Label(tr("gui_model.all_set"), "body", "text2", wrap=True)
        self.none.hide()
        column.addWidget(self.none)
        self.more = Button("", kind="link")
        self.more.clicked.connect(self._show_more)
        column.addWidget(self.more)
        column.addStretch(1)
        self._fill = QTimer(self, singleShot=True, interval=0)
        self._fill.timeout.connect(self._make_more)

    def _head(self) -> Any:
        row = hbox(gap=6)
        self.title = Label(tr("gui_model.everything_else"), "section", elide=True)
        row.addWidget(self.title, 1)
        for is_line, key in ((False, "given"), (True, "all")):
            row.addWidget(_Legend(is_line=is_line))
            row.addWidget(Label(tr(f"gui_model.{key}"), "secondary", "text2"))
            row.addSpacing(px(8))
        return row

    def show_columns(
        self, columns: Sequence[Mapping[str, Any]], specs: Mapping[str, ColumnSpec], actual: Mapping[str, str],
    ) -> None:
        """Show the columns that are not set; `actual` holds what a row has in those it left open."""
        self._actual = actual
        self._is_asked = any(c["is_set"] for c in columns)
        self._columns = sorted((c for c in columns if not c["is_set"]), key=lambda c: -round(c["differs"] / _STEP))
        self._specs = specs
        self._show()

    def reveal(self, name: str) -> QWidget | None:
        """The card of a column, when it is on show."""
        return next((c for c in self.cards if c.name == name and not c.isHidden()), None)

    def _show_more(self) -> None:
        self._most = len(self._columns)
        self._show()

    def _make_more(self) -> None:
        """A few cards at a time until there are enough."""
        wanted = min(len(self._columns), self._most)
        for _ in range(min(_AT_ONCE, wanted - len(self.cards))):
            self.cards.append(AnswerCard(len(self.cards) + 1))
            self._put(len(self.cards) - 1)
        self._show()

    def _show(self) -> None:
        wanted = min(len(self._columns), self._most)
        for i, card in enumerate(self.cards):
            card.setVisible(i < wanted)
            if i < wanted:
                column = self._columns[i]
                name = str(column["name"])
                card.show_column(
                    column, self._specs.get(name), is_asked=self._is_asked, actual=self._actual.get(name))
        left = len(self._columns) - self._most
        self.none.setVisible(not self._columns)
        self.more.setVisible(left > 0)
        self.more.setText(tr("gui_model.more", count=max(left, 0)))
        if len(self.cards) < wanted:
            self._fill.start()

    def _put(self, place: int) -> None:
        across = max(self._across, 1)
        self.grid.addWidget(self.cards[place], place // across, place % across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        across = 1 if self.width() < px(_NARROW) else 2 if self.width() < px(1100) else 3
        if across != self._across:
            self._across = across
            for i in range(len(self.cards)):
                self._put(i)
            for column in range(3):
                self.grid.setColumnStretch(column, int(column < across))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), super().minimumSizeHint().height())
