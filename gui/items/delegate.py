"""One delegate for all columns of a grid, driven by each column's `GridColumn`.

Order of painting: background, selection edge in the first column, reason box, bar, text, divider.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets.axis import Axis
from ..widgets.paint import box, line, pill
from .columns import GridColumn, parse_number
from .pages_model import CELL, COLUMN, RECORD

__all__ = ["GridDelegate"]

Index = QModelIndex | QPersistentModelIndex

_MISSING: Final = {"null": "gui_data.cell.null", "nan": "gui_data.cell.nan", "empty": "gui_data.cell.empty"}


class GridDelegate(QStyledItemDelegate):
    """Paints cells of a `PagesModel`.

    Attributes:
        row_height: design pixels.
        rings_cells: the current cell has a ring while the grid has the focus (grids where a column can be chosen).
        chosen: name of the column in question, whose bars are in the accent.
    """

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self.row_height = 32
        self.rings_cells = False
        self.chosen: str | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(96), px(self.row_height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view = self.parent()
        is_first = view.horizontalHeader().visualIndex(index.column()) == 0
        room = QRectF(option.rect)
        spot = _Spot(
            painter, room, room.adjusted(px(16 if is_first else 8), 0, -px(8), -1), index.data(COLUMN),
            view.selectionModel().isRowSelected(index.row(), QModelIndex()),
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(spot, is_first=is_first)
        cell = index.data(CELL)
        if cell is None:
            _waiting(spot)
        else:
            self._content(spot, cell, index.data(RECORD))
        line(painter, room.left(), room.bottom() - 0.5, room.right(), room.bottom() - 0.5, color("divider"))
        if self.rings_cells and index == view.currentIndex() and view.hasFocus():
            box(painter, room.adjusted(1, 1, -1, -2), px(4), None, color("accent_line"), 1.5)
        painter.restore()

    def _ground(self, spot: _Spot, *, is_first: bool) -> None:
        room = spot.room
        spot.painter.fillRect(room, color("accent_soft" if spot.is_selected else "surface"))
        if spot.is_selected and is_first:
            spot.painter.fillRect(QRectF(room.left(), room.top(), px(3), room.height()), color("accent_line"))

    def _content(self, spot: _Spot, cell: Any, record: Any) -> None:
        style = spot.column.style
        if style == "score":
            self._score(spot, cell)
        elif style == "reason":
            self._reason(spot, cell)
        elif style == "icon":
            side = px(15)
            top = spot.inner.center().y() - side / 2
            picture = icon_pixmap(cell["icon"], side, "text2", spot.painter.device().devicePixelRatioF())
            spot.painter.drawPixmap(QPointF(spot.inner.left(), top), picture)
            _text(spot, cell["text"], "text", role="button", room=spot.inner.adjusted(px(24), 0, 0, 0))
        elif style == "rank":
            _text(spot, str(cell), "text2", is_right=True)
        else:
            self._value(spot, cell, is_reason=isinstance(record, dict) and record.get("column") == spot.column.name)

    def _value(self, spot: _Spot, cell: Any, *, is_reason: bool) -> None:
        """A value of the table; the one that carries the reason stands in a box, a missing one says so in words."""
        column = spot.column
        is_missing = isinstance(cell, dict)
        text = tr(_MISSING[cell["missing"]]) if is_missing else str(cell)
        if is_reason:
            box(spot.painter, spot.room.adjusted(px(2), px(4), -px(2), -px(5)), px(4), color("ember_soft"))
            _text(spot, text, "ember", is_right=column.is_right, role="strong", italic=is_missing)
        elif is_missing:
            _text(spot, text, "text3", is_right=column.is_right, italic=True)
        else:
            if column.style == "bar" and column.axis is not None:
                self._bar(spot, column.axis, text)
            _text(spot, text, "text2" if column.is_quiet else "text", is_right=column.is_right)

    def _bar(self, spot: _Spot, axis: Axis, text: str) -> None:
        value, inner = parse_number(text), spot.inner
        taken = QFontMetricsF(font("body")).horizontalAdvance(text)
        track = min(px(38), inner.width() - taken - px(8))
        if value is None or track < px(16):
            return
        y = inner.center().y() - px(2)
        pill(spot.painter, inner.left(), y, track, px(4), color("surface" if spot.is_selected else "sunken"))
        fill = "accent_line" if spot.column.name == self.chosen else "neutral_fill"
        pill(spot.painter, inner.left(), y, max(axis.place(value) * track, px(4)), px(4), color(fill))

    def _score(self, spot: _Spot, cell: Any) -> None:
        inner = spot.inner
        number = QRectF(inner.left(), inner.top(), px(42), inner.height())
        _text(spot, cell["text"], "text", role="strong", room=number)
        x, width, y = number.right(), inner.right() - number.right() - px(8), inner.center().y() - px(3)
        pill(spot.painter, x, y, width, px(6), color("surface" if spot.is_selected else "sunken"))
        fill = "ember_fill" if cell["flagged"] else "neutral_fill"
        pill(spot.painter, x, y, cell["share"] * width, px(6), color(fill))

    def _reason(self, spot: _Spot, cell: Any) -> None:
        """The first clause stands out, what was expected follows."""
        strong, rest = cell
        metrics = QFontMetricsF(font("button"))
        _text(spot, strong, "text", role="button")
        left = metrics.horizontalAdvance(strong) + px(4)
        if rest and spot.inner.width() - left > px(24):
            _text(spot, rest, "text2", room=spot.inner.adjusted(left, 0, 0, 0))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index,
    ) -> bool:
        """The whole text of a cell that had to be shortened."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        text = str(index.data() or "")
        room = option.rect.width() - px(16)
        if QFontMetricsF(font("body")).horizontalAdvance(text) > room:
            QToolTip.showText(event.globalPos() + QPoint(0, px(8)), text, view, option.rect)
        else:
            QToolTip.hideText()
        return True


@dataclass(frozen=True)
class _Spot:
    """Where a cell is painted."""

    painter: QPainter
    room: QRectF
    inner: QRectF
    column: GridColumn
    is_selected: bool


def _waiting(spot: _Spot) -> None:
    """A quiet bar where a text is going to be."""
    width = min(spot.inner.width(), px(48))
    x = spot.inner.right() - width if spot.column.is_right else spot.inner.left()
    pill(spot.painter, x, spot.inner.center().y() - px(3), width, px(6), color("sunken"))


def _text(
    spot: _Spot, text: str, token: str, *, is_right: bool = False, role: str = "body", italic: bool = False,
    room: QRectF | None = None,
) -> None:
    painter, room = spot.painter, room or spot.inner
    painter.setFont(font(role, italic=italic))
    painter.setPen(color(token))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()) + 1)
    side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | side | Qt.TextFlag.TextSingleLine, shown)
