"""The inspector of the Model page: what depends on what, and the strongest links in numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ..items.dependence import forest_of
from ..text import tr
from ..theme import px
from ..widgets import Label, ScoreBar, divider, hbox, vbox
from ._parts import Inspector
from .tree import TreeView

__all__ = ["LinksPanel"]

_SHOWN: Final = 5
_NATS_PER_BIT: Final = math.log(2)


class LinksPanel(Inspector):
    """The tree above, links below.

    Signals:
        chosen: the column that was pressed in the tree.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(tr("gui_model.links"))
        head = vbox(self.head, margin=(16, 16, 16, 12), gap=4)
        head.addWidget(Label(tr("gui_model.links"), "section"))
        head.addWidget(Label(tr("gui_model.links_text"), "secondary", "text2", wrap=True))
        held = QWidget()
        self.column.addWidget(divider())
        self.tree = TreeView(tr("gui_model.tree"))
        self.tree.chosen.connect(self.chosen)
        vbox(held, margin=(16, 12, 16, 12)).addWidget(self.tree)
        self.column.addWidget(held, 1)
        self._make_foot()

    def _make_foot(self) -> None:
        foot = vbox(self.foot, margin=(0, 0, 0, 14), gap=6)
        foot.addWidget(divider())
        inner = vbox(margin=(16, 8, 16, 0), gap=6)
        inner.addWidget(Label(tr("gui_model.strongest"), "strong"))
        self.none = Label(tr("gui_model.no_links"), "secondary", "text2", wrap=True)
        inner.addWidget(self.none)
        self.lines = [_Link(i + 1) for i in range(_SHOWN)]
        for line in self.lines:
            inner.addWidget(line)
        foot.addLayout(inner)
        self.foot.show()

    def show_links(self, names: Sequence[str], edges: Sequence[Mapping[str, Any]]) -> None:
        """Draw these columns and links."""
        self.tree.show_forest(forest_of(names, edges))
        ranked = sorted(edges, key=lambda e: -float(e["strength"]))[:_SHOWN]
        self.none.setVisible(not ranked)
        for i, line in enumerate(self.lines):
            line.setVisible(i < len(ranked))
            if i < len(ranked):
                line.show_link(ranked[i], float(ranked[0]["strength"]))

    def set_cells(self, cells: Mapping[str, str]) -> None:
        """Fill the columns that are set."""
        branches = self.tree.forest.branches
        words = {}
        for branch in branches:
            n = branch.name
            said = tr("gui_model.node_set", column=n, value=cells[n]) if n in cells else tr("gui_model.node", column=n)
            if branch.parent >= 0:
                bits = branch.strength / _NATS_PER_BIT
                said = tr("gui_model.node_tied", node=said, parent=branches[branch.parent].name, bits=bits)
            words[n] = said
        self.tree.set_cells(cells, words)


class _Link(QWidget):
    """Two columns, a bar, bits."""

    def __init__(self, number: int) -> None:
        super().__init__()
        row = hbox(self, gap=10)
        self.words = Label("", "secondary", "text", elide=True)
        self.bar = ScoreBar(tr("gui_model.link_bar", number=number), height=6)
        self.bar.setFixedWidth(px(56))
        self.bits = Label("", "secondary_strong")
        row.addWidget(self.words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.bits)

    def show_link(self, edge: Mapping[str, Any], most: float) -> None:
        strength = float(edge["strength"])
        self.words.setText(tr("gui_model.link", first=edge["first"], second=edge["second"]))
        self.bar.set(strength / most if most > 0 else 0.0, fill="accent_line")
        self.bits.setText(tr("gui_model.bits", bits=strength / _NATS_PER_BIT))
        self.bar.setAccessibleDescription(self.bits.text())
