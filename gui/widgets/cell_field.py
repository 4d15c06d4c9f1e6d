"""The field of a set cell: choose from a list by typing a part of it, or write a value or a range."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ..theme import color, font, px
from .button import IconButton
from .field import Field
from .paint import box, painter_of

__all__ = ["CellField"]


class _Offer(QStyledItemDelegate):
    """Lines of the list as high as those of the other lists."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + px(16), px(30))


class CellField(Field):
    """Empty means any. Enter, leaving the field or choosing from the list commits; Esc takes back what was typed.

    Args:
        name: what a screen reader says. placeholder: what an empty field shows.
        pick, clear: names of its button, which opens the list or empties the field.

    Signals:
        committed: the text, whenever it has become another one.
    """

    committed = Signal(str)

    def __init__(self, *, name: str, placeholder: str, pick: str, clear: str, parent: QWidget | None = None) -> None:
        super().__init__("", name=name, placeholder=placeholder, parent=parent)
        self._kept, self._names, self.is_wrong = "", (pick, clear), False
        self.offers = QStringListModel(self)
        self.list = QCompleter(self.offers, self)
        self.list.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list.setFilterMode(Qt.MatchFlag.MatchContains)
        self.list.setMaxVisibleItems(12)
        self.list.popup().setFont(font("body"))
        self.list.popup().setItemDelegate(_Offer(self.list.popup()))
        self.list.popup().setMinimumWidth(px(200))
        self.setCompleter(self.list)
        self.button = IconButton("down", pick, size=28, glyph=14, parent=self)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.clicked.connect(self._pressed)
        self.list.activated.connect(lambda _text: self._commit())
        self.editingFinished.connect(self._left)
        self._show_state()

    def value(self) -> str:
        """The text last committed; "" is any."""
        return self._kept

    def set_value(self, text: str, *, is_wrong: bool = False) -> None:
        """Put a text in without telling anybody; the same as before leaves what is just being typed."""
        if self.text() != text and not (text == self._kept and self.hasFocus()):
            self.setText(text)
        self._kept, self.is_wrong = text, is_wrong
        self._show_state()

    def offer(self, texts: Sequence[str]) -> None:
        """What the list holds."""
        if self.offers.stringList() != list(texts):
            self.offers.setStringList(list(texts))
            self._show_state()

    def open_list(self) -> None:
        """Show everything there is to choose."""
        self.setFocus()
        self.list.setCompletionPrefix("")
        self.list.complete()

    def _pressed(self) -> None:
        if self._kept or self.text():
            self.clear()
            self._commit()
            self.setFocus()
        else:
            self.open_list()

    def _left(self) -> None:
        if not self.list.popup().isVisible():
            self._commit()

    def _commit(self) -> None:
        text = self.text() if self.text() in self.offers.stringList() else self.text().strip()
        if text != self._kept:
            self._kept = text
            self._show_state()
            self.committed.emit(text)

    def _show_state(self) -> None:
        is_set = bool(self._kept)
        self.button.set_icon("x" if is_set else "down")
        self.button.setAccessibleName(self._names[is_set])
        self.button.setToolTip(self._names[is_set])
        self.button.setVisible(is_set or bool(self.offers.rowCount()))
        self.update()

    def event(self, event: QEvent) -> bool:
        """Undo of what is typed is the field's, of what is set the window's."""
        is_ours = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if is_ours and self.text() == self._kept and (
            event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
        ):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._kept:
            self.setText(self._kept)
        elif event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        elif event.key() == Qt.Key.Key_Down and not self.text():
            self.open_list()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.button.move(self.width() - self.button.width() - px(2), (self.height() - self.button.height()) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        token = "bad" if self.is_wrong else "accent_line" if self.hasFocus() else "control" if self._kept else "border"
        thick = 2 if self.hasFocus() or self.is_wrong else 1
        fill = color("surface" if self._kept or self.hasFocus() else "bg")
        box(painter, self.rect(), px(6), fill, color(token), thick)
        painter.end()
        QLineEdit.paintEvent(self, event)
