"""Fields to write and choose in."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QListView,
    QSizePolicy,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..theme import color, font, icon, icon_pixmap, px
from .paint import Ringed, box, painter_of

__all__ = ["Combo", "Field", "NumberField", "Search"]


def _clear(widget: QWidget) -> None:
    """Let our own box shine through the widget's background."""
    own = widget.palette()
    for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Button):
        own.setColor(role, QColor(0, 0, 0, 0))
    widget.setPalette(own)


def _frame(widget: QWidget, *, filled: str = "surface") -> None:
    painter = painter_of(widget)
    focused = widget.hasFocus()
    edge = "accent_line" if focused else "control" if widget.isEnabled() else "border"
    fill = filled if widget.isEnabled() else "sunken"
    box(painter, QRectF(widget.rect()), px(6), color(fill), color(edge), 2 if focused else 1)
    painter.end()


class Field(QLineEdit):
    """One line of text. `name` is what a screen reader says; an icon may stand before the text."""

    def __init__(
        self, text: str = "", *, name: str, placeholder: str = "", icon_name: str | None = None, key: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.icon_name, self.key = icon_name, key
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setFrame(False)
        self.setFont(font("body"))
        self.setFixedHeight(px(32))
        _clear(self)
        self.setTextMargins(px(32 if icon_name else 10), 0, px(34 if key else 10), 0)

    def sizeHint(self) -> QSize:
        return QSize(px(200), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        _frame(self)
        super().paintEvent(event)
        painter = painter_of(self)
        if self.icon_name:
            side = px(16)
            painter.drawPixmap(px(11), (self.height() - side) // 2, icon_pixmap(self.icon_name, side, "text2"))
        if self.key and not self.hasFocus() and not self.text():
            cap = QRectF(self.width() - px(28), self.height() / 2 - px(10), px(20), px(20))
            box(painter, cap, px(4), color("sunken"), color("border"))
            painter.setFont(font("micro_strong"))
            painter.setPen(color("text2"))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self.key)
        painter.end()


class Search(Field):
    """A field that finds; Esc empties it, then leaves it.

    Signals:
        left: Esc left it.
    """

    left = Signal()

    def __init__(self, *, name: str, placeholder: str, key: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__("", name=name, placeholder=placeholder, icon_name="search", key=key, parent=parent)

    def keyPressEvent(self, event: object) -> None:
        if event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            if self.text():
                self.clear()
            else:
                self.clearFocus()
                self.left.emit()
            return
        super().keyPressEvent(event)  # type: ignore[arg-type]


class NumberField(QSpinBox):
    """A whole number, with thousands separators, arrow keys and limits."""

    def __init__(
        self, value: int, low: int, high: int, *, name: str, step: int = 1, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setValue(value)
        self.setGroupSeparatorShown(True)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.setFrame(False)
        self.setFont(font("body"))
        self.setAccessibleName(name)
        self.setFixedHeight(px(32))
        self.setKeyboardTracking(False)
        _clear(self)
        self.lineEdit().setTextMargins(px(8), 0, px(8), 0)
        self.lineEdit().setAccessibleName(name)
        _clear(self.lineEdit())

    def sizeHint(self) -> QSize:
        return QSize(px(96), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        _frame(self)


class _ItemDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: object) -> QSize:
        hint = super().sizeHint(option, index)  # type: ignore[arg-type]
        return QSize(hint.width() + px(16), px(30))


class Combo(Ringed, QComboBox):
    """One of several. Items are (key, text, icon name or None)."""

    def __init__(
        self, items: list[tuple[str, str, str | None]], value: str | None = None, *, name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFont(font("body"))
        self.setFixedHeight(px(32))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(px(16), px(16)))
        view = QListView(self)
        view.setItemDelegate(_ItemDelegate(view))
        self.setView(view)
        self.setMaxVisibleItems(14)
        self.set_items(items, value)

    def set_items(self, items: list[tuple[str, str, str | None]], value: str | None = None) -> None:
        """Replace the choices without telling anybody."""
        blocked = self.blockSignals(True)
        self.clear()
        for key, text, icon_name in items:
            if icon_name:
                self.addItem(icon(icon_name), text, key)
            else:
                self.addItem(text, key)
        self.blockSignals(blocked)
        if value is not None:
            self.set_value(value)

    def value(self) -> str:
        """Key of the chosen item."""
        return str(self.currentData() or "")

    def set_value(self, key: str) -> None:
        """Choose without telling anybody."""
        blocked = self.blockSignals(True)
        self.setCurrentIndex(max(self.findData(key), 0))
        self.blockSignals(blocked)
        self.update()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + px(28), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        _frame(self)
        painter = painter_of(self)
        x, side = px(11), px(16)
        picture = self.itemIcon(self.currentIndex())
        if not picture.isNull():
            picture.paint(painter, QRect(x, (self.height() - side) // 2, side, side))
            x += px(25)
        painter.setFont(self.font())
        painter.setPen(color("text" if self.isEnabled() else "text3"))
        self._paint_text(painter, x)
        painter.drawPixmap(self.width() - px(26), (self.height() - side) // 2, icon_pixmap("down", side, "text2"))
        painter.end()

    def _paint_text(self, painter: QPainter, x: int) -> None:
        room = QRectF(x, 0, self.width() - x - px(30), self.height())
        shown = painter.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
