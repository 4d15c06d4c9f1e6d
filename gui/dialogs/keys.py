"""The `?` sheet: every key that works on this page, and those that work everywhere."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from ..actions import Action, key_text
from ..text import tr
from ..theme import px
from ..widgets import Button, KeyCap, Label, hbox, vbox
from .base import Sheet

__all__ = ["KeysSheet"]


class KeysSheet(Sheet):
    """Keys of the page at the left, of the window at the right.

    Args:
        page: title of the page.
        here: its actions and further (key, words).
        everywhere: the window's actions.
    """

    def __init__(
        self, page: str, here: Iterable[Action], further: Iterable[tuple[str, str]], everywhere: Iterable[Action],
    ) -> None:
        super().__init__(tr("gui.keys.title"), width=820, icon="help")
        columns = QWidget()
        row = hbox(columns, gap=32)
        mine = [(a.keys, a.text) for a in here if a.keys]
        mine += [((key,), words) for key, words in further]
        row.addWidget(_table(page, mine), 1)
        row.addWidget(_table(tr("gui.keys.everywhere"), [(a.keys, a.text) for a in everywhere if a.keys]), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(columns)
        scroll.setMinimumHeight(min(columns.sizeHint().height(), px(520)))
        scroll.viewport().setAutoFillBackground(False)
        columns.setAutoFillBackground(False)
        scroll.setAccessibleName(tr("gui.keys.title"))
        self.body.addWidget(scroll)
        foot = hbox(gap=8)
        foot.addWidget(Label(tr("gui.keys.note"), "secondary", "text3", wrap=True), 1)
        close = Button(tr("gui.keys.close"), kind="plain", shortcut_hint="Esc")
        close.clicked.connect(self.accept)
        foot.addWidget(close)
        self.body.addLayout(foot)
        self.setProperty("first", close)


def _table(title: str, entries: list[tuple[tuple[str, ...], str]]) -> QWidget:
    frame = QWidget()
    column = vbox(frame, gap=8)
    column.addWidget(Label(title, "strong"))
    grid = QGridLayout()
    grid.setVerticalSpacing(px(6))
    grid.setHorizontalSpacing(px(12))
    grid.setColumnStretch(0, 1)
    for i, (keys, words) in enumerate(entries):
        grid.addWidget(Label(words, "body", "text2", wrap=True), i, 0)
        caps = hbox(gap=4)
        caps.addStretch(1)
        for key in keys:
            caps.addWidget(KeyCap(key_text(key)))
        grid.addLayout(caps, i, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    column.addLayout(grid)
    column.addStretch(1)
    return frame
