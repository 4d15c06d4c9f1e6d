"""The palette: find an action, a page, a column, a recent file, and do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ..actions import key_text
from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Field, Label, box
from .base import Sheet

__all__ = ["Entry", "PaletteSheet", "matches"]

_MOST = 60


@dataclass(frozen=True)
class Entry:
    """One line: what it says, to what group it belongs, its key, what it does."""

    text: str
    group: str
    icon: str
    run: Callable[[], object]
    keys: str = ""
    is_enabled: bool = True
    why: str = ""


def matches(wanted: str, text: str) -> int | None:
    """How well a text answers: 0 = begins so, 1 = a word begins so, 2 = all words occur, 3 = letters in order."""
    sought, whole = wanted.lower().strip(), text.lower()
    if whole.startswith(sought):
        return 0
    if any(word.startswith(sought) for word in whole.split()):
        return 1
    if all(part in whole for part in sought.split()):
        return 2
    rest = iter(whole)
    return 3 if len(sought) > 2 and all(letter in rest for letter in sought) else None


class _Lines(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(px(200), px(36))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            box(painter, QRectF(rect), px(6), color("accent_soft"))
        side, ink = px(16), "text" if entry.is_enabled else "text3"
        top = rect.top() + (rect.height() - side) // 2
        picture = icon_pixmap(entry.icon, side, "accent_text" if chosen else "text2")
        painter.drawPixmap(rect.left() + px(12), top, picture)
        right = rect.right() - px(12)
        right = self._paint_end(painter, entry, rect, right)
        painter.setFont(font("body"))
        painter.setPen(color(ink))
        room = QRectF(rect.left() + px(40), rect.top(), right - rect.left() - px(48), rect.height())
        shown = painter.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _paint_end(self, painter: QPainter, entry: Entry, rect: QRect, right: float) -> float:
        """The key as a cap, or the group in quiet words; returns how far the text may reach."""
        text = key_text(entry.keys) if entry.keys else (entry.why or entry.group)
        painter.setFont(font("micro_strong" if entry.keys else "micro"))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text) + (px(11) if entry.keys else 0)
        room = QRectF(right - width, rect.top() + (rect.height() - px(20)) / 2, width, px(20))
        if entry.keys:
            box(painter, room, px(4), color("sunken"), color("border"))
        painter.setPen(color("text2" if entry.keys else "text3"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
        return right - width


class PaletteSheet(Sheet):
    """Type to narrow, up and down to choose, Enter to do.

    Args:
        entries: all there is, most useful first.
        search: makes the entries that depend on what was typed (find in rows).
    """

    def __init__(self, entries: Sequence[Entry], search: Callable[[str], list[Entry]] | None = None) -> None:
        super().__init__(width=640, margin=12)
        self.setAccessibleName(tr("gui.palette"))
        self.at_top = True
        self._entries, self._search = list(entries), search
        self.field = Field(name=tr("gui.search"), placeholder=tr("gui.search"), icon_name="search")
        self.list = QListView()
        self.list.setAccessibleName(tr("gui.palette.found"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(_Lines(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.viewport().setAutoFillBackground(False)
        self.list.setFixedHeight(px(36) * 10)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.model = QStandardItemModel(self)
        self.list.setModel(self.model)
        self.nothing = Label(tr("gui.palette.nothing"), "body", "text2")
        self.nothing.setContentsMargins(px(12), px(4), 0, px(8))
        self.body.addWidget(self.field)
        self.body.addWidget(self.list)
        self.body.addWidget(self.nothing)
        self.field.textChanged.connect(self.narrow)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._run)
        self.setProperty("first", self.field)
        self.narrow("")

    def narrow(self, text: str) -> None:
        """Show what answers to the text, best first."""
        ranked = [(matches(text, e.text), i, e) for i, e in enumerate(self._entries)]
        found = [e for _, _, e in sorted((m, i, e) for m, i, e in ranked if m is not None)] if text else self._entries
        found = [*found[:_MOST], *(self._search(text) if text and self._search else [])]
        self.model.clear()
        for entry in found:
            item = QStandardItem(entry.text)
            item.setData(entry, Qt.ItemDataRole.UserRole)
            self.model.appendRow(item)
        self.nothing.setVisible(not found)
        self.list.setVisible(bool(found))
        self._choose(0)

    def _choose(self, row: int) -> None:
        rows = self.model.rowCount()
        if rows:
            self.list.setCurrentIndex(self.model.index(row % rows, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            return self._steer(event)  # type: ignore[arg-type]
        return False

    def _steer(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 9, Qt.Key.Key_PageUp: -9}
        if event.key() in steps:
            self._choose(self.list.currentIndex().row() + steps[Qt.Key(event.key())])
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentIndex())
            return True
        return False

    def _run(self, index: QModelIndex) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        if entry is not None and entry.is_enabled:
            self.accept()
            entry.run()
