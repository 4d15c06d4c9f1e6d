"""The card where cells are set: one line a column, set ones on top, everything else any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from core.data.schema import ColumnSpec, Kind

from ..items.columns import compact, icon_of
from ..items.question import is_coded
from ..text import tr
from ..theme import font, px
from ..widgets import Button, Card, Glyph, Label, Search, divider, hbox, vbox
from ..widgets.cell_field import CellField
from ._parts import scrolled

__all__ = ["SetCells"]

_AT_ONCE: Final = 8
"""Lines made between two looks at what the user does."""
_SEARCHED: Final = 14
"""Columns from which a field finds one."""


class _Line(QWidget):
    """Icon, name, field."""

    def __init__(self, spec: ColumnSpec) -> None:
        super().__init__()
        self.spec = spec
        row = hbox(self, margin=(0, 2, 4, 2), gap=8)
        self.glyph = Glyph(icon_of(spec), 16, "text2")
        self.name = Label(spec.name, "body", "text2", elide=True)
        self.field = CellField(
            name=tr("gui_model.cell", column=spec.name), placeholder=tr("gui_model.any"),
            pick=tr("gui_model.pick", column=spec.name), clear=tr("gui_model.clear_cell", column=spec.name))
        self.field.setFixedWidth(px(144))
        if not is_coded(spec):
            self.field.setToolTip(tr("gui_model.range_hint"))
        row.addWidget(self.glyph)
        row.addWidget(self.name, 1)
        row.addWidget(self.field)

    def show_value(self, text: str, *, is_wrong: bool) -> None:
        self.field.set_value(text, is_wrong=is_wrong)
        self.glyph.set(self.glyph.name, "accent_text" if text else "text2")
        self.name.set_tone("text" if text else "text2")
        self._weigh()

    def _weigh(self) -> None:
        """The names of set columns are bold."""
        self.name.setFont(font("strong" if self.field.value() else "body"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:  # another theme takes fonts back to those of the beginning
            QTimer.singleShot(0, self, self._weigh)


class SetCells(Card):
    """Lines for all columns of a fit, with what belongs below them.

    Signals:
        wished: (column, text) of a cell; "" is any. cleared: all cells are to be any. fill_wished, copy_wished: the
            buttons at the bottom.
    """

    wished = Signal(str, str)
    cleared = Signal()
    fill_wished = Signal()
    copy_wished = Signal()

    def __init__(self) -> None:
        super().__init__(margin=(14, 12, 6, 12), gap=6)
        self.setFixedWidth(px(298))
        self.lines: dict[str, _Line] = {}
        self._specs: list[ColumnSpec] = []
        self._columns: Mapping[str, Mapping[str, Any]] = {}
        self._cells: Mapping[str, str] = {}
        self._wrong = ""
        head = hbox(margin=(0, 0, 4, 0), gap=8)
        self.clear = Button(tr("gui_model.clear"), kind="link", small=True, name=tr("gui_model.clear_all"))
        self.clear.clicked.connect(self.cleared)
        head.addWidget(Label(tr("gui_model.set_cells"), "section"), 1)
        head.addWidget(self.clear)
        self.body.addLayout(head)
        self.body.addWidget(Label(tr("gui_model.set_cells_text"), "secondary", "text2", wrap=True))
        self.body.addSpacing(px(2))
        self.search = Search(name=tr("gui_model.find_column"), placeholder=tr("gui_model.find_column"))
        self.search.textChanged.connect(lambda _: self._filter())
        held = hbox(margin=(0, 0, 8, 0))
        held.addWidget(self.search)
        self.body.addLayout(held)
        inner = QWidget()
        self.rows = vbox(inner, gap=0)
        self.line = divider()
        self.rows.addWidget(self.line)
        self.rows.addStretch(1)
        self.body.addWidget(scrolled(inner, tr("gui_model.set_cells")), 1)
        self.below = vbox(margin=(0, 0, 8, 0), gap=6)
        self.body.addLayout(self.below)
        self._make_foot()
        self._fill = QTimer(self, singleShot=True, interval=0)
        self._fill.timeout.connect(self._make_lines)

    def _make_foot(self) -> None:
        edge = hbox(margin=(0, 0, 8, 0))
        edge.addWidget(divider())
        self.body.addLayout(edge)
        row = hbox(margin=(0, 4, 4, 0), gap=4)
        self.fill = Button(tr("gui_model.fill"), "data")
        self.copy = Button(tr("gui_model.as_command"), "copy", "quiet")
        self.fill.clicked.connect(self.fill_wished)
        self.copy.clicked.connect(self.copy_wished)
        row.addWidget(self.fill)
        row.addStretch(1)
        row.addWidget(self.copy)
        self.body.addLayout(row)

    def show_specs(self, specs: Sequence[ColumnSpec]) -> None:
        """The columns of another fit."""
        if list(specs) == self._specs:
            return
        for line in self.lines.values():
            line.hide()
            line.deleteLater()
        self.lines, self._specs, self._columns = {}, list(specs), {}
        self.search.clear()
        self.search.setVisible(len(specs) > _SEARCHED)
        self._make_lines()

    def _make_lines(self) -> None:
        """A few lines at a time, so that a wide table does not hold up the window."""
        for spec in [s for s in self._specs if s.name not in self.lines][:_AT_ONCE]:
            line = self.lines[spec.name] = _Line(spec)
            line.field.committed.connect(lambda text, n=spec.name: self.wished.emit(n, text))
            line.field.offer(_offers(spec, self._columns.get(spec.name)))
        self._arrange()
        if len(self.lines) < len(self._specs):
            self._fill.start()

    def set_cells(self, cells: Mapping[str, str], wrong: str = "") -> None:
        """Show what is set; the column named wrong holds what cannot be asked."""
        self._cells, self._wrong = dict(cells), wrong
        self.clear.setEnabled(bool(cells))
        self._arrange()

    def _arrange(self) -> None:
        """Set cells on top in the order they were set, a line, the others in the order of the table."""
        names = [*(n for n in self._cells if n in self.lines), *(n for n in self.lines if n not in self._cells)]
        order = [self.lines[n] for n in names]
        count = sum(n in self._cells for n in names)
        wanted: list[QWidget] = [*order[:count], self.line, *order[count:]]
        for at, widget in enumerate(wanted):
            item = self.rows.itemAt(at)
            if item is None or item.widget() is not widget:
                self.rows.insertWidget(at, widget)
        for name, line in self.lines.items():
            line.show_value(self._cells.get(name, ""), is_wrong=name == self._wrong)
        self.line.setVisible(count > 0)
        self._chain([line.field for line in order])
        self._filter()

    def _chain(self, fields: Sequence[QWidget]) -> None:
        """Tab goes down the lines as they stand."""
        for before, after in pairwise(fields):
            QWidget.setTabOrder(before, after)

    def _filter(self) -> None:
        wanted = self.search.text().strip().casefold()
        for name, line in self.lines.items():
            line.setVisible(not wanted or wanted in name.casefold())

    def offer(self, columns: Mapping[str, Mapping[str, Any]]) -> None:
        """What can be chosen in each field, from the first answer of a fit."""
        self._columns = columns
        for name, line in self.lines.items():
            line.field.offer(_offers(line.spec, columns.get(name)))

    def focus(self, name: str) -> None:
        """Put the focus into a column's field."""
        self.search.clear()
        while name not in self.lines and len(self.lines) < len(self._specs):
            self._make_lines()
        if name in self.lines:
            self.lines[name].field.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _offers(spec: ColumnSpec, column: Mapping[str, Any] | None) -> list[str]:
    """Values of a category; single values and ranges of a number or date; missing where cells are."""
    if column is None:
        return []
    missing = [tr("gui_model.missing")] if column["missing"][1] else []
    if is_coded(spec):
        return [*column["choices"], *missing]
    if column["shape"] == "values":
        return [*(t.replace(",", "") for t, _, _ in column["values"] if t is not None), *missing]
    low, high = column["low"], column["high"]
    if low is None or spec.kind is Kind.DATETIME:
        return missing
    ends = [compact(v, spec).replace(",", "") for v in (low, high)]
    return [f"..{ends[0]}", f"{ends[0]}..{ends[1]}", f"{ends[1]}..", *missing]
