"""A table model over pages that are asked for: it never waits, it shows what has arrived and asks for the rest.

The view asks only for what it paints, so a table of ten million rows costs as much as one of a hundred. One page is
under way at a time; the newest wish goes next and old ones are forgotten, so a drag of the scroll bar asks for where
it ends. Answers to an older question (other filter, other order) are dropped by their token.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from core.errors import LikenessError

from .columns import Facts, GridColumn

__all__ = ["CELL", "COLUMN", "FACTS", "RECORD", "Fetch", "Page", "PagesModel"]

CELL: Final = int(Qt.ItemDataRole.UserRole) + 1
"""The cell as it arrived: a text, {"missing": ...}, or None while its page is under way."""
COLUMN: Final = CELL + 1
"""The column's `GridColumn`."""
FACTS: Final = CELL + 2
"""The column's `Facts`, for the profile header."""
RECORD: Final = CELL + 3
"""The whole record of the row."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Page:
    """Part of an answer: how many rows there are, and the records from the first one asked for."""

    total: int
    records: Sequence[Any]


Fetch = Callable[[int, int, Callable[[Page], None], Callable[[LikenessError], None]], None]
"""Ask for `count` records from `start`; the answer or the refusal comes later, in the window's thread."""


class PagesModel(QAbstractTableModel):
    """Rows of a query that is answered page by page.

    Args:
        fetch: asks for one page.
        block: records of a page.
        keep: pages held; the longest unused one goes first.
    """

    answered = Signal(int)
    """A new question has its first answer: this many rows."""
    loaded = Signal(int, int)
    """Rows first to last have arrived."""
    refused = Signal(object)
    """The question could not be answered: a LikenessError."""

    def __init__(self, fetch: Fetch, *, block: int = 100, keep: int = 80, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fetch, self.block, self.keep = fetch, block, keep
        self.columns: list[GridColumn] = []
        self.facts: dict[str, Facts] = {}
        self.total = 0
        self.limit: int | None = None
        self._pages: OrderedDict[int, Sequence[Any]] = OrderedDict()
        self._wishes: list[int] = []
        self._token, self._under_way = 0, False
        self._pump = QTimer(self, singleShot=True, interval=0)
        self._pump.timeout.connect(self._ask_next)

    # what a page says

    def set_columns(self, columns: Sequence[GridColumn], facts: dict[str, Facts] | None = None) -> None:
        """Show these columns; what has arrived stays."""
        same = [c.name for c in columns] == [c.name for c in self.columns]
        if not same:
            self.beginResetModel()
        self.columns, self.facts = list(columns), facts if facts is not None else self.facts
        if not same:
            self.endResetModel()
        elif self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
            if self.rowCount():
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(self.columns) - 1))

    def restart(self) -> None:
        """Ask the (changed) question again. What is shown stays until its first answer is here."""
        self._token += 1
        self._wishes, self._under_way = [], False
        self._ask(0, is_first=True)

    def expect(self, total: int) -> None:
        """Show that many rows under way, before the first answer says how many there are."""
        self._replace(Page(total, ()))

    def clear(self) -> None:
        """Show nothing, and drop what is under way."""
        self._token += 1
        self._wishes, self._under_way = [], False
        self._replace(Page(0, ()))

    def set_limit(self, limit: int | None) -> None:
        """Show only the first rows of the answer, such as those above a threshold."""
        before, after = self.rowCount(), self.total if limit is None else min(limit, self.total)
        if after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
        elif after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
        self.limit = limit
        if after > before:
            self.endInsertRows()
        elif after < before:
            self.endRemoveRows()

    def record(self, row: int) -> Any | None:
        """The record of a row, or None while its page is under way (it is asked for)."""
        number, place = divmod(row, self.block)
        page = self._pages.get(number)
        if page is None:
            self._wish(number)
            return None
        self._pages.move_to_end(number)
        return page[place] if place < len(page) else None

    def held(self, row: int) -> Any | None:
        """The record of a row if it is here; asks for nothing."""
        page = self._pages.get(row // self.block)
        place = row % self.block
        return page[place] if page is not None and place < len(page) else None

    def column_of(self, name: str) -> int:
        """Place of a column, or -1."""
        return next((i for i, c in enumerate(self.columns) if c.name == name), -1)

    def cell(self, record: Any, column: int) -> Any:
        """The cell of a record: a text or {"missing": ...}."""
        return record[column]

    def text(self, record: Any, column: int) -> str:
        """The cell as text, for screen readers, copying and tool tips."""
        cell = self.cell(record, column)
        return cell if isinstance(cell, str) else ""

    # what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        if parent.isValid():
            return 0
        return self.total if self.limit is None else min(self.limit, self.total)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.column() >= len(self.columns):
            return None
        if role == COLUMN:
            return self.columns[index.column()]
        if role not in (CELL, RECORD, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        record = self.record(index.row()) if role == CELL else self.held(index.row())
        if record is None or role == RECORD:
            return record
        return self.cell(record, index.column()) if role == CELL else self.text(record, index.column())

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        facts = self.facts.get(column.name)
        if role == FACTS:
            return facts
        if role == COLUMN:
            return column
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return facts.spoken if facts else column.hint or column.title
        return column.title if role == Qt.ItemDataRole.DisplayRole else None

    # pages

    def _wish(self, number: int) -> None:
        if number in self._wishes:
            self._wishes.remove(number)
        self._wishes = [*self._wishes[-3:], number]
        if not self._under_way:
            self._pump.start()

    def _ask_next(self) -> None:
        while self._wishes and not self._under_way:
            number = self._wishes.pop()
            if number not in self._pages:
                self._ask(number)

    def _ask(self, number: int, *, is_first: bool = False) -> None:
        token, self._under_way = self._token, True

        def arrived(page: Page) -> None:
            if token == self._token:
                self._under_way = False
                self._take(number, page, is_first=is_first)

        def failed(error: LikenessError) -> None:
            if token == self._token:
                self._under_way = False
                self.refused.emit(error)

        self.fetch(number * self.block, self.block, arrived, failed)

    def _take(self, number: int, page: Page, *, is_first: bool) -> None:
        if is_first:
            self._replace(page)
            self.answered.emit(page.total)
        else:
            self._pages[number] = page.records
            while len(self._pages) > self.keep:
                self._pages.popitem(last=False)
        first = number * self.block
        last = min(first + len(page.records), self.rowCount()) - 1
        if last >= first and self.columns:
            if not is_first:
                self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
            self.loaded.emit(first, last)
        if self._wishes:
            self._pump.start()

    def _replace(self, page: Page) -> None:
        self.beginResetModel()
        self._pages.clear()
        self.total = page.total
        if page.records:
            self._pages[0] = page.records
        self.endResetModel()
