"""The bench of the Synthesize page: the strip of steps, and below it what belongs to each."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ..panels._parts import scrolled
from ..panels.attacks import AttackCard
from ..panels.copies import FaithfulCard, SideCard
from ..panels.differs import DiffersCard
from ..panels.fairness import FairnessCard
from ..panels.filling import FillCard
from ..panels.made import RolesCard
from ..panels.rules import RulesCard
from ..panels.steps import STEPS, StepStrip
from ..state import AppState
from ..text import tr
from ..theme import px
from ..widgets import Button, Card, EmptyState, Label, hbox, vbox

__all__ = ["Bench"]

_EDGE, _BAR = 24, 10
"""Design pixels of the page's right margin, and of the scroll bar that stands in it."""


class Bench(QWidget):
    """Shows what the page tells it; the signals of its parts are the page's to hear.

    Args:
        state: the table and its copy.

    Signals:
        draw_asked: draw rows, since there are none yet. radar_asked: show the rows that carry the risk.
    """

    draw_asked = Signal()
    radar_asked = Signal()

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.strip = StepStrip()
        self.roles, self.rules, self.fill = RolesCard(state), RulesCard(), FillCard(state)
        self.real, self.synthetic = SideCard("real"), SideCard("synthetic")
        self.faithful, self.differs = FaithfulCard(), DiffersCard()
        self.attacks, self.fairness = AttackCard(), FairnessCard()
        self.nothing = [self._nothing(step) for step in ("compare", "risk")]
        column = vbox(self, gap=12)
        top = hbox(margin=(0, 0, _EDGE, 0))
        top.addWidget(self.strip)
        column.addLayout(top)
        self.stack = QStackedWidget()
        parts = (
            [self.roles], [self.rules, self._risk(), self.fill], [self.nothing[0], self._comparison()],
            [self.nothing[1], self.attacks, self.fairness])
        self.areas = {key: scrolled(_column(shown), tr(f"gui_synth.part.{key}"), is_steady=True)
                      for key, shown in zip(STEPS, parts, strict=True)}
        for area in self.areas.values():
            self.stack.addWidget(area)
        column.addWidget(self.stack, 1)

    def _nothing(self, step: str) -> EmptyState:
        """Before the first draw."""
        draw = Button(tr("gui_synth.draw"), "dice", name=tr("gui_synth.draw_for", step=tr(f"gui_synth.part.{step}")))
        draw.clicked.connect(lambda _=False: self.draw_asked.emit())
        return EmptyState("synth", tr("gui_synth.empty"), tr(f"gui_synth.empty.{step}"), primary=draw)

    def _risk(self) -> Card:
        """The way to the rows that carry the risk, before anything is drawn."""
        card = Card()
        row = hbox(gap=12)
        words = vbox(gap=2)
        words.addWidget(Label(tr("gui_radar.title"), "section"))
        words.addWidget(Label(tr("gui_radar.none"), "secondary", "text2", wrap=True))
        row.addLayout(words, 1)
        look = Button(tr("gui_radar.look"), "shield")
        look.clicked.connect(lambda _=False: self.radar_asked.emit())
        row.addWidget(look)
        card.body.addLayout(row)
        return card

    def _comparison(self) -> QWidget:
        self.comparison = QWidget()
        column = vbox(self.comparison, gap=12)
        sides = hbox(gap=12)
        sides.addWidget(self.real, 1)
        sides.addWidget(self.synthetic, 1)
        column.addLayout(sides)
        column.addWidget(self.faithful)
        column.addWidget(self.differs)
        return self.comparison

    def step(self) -> str:
        """The one on show."""
        return self.strip.value()

    def turn(self, step: str) -> None:
        """Show a step."""
        self.strip.set_value(step)
        self.stack.setCurrentWidget(self.areas[step])

    def settle(self) -> None:
        """Lay out at once what was just filled: Qt shows and measures new parts bit by bit, squeezed meanwhile."""
        area = self.areas[self.step()]
        inner = area.widget()
        for child in inner.findChildren(QWidget):
            if not child.isWindow() and not child.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
                child.show()
        _laid_out(inner)
        inner.resize(inner.width(), max(area.viewport().height(), inner.minimumSizeHint().height()))

    def show_parts(self, *, has_copy: bool, has_report: bool) -> None:
        """What there is to see."""
        for empty in self.nothing:
            empty.setVisible(not has_copy)
        self.comparison.setVisible(has_copy)
        for card in (self.faithful, self.differs, self.attacks, self.fairness):
            card.setVisible(has_report)


def _laid_out(widget: QWidget) -> None:
    """The layouts of a widget and of all in it, the innermost first."""
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        _laid_out(child)
    if (layout := widget.layout()) is not None:
        layout.activate()


def _column(parts: list[QWidget]) -> QWidget:
    inner = QWidget()
    column = vbox(inner, margin=(0, 0, _EDGE - _BAR, 4), gap=12)
    for part in parts:
        column.addWidget(part)
    column.addStretch(1)
    inner.setMinimumWidth(px(320))
    return inner
