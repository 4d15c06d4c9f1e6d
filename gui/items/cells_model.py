"""The cells of one case: value, place among comparable rows, what was expected, surprise.

One delegate paints them, so that a row of 200 columns costs no more than what is on screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ..text import say, tr
from ..theme import color, font, px
from ..widgets import Axis, line, paint_choice, paint_range, pill

__all__ = ["EMBER_FROM", "CellsDelegate", "CellsModel", "cell_columns", "cell_text"]

Index = QModelIndex | QPersistentModelIndex
CELL: Final = Qt.ItemDataRole.UserRole
EMBER_FROM: Final = 2.5
"""Nats above the cell's usual surprise from which it counts as a reason (design rule of the reason bars)."""


def cell_text(cell: object) -> str:
    """A cell as words; the sorts of missing keep their names."""
    if isinstance(cell, Mapping) and "missing" in cell:
        return tr(f"gui_review.missing.{cell['missing']}")
    return str(cell)


class CellsModel(QAbstractListModel):
    """Cells of the case on the desk, most surprising first."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[dict[str, Any]] = []
        self.most = EMBER_FROM

    def show(self, cells: Sequence[Mapping[str, Any]]) -> None:
        """Other cells."""
        self.beginResetModel()
        self.cells = [dict(c) for c in cells]
        self.most = max([EMBER_FROM, *(c["excess"] for c in cells)])
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.cells)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.cells[index.row()]
        if role == CELL:
            return cell
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            own = f"; {say(cell['own'])}" if cell.get("own") else ""
            return f"{cell['column']}: {cell_text(cell['value'])}; {say(cell['expected'])}{own}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr("gui_review.cell", column=cell["column"], value=cell_text(cell["value"]),
                      expected=say(cell["expected"]), surprise=f"{max(cell['excess'], 0):.1f}")
        return None


def cell_columns(width: float) -> tuple[tuple[float, float], ...]:
    """Left edge and width of the five parts of a line: field, value, peers, expected, surprise."""
    shares = (0.16, 0.17, 0.23, 0.3, 0.14)
    edges = [sum(shares[:i]) * width for i in range(len(shares))]
    return tuple((edge, share * width - px(8)) for edge, share in zip(edges, shares, strict=True))



def _too_wide(text: str, role: str, room: QRectF) -> bool:
    return QFontMetricsF(font(role)).horizontalAdvance(text) > room.width()


def _in_two(text: str) -> tuple[str, ...]:
    """Broken at the space nearest the middle: of a moment, the hour may be the very reason."""
    spaces = [i for i, c in enumerate(text) if c == " "]
    if not spaces:
        return (text,)
    at = min(spaces, key=lambda i: abs(2 * i - len(text)))
    return text[:at], text[at + 1 :]


class CellsDelegate(QStyledItemDelegate):
    """Paints one cell of the case in a line, 48 high where there is room."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._line = px(48)

    def set_line(self, height: int) -> None:
        """Another height of all lines."""
        if height != self._line:
            self._line = height
            self.sizeHintChanged.emit(QModelIndex())

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(400), self._line)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell, room = index.data(CELL), QRectF(option.rect)
        excess = max(float(cell["excess"]), 0.0)  # a cell that is never predictable is no reason
        is_reason = excess >= EMBER_FROM
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        parts = [QRectF(room.left() + x, room.top(), w, room.height()) for x, w in cell_columns(room.width())]
        self._text(painter, parts[0], cell["column"], "text2")
        self._value(painter, parts[1], cell["value"], is_reason=is_reason)
        self._peers(painter, parts[2], cell, is_reason=is_reason)
        expected, own = QRectF(parts[3]), QRectF(parts[3])
        if cell.get("own"):
            middle, line_high = room.center().y(), px(17)
            expected.setCoords(expected.left(), middle - line_high, expected.right(), middle + px(1))
            own.setCoords(own.left(), middle, own.right(), middle + line_high)
            self._text(painter, own, say(cell["own"]), "text3", "micro")
        self._text(painter, expected, say(cell["expected"]), "text2", "secondary")
        self._surprise(painter, parts[4], excess, index.model().most, is_reason=is_reason)
        line(painter, room.left(), room.bottom() - 0.5, room.right(), room.bottom() - 0.5, color("divider"))
        painter.restore()

    def _value(self, painter: QPainter, room: QRectF, value: object, *, is_reason: bool) -> None:
        is_missing = isinstance(value, Mapping)
        tone = "ember" if is_reason else "text3" if is_missing else "text"
        text, role = cell_text(value), "body" if is_missing else "strong"
        lines = _in_two(text) if not is_missing and _too_wide(text, role, room) else (text,)
        high = px(17)
        top = room.center().y() - high * len(lines) / 2
        for at, part in enumerate(lines):
            place = QRectF(room.left(), top + at * high, room.width(), high)
            self._text(painter, place, part, tone, role, italic=is_missing)

    def _peers(self, painter: QPainter, room: QRectF, cell: Mapping[str, Any], *, is_reason: bool) -> None:
        room = room.adjusted(0, 0, -px(12), 0)
        if cell.get("shares"):
            shares = [(str(text), float(share)) for text, share in cell["shares"]]
            paint_choice(painter, room, shares, cell_text(cell["value"]), is_surprising=is_reason)
            return
        edges = (cell.get("density") or {}).get("edges") or []
        known = [v for v in (cell.get("low"), cell.get("high"), cell.get("number")) if v is not None]
        ends = [*([edges[0], edges[-1]] if len(edges) > 1 else []), *known]
        if len(ends) < 2:
            return
        low, high = min(ends), max(ends)
        axis = Axis(low, high, bool(cell.get("log")) and low > 0)
        marks = (cell.get("low"), cell.get("number"), cell.get("high"))
        paint_range(painter, room, axis, marks, is_surprising=is_reason)

    def _surprise(self, painter: QPainter, room: QRectF, nats: float, most: float, *, is_reason: bool) -> None:
        track = room.width() - px(46)
        y = room.center().y() - px(3)
        if track > px(16):
            pill(painter, room.left(), y, track, px(6), color("sunken"))
            fill = color("ember_fill" if is_reason else "neutral_fill")
            pill(painter, room.left(), y, max(min(nats / most, 1.0) * track, px(3)), px(6), fill)
        tone, role = ("ember", "strong") if is_reason else ("text2", "body")
        self._text(painter, room, f"{nats:.1f}", tone, role, right=True)

    def _text(
        self, painter: QPainter, room: QRectF, text: str, token: str, role: str = "body", *, right: bool = False,
        italic: bool = False,
    ) -> None:
        painter.setFont(font(role, italic=italic))
        painter.setPen(color(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
