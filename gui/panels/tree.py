"""A forest of columns: one button a column, indented below its parent, lines as thick as the links are strong."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ..items.dependence import Branch, Forest
from ..theme import color, font, px
from ..widgets import box, painter_of
from ..widgets.paint import Ringed

__all__ = ["TreeView"]

_NODE, _WIDE, _ROW, _LEAST_ROW, _STEP = 112, 168, 42, 30, 56
_STEM, _REACH = 16, 8  # where a link leaves its parent; how near to a link a click means it
_STRONG = 0.25  # share of the strongest link from which a line is in colour

_Key = Qt.Key


class _Node(Ringed, QAbstractButton):
    """A column; `note` is what its cell is set to."""

    stepped = Signal(int)

    def __init__(self, branch: Branch, parent: QWidget) -> None:
        super().__init__(parent)
        self.branch, self.note = branch, ""
        self.setText(branch.name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (_Key.Key_Up, _Key.Key_Down, _Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End):
            self.stepped.emit(event.key())
        elif event.key() in (_Key.Key_Return, _Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        over = self.underMouse()
        fill = ("accent_hover" if over else "accent") if self.note else "sunken" if over else "surface"
        box(painter, self.rect(), px(6), color(fill), None if self.note else color("control"))
        ink = color("on_accent" if self.note else "text")
        room = QRectF(self.rect()).adjusted(px(10), 0, -px(8), 0)
        painter.setPen(ink)
        painter.setFont(font("secondary_strong" if self.note else "button_small"))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        room.setLeft(room.left() + metrics.horizontalAdvance(name) + px(8))
        if self.note and room.width() > px(16):
            painter.setFont(font("secondary"))
            note = painter.fontMetrics().elidedText(self.note, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
        painter.end()


class TreeView(QWidget):
    """The forest. Tab reaches it once; arrows move along it: up and down, left to the parent, right to the children.

    Args:
        name: what a screen reader says.

    Signals:
        chosen: the name of the column that was pressed; a line stands for the column it leads to.
    """

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.forest = Forest()
        self.nodes: list[_Node] = []
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_forest(self, forest: Forest) -> None:
        """Another forest; the same one keeps its buttons and the focus."""
        if forest == self.forest:
            return
        self.forest = forest
        for node in self.nodes:
            node.hide()
            node.deleteLater()
        self.nodes = [_Node(branch, self) for branch in forest.branches]
        for node in self.nodes:
            node.clicked.connect(lambda _=False, n=node: self._press(n))
            node.stepped.connect(lambda key, n=node: self._step(n, key))
            node.show()
        if self.nodes:
            self.nodes[0].setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(len(self.nodes) * px(_LEAST_ROW))
        self.updateGeometry()
        self._place()

    def set_cells(self, cells: Mapping[str, str], words: Mapping[str, str]) -> None:
        """Which columns are set to what; `words` says each column's name and state."""
        for node in self.nodes:
            name = node.branch.name
            node.note = cells.get(name, "")
            node.setAccessibleName(words[name])
            node.setToolTip(words[name])
            node.update()

    def focus_first(self) -> None:
        """Put the focus on the column that had it last, or the first."""
        able = [n for n in self.nodes if n.focusPolicy() == Qt.FocusPolicy.StrongFocus]
        if able:
            able[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(px(300), len(self.nodes) * px(_ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """As high as there is room for, between two limits; as far to the right as the deepest column allows."""
        count = max(len(self.nodes), 1)
        row = min(max(self.height() / count, px(_LEAST_ROW)), px(_ROW))
        step = min(max(self.width() - px(_NODE), 0) / max(self.forest.depth, 1), px(_STEP))
        high = min(int(row) - px(4), px(32))
        for i, node in enumerate(self.nodes):
            left, top = int(node.branch.depth * step), int(i * row + (row - high) / 2)
            node.setGeometry(QRect(left, top, min(px(_WIDE), self.width() - left), high))
        self.update()

    def _press(self, node: _Node) -> None:
        self._focus(node, Qt.FocusReason.OtherFocusReason)
        self.chosen.emit(node.branch.name)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        node = next((n for n in self.nodes if n.branch.parent >= 0 and self._line(n).contains(at)), None)
        self._press(node) if node is not None else super().mousePressEvent(event)

    def _line(self, node: _Node) -> QRect:
        """The level part of a column's link, with a margin."""
        left = self._stem(node) - px(_REACH)
        return QRect(left, node.geometry().center().y() - px(_REACH), node.x() - left, px(2 * _REACH))

    def _stem(self, node: _Node) -> int:
        """Where a column's link leaves its parent."""
        return min(self.nodes[node.branch.parent].x() + px(_STEM), node.x() - px(6))

    def _step(self, node: _Node, key: int) -> None:
        at, last = self.nodes.index(node), len(self.nodes) - 1
        below = next((i for i, n in enumerate(self.nodes) if n.branch.parent == at), at)
        above = node.branch.parent if node.branch.parent >= 0 else at
        target = {
            _Key.Key_Up: at - 1, _Key.Key_Down: at + 1, _Key.Key_Left: above, _Key.Key_Right: below,
            _Key.Key_Home: 0, _Key.Key_End: last,
        }[Qt.Key(key)]
        self._focus(self.nodes[min(max(target, 0), last)], Qt.FocusReason.TabFocusReason)

    def _focus(self, node: _Node, reason: Qt.FocusReason) -> None:
        """Only the column that had the focus last is reached by Tab: forty stops would bar the way."""
        for other in self.nodes:
            other.setFocusPolicy(Qt.FocusPolicy.StrongFocus if other is node else Qt.FocusPolicy.ClickFocus)
        node.setFocus(reason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        most = self.forest.strongest or 1.0
        for node in reversed(self.nodes):
            if node.branch.parent >= 0:
                self._link(painter, node, self.nodes[node.branch.parent], node.branch.strength / most)
        painter.end()

    def _link(self, painter: QPainter, node: _Node, parent: _Node, share: float) -> None:
        end = QPointF(node.x(), node.geometry().center().y())
        x = self._stem(node)
        bend = min(px(10), end.x() - x)
        path = QPainterPath(QPointF(x, parent.geometry().bottom()))
        path.lineTo(x, end.y() - bend)
        path.quadTo(QPointF(x, end.y()), QPointF(x + bend, end.y()))
        path.lineTo(end)
        ink = color("accent_line" if share >= _STRONG else "control")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 1 + px(4) * math.sqrt(share), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawPath(path)
