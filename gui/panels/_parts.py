"""Parts that inspectors share: sections divided by lines, and the scrolling column they stand in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QScrollBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..theme import color, px
from ..widgets import Label, divider, hbox, painter_of, vbox

__all__ = ["Figures", "Inspector", "Section", "drop_all", "right", "scrolled"]


def drop_all(layout: QVBoxLayout | QHBoxLayout | QGridLayout) -> None:
    """Take everything out of a layout and delete it."""
    while layout.count():
        item = layout.takeAt(0)
        if item.widget():
            item.widget().hide()
            item.widget().deleteLater()
        elif item.layout():
            drop_all(item.layout())


def right(label: Label) -> Label:
    """A figure at the right of its cell, as numbers stand."""
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


class _Bar(QScrollBar):
    """Keeps its room, so that nothing moves when there is more to see, and is seen only then."""

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.maximum() > 0:
            super().paintEvent(event)


def scrolled(inner: QWidget, name: str, *, is_steady: bool = False) -> QScrollArea:
    """A widget that scrolls where the room is too low for it, on the ground of what lies behind.

    Args:
        inner: the widget.
        name: for screen readers.
        is_steady: the bar's room is kept free, so that nothing moves when there is more to see.
    """
    area = QScrollArea()
    if is_steady:
        area.setVerticalScrollBar(_Bar(area))
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    area.setAccessibleName(name)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    for layer in (area.viewport(), inner):
        layer.setAutoFillBackground(False)
    return area


class Section(QWidget):
    """A part of an inspector: a title, perhaps an answer at its right, and `.body` below."""

    def __init__(self, title: str = "", note: str = "", *, gap: int = 6) -> None:
        super().__init__()
        column = vbox(self, margin=(16, 12, 16, 14), gap=gap)
        self.body = column
        self.title = Label(title, "strong")
        self.note = Label(note, "secondary", "text2")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if title:
            self.top = hbox(gap=8)
            self.top.addWidget(self.title)
            self.top.addStretch(1)
            self.top.addWidget(self.note)
            column.addLayout(self.top)


class Inspector(QWidget):
    """A fixed head, sections that scroll, and perhaps a fixed foot. Dividers come and go with their sections."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        outer = vbox(self, gap=0)
        self.head = QWidget()
        outer.addWidget(self.head)
        inner = QWidget()
        self.column = vbox(inner, gap=0)
        self.area = scrolled(inner, name)
        outer.addWidget(self.area, 1)
        self.foot = QWidget()
        self.foot.hide()
        outer.addWidget(self.foot)
        self._lines: list[tuple[Section, QWidget]] = []

    def add(self, section: Section) -> None:
        """Put a section below the others."""
        line = divider()
        self.column.addWidget(line)
        self.column.addWidget(section)
        self._lines.append((section, line))

    def show_section(self, section: Section, *, on: bool) -> None:
        """Show or hide a section with its line."""
        section.setVisible(on)
        next(line for known, line in self._lines if known is section).setVisible(on)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("surface"))
        painter.end()


class Figures(QWidget):
    """Names and numbers in two columns of pairs; `set` fills them without building anything anew."""

    def __init__(self, pairs: int = 8) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, px(4), 0, 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(5))
        grid.setColumnMinimumWidth(2, px(8))
        self.cells: list[tuple[Label, Label]] = []
        for i in range(pairs):
            name, value = Label("", "secondary", "text2"), Label("", "button_small", elide=True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            at = 0 if i % 2 == 0 else 3
            grid.addWidget(name, i // 2, at)
            grid.addWidget(value, i // 2, at + 1)
            self.cells.append((name, value))
        for at in (1, 4):
            grid.setColumnStretch(at, 1)

    def set(self, pairs: list[tuple[str, str]]) -> None:
        """Show these names with their values."""
        for i, (name, value) in enumerate(self.cells):
            is_used = i < len(pairs)
            name.setVisible(is_used)
            value.setVisible(is_used)
            if is_used:
                name.setText(pairs[i][0])
                value.setText(pairs[i][1])
