"""Short lines about rows: words at the left, a note at the right, a sign before what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from ..theme import color, font, icon_pixmap, px

__all__ = ["Brief", "BriefList"]

Index = QModelIndex | QPersistentModelIndex
_LINE: Final = Qt.ItemDataRole.UserRole
_HEIGHT: Final = 24


@dataclass(frozen=True)
class Brief:
    """One line.

    Args:
        words: what the row is. note: about it, at the right.
        sign: icon before the words, "" for none. tone: of the sign.
        is_own: it is the row on the desk.
    """

    words: str
    note: str = ""
    sign: str = ""
    tone: str = "text2"
    is_own: bool = False


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Brief] = []

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == _LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.words}; {line.note}" if line.note else line.words
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(240), px(_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line, room = index.data(_LINE), QRectF(option.rect)
        painter.save()
        if line.is_own:
            painter.fillRect(room, color("accent_soft"))
        left = room.left() + px(4)
        if line.sign:
            picture = icon_pixmap(line.sign, px(14), line.tone, painter.device().devicePixelRatioF())
            painter.drawPixmap(int(left), int(room.center().y() - px(7)), picture)
        left += px(22) if line.sign else 0
        painter.setFont(font("secondary_strong" if line.is_own else "secondary"))
        metrics = QFontMetricsF(painter.font())
        most = (room.right() - left) * 0.6
        note = metrics.elidedText(line.note, Qt.TextElideMode.ElideRight, most)
        width = metrics.horizontalAdvance(note) + 1
        painter.setPen(color("text3"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(room.right() - width - px(4), room.top(), width, room.height()), middle, note)
        painter.setPen(color("text" if line.is_own else "text2"))
        place = QRectF(left, room.top(), room.right() - width - px(16) - left, room.height())
        painter.drawText(place, middle, metrics.elidedText(line.words, Qt.TextElideMode.ElideRight, place.width()))
        painter.restore()


class BriefList(QListView):
    """Lines about rows, whole lines only.

    Args:
        name: for screen readers.
        nothing: what stands there when there is none.
    """

    def __init__(self, name: str, nothing: str) -> None:
        super().__init__()
        self._lines = _Model()
        self.nothing = nothing
        self.setModel(self._lines)
        self.setItemDelegate(_Delegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setAccessibleName(name)

    @property
    def lines(self) -> list[Brief]:
        """What is shown."""
        return self._lines.lines

    def show_lines(self, lines: Sequence[Brief]) -> None:
        """Other lines; the row on the desk comes into view."""
        self._lines.beginResetModel()
        self._lines.lines = list(lines)
        self._lines.endResetModel()
        own = next((i for i, line in enumerate(lines) if line.is_own), 0)
        self.scrollTo(self._lines.index(own), QAbstractItemView.ScrollHint.PositionAtCenter)

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)  # type: ignore[arg-type]
        if not self.lines:
            painter = QPainter(self.viewport())
            painter.setFont(font("secondary"))
            painter.setPen(color("text3"))
            painter.drawText(QRectF(px(4), 0, self.width(), px(_HEIGHT)), Qt.AlignmentFlag.AlignVCenter, self.nothing)
            painter.end()
