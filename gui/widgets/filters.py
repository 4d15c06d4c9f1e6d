"""Filters over a table: a field that finds, one chip for each test, and a small form that adds a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from core.data.conditions import Condition, Test
from core.data.schema import Kind, Schema
from core.errors import LikenessError

from ..text import say, tr
from ..theme import px
from .button import Button, Chip
from .field import Combo, Field, Search
from .label import Label
from .surface import FlowRow, hbox, vbox

__all__ = ["FilterBar"]

_CODED: Final = (Kind.CATEGORY, Kind.BOOLEAN, Kind.TEXT, Kind.ID)
_WORDS: Final = {
    "=": "gui_data.op.is", "!=": "gui_data.op.is_not", "<": "gui_data.op.below", "<=": "gui_data.op.at_most",
    ">": "gui_data.op.above", ">=": "gui_data.op.at_least", "in": "gui_data.op.in",
    "is missing": "gui_data.op.missing", "is present": "gui_data.op.present",
}
_BARE: Final = ("is missing", "is present")


def _words(test: Test) -> str:
    """A test as a chip says it: country is GB or IE."""
    values = [v if isinstance(v, str) else f"{v:g}" for v in test.values]
    said = tr("gui_data.or").join(values)
    return f"{test.column} {tr(_WORDS[test.op])} {said}".strip()


class _AddForm(QWidget):
    """Column, comparison, value."""

    added = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.schema = Schema(())
        self.top: Mapping[str, Sequence[str]] = {}
        row = hbox(self, gap=8)
        self.column = Combo([], name=tr("gui_data.filter.column"))
        self.op = Combo([], name=tr("gui_data.filter.op"))
        self.value = Field(name=tr("gui_data.filter.value"), placeholder=tr("gui_data.filter.value_hint"))
        self.add = Button(tr("gui_data.filter.add"), kind="plain")
        self.problem = Label("", "secondary", "bad", elide=True)
        self.column.setFixedWidth(px(168))
        self.op.setFixedWidth(px(128))
        self.value.setFixedWidth(px(200))
        for part in (self.column, self.op, self.value, self.add):
            row.addWidget(part)
        row.addWidget(self.problem, 1)
        self.column.currentIndexChanged.connect(self._column_chosen)
        self.op.currentIndexChanged.connect(lambda _: self.value.setVisible(self.op.value() not in _BARE))
        self.value.returnPressed.connect(self._try)
        self.add.clicked.connect(self._try)

    def offer(self, schema: Schema, top: Mapping[str, Sequence[str]], chosen: str | None) -> None:
        """Fill the choices."""
        self.schema, self.top = schema, top
        self.column.set_items([(n, n, None) for n in schema.names], chosen or next(iter(schema.names), None))
        self._column_chosen()
        self.problem.setText("")

    def _column_chosen(self) -> None:
        name = self.column.value()
        if name not in self.schema.names:
            return
        coded = self.schema[name].kind in _CODED
        ops = ("=", "!=", "in", *_BARE) if coded else (">", ">=", "<", "<=", "=", "!=", *_BARE)
        self.op.set_items([(o, tr(_WORDS[o]), None) for o in ops], ops[0])
        self.value.setVisible(True)
        known = QCompleter(list(self.top.get(name, ())), self.value)
        known.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.value.setCompleter(known)

    def _try(self) -> None:
        op, text = self.op.value(), self.value.text().strip()
        values = () if op in _BARE else tuple(v.strip() for v in text.split(",")) if op == "in" else (text,)
        try:
            test = Test(self.column.value(), op, values).check(self.schema)
        except LikenessError as error:
            self.problem.setText(say(error.messages[0]))
            self.value.setFocus()
            return
        self.problem.setText("")
        self.value.clear()
        self.added.emit(test)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class FilterBar(QWidget):
    """What is asked of the rows. `changed` fires after each change; typing waits for a pause.

    Args:
        with_find: whether there is a field that searches all cells.
    """

    changed = Signal()

    def __init__(self, *, with_find: bool = True) -> None:
        super().__init__()
        self.condition = Condition()
        self._schema, self._top, self._chosen = Schema(()), {}, None
        self._held: dict[str, tuple[str, str]] = {}
        self.find = Search(name=tr("gui_data.find"), placeholder=tr("gui_data.find"), key="/")
        self.find.setFixedWidth(px(200))
        if not with_find:
            self.find.hide()  # never shown before it has a parent: it would flash as a window of its own
        self.adder = Button(tr("gui_data.add_filter"), icon="plus", kind="quiet", small=True)
        self.count = Label("", "body", "text2")
        self.form = _AddForm()
        self.form.hide()
        self._pause = QTimer(self, singleShot=True, interval=250)
        self._pause.timeout.connect(self.changed)
        self.find.textChanged.connect(lambda _: self._pause.start())
        self.find.returnPressed.connect(self._at_once)
        self.adder.clicked.connect(self.toggle_form)
        self.form.added.connect(self.add)
        self.form.left.connect(self._leave_form)
        self._build()

    def _build(self) -> None:
        column = vbox(self, gap=8)
        row = hbox(gap=8)
        row.addWidget(self.find)
        self.flow = QWidget()
        self.chips = FlowRow(self.flow)
        self.chips.addWidget(self.adder)
        held = vbox(margin=(0, 2, 0, 2), gap=0)  # chips are four pixels lower than the field beside them
        held.addWidget(self.flow)
        row.addLayout(held, 1)
        row.addWidget(self.count)
        column.addLayout(row)
        column.addWidget(self.form)

    def offer(self, schema: Schema, top: Mapping[str, Sequence[str]], chosen: str | None = None) -> None:
        """The columns there are, the commonest values of each, and the column to begin with."""
        self._schema, self._top, self._chosen = schema, dict(top), chosen

    def text(self) -> str:
        """What is searched for."""
        return self.find.text().strip()

    def where(self) -> str:
        """The condition as text."""
        return self.condition.to_text()

    def set(self, find: str, where: str) -> None:
        """Put a search and a condition in without telling anybody; a condition that does not fit is left out."""
        blocked = self.find.blockSignals(True)
        self.find.setText(find)
        self.find.blockSignals(blocked)
        try:
            self.condition = Condition.parse(where).check(self._schema)
        except LikenessError:
            self.condition = Condition()  # the table has changed since: show all rows rather than none
        self._show_chips()

    def add(self, test: Test) -> None:
        """One test more; the same test twice is one."""
        if test not in self.condition.tests:
            self.condition = Condition((*self.condition.tests, test))
            self._show_chips()
            self.changed.emit()

    def swap(self, column: str, tests: Sequence[Test]) -> None:
        """These tests of a column instead of those there are."""
        others = tuple(t for t in self.condition.tests if t.column != column)
        self.condition = Condition((*others, *tests))
        self._show_chips()
        self.changed.emit()

    def add_text(self, where: str) -> None:
        """The tests of a condition given as text."""
        for test in Condition.parse(where).check(self._schema).tests:
            self.add(test)

    def toggle_form(self) -> None:
        """Open or close the form that adds a test."""
        if self.form.isHidden():
            self.form.offer(self._schema, self._top, self._chosen)
            self.form.show()
            self.form.column.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self._leave_form()

    def clear(self) -> None:
        """Show all rows again."""
        self._held.clear()
        self.set("", "")
        self.changed.emit()

    @property
    def is_empty(self) -> bool:
        """Whether every row passes."""
        return not self.condition and not self.text() and not self._held

    # what narrows the rows and is no test, such as an outline on a map

    def hold(self, key: str, value: str, words: str, *, quietly: bool = False) -> None:
        """Keep a value under a key, with a chip of these words; the same key again takes its place."""
        self._held[key] = value, words
        self._show_chips()
        if not quietly:
            self.changed.emit()

    def held(self, key: str) -> str:
        """What is kept under a key; "" for nothing."""
        return self._held.get(key, ("", ""))[0]

    def release(self, key: str) -> bool:
        """Keep it no longer, without telling anybody; whether it was kept."""
        was_there = self._held.pop(key, None) is not None
        self._show_chips()
        return was_there

    def drop(self, key: str) -> None:
        """Keep it no longer."""
        if self.release(key):
            self.changed.emit()

    def _at_once(self) -> None:
        self._pause.stop()
        self.changed.emit()

    def _leave_form(self) -> None:
        self.form.hide()
        self.adder.setFocus()

    def _drop(self, test: Test) -> None:
        self.condition = Condition(tuple(t for t in self.condition.tests if t != test))
        self._show_chips()
        self.adder.setFocus()
        self.changed.emit()

    def _show_chips(self) -> None:
        while self.chips.count():
            item = self.chips.takeAt(0)
            if item is not None and item.widget() is not self.adder:
                item.widget().hide()
                item.widget().deleteLater()
        for key, (_, words) in self._held.items():
            self._add_chip(words, lambda _=False, k=key: self.drop(k))
        for test in self.condition.tests:
            self._add_chip(_words(test), lambda _=False, t=test: self._drop(t))
        self.chips.addWidget(self.adder)
        self.flow.updateGeometry()

    def _add_chip(self, words: str, on_press: Callable[..., None]) -> None:
        chip = Chip(words, name=tr("gui_data.filter.remove", words=words))
        chip.clicked.connect(on_press)
        self.chips.addWidget(chip)
        chip.show()
