"""Roles: what each column is for, what a copy does with it, and whose groups have to fare alike."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QWidget

from core.data.schema import ColumnSpec, Kind, Role

from ..items.columns import icon_of
from ..state import AppState
from ..text import tr
from ..theme import px
from ..widgets import Banner, Button, Card, Combo, Glyph, Label, Switch, divider, hbox, vbox
from ._parts import drop_all

__all__ = ["RolesCard"]

_SHOWN = 30
_GROUPED = (Kind.CATEGORY, Kind.BOOLEAN, Kind.NUMBER, Kind.INTEGER)
"""Kinds whose values make groups."""


def _can_be(spec: ColumnSpec) -> bool:
    return spec.kind in _GROUPED and spec.role not in {Role.ID, Role.ENTITY, Role.IGNORE}


class RolesCard(Card):
    """One line a column.

    Signals:
        marked: another set of sensitive columns, or another outcome.
        learn_asked: learn again, since roles changed.
    """

    marked = Signal()
    learn_asked = Signal()

    def __init__(self, state: AppState) -> None:
        super().__init__(gap=8)
        self.state, self._most = state, _SHOWN
        head = hbox(gap=8)
        head.addWidget(Label(tr("gui_made.title"), "section"), 1)
        label = Label(tr("gui_made.target"), "body", "text2")
        self.target = Combo([], name=tr("gui_made.target"))
        self.target.setToolTip(tr("gui_made.target_tip"))
        self.target.setFixedWidth(px(170))
        self.target.activated.connect(lambda _at: self._aim())
        label.setBuddy(self.target)
        head.addWidget(label)
        head.addWidget(self.target)
        self.body.addLayout(head)
        self.body.addWidget(Label(tr("gui_made.text"), "secondary", "text2", wrap=True))
        self.stale = QWidget()
        line = hbox(self.stale, gap=8)
        line.addWidget(Banner(tr("gui_made.stale"), tr("gui_made.stale_text"), "warn"), 1)
        self.learn = Button(tr("gui_made.learn"), "model")
        self.learn.clicked.connect(lambda _=False: self.learn_asked.emit())
        line.addWidget(self.learn)
        self.body.addWidget(self.stale)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(px(16))
        self.grid.setVerticalSpacing(0)
        self.grid.setColumnStretch(2, 1)
        self.body.addLayout(self.grid)
        self.more = Button("", kind="quiet")
        self.more.clicked.connect(lambda _=False: self._unfold())
        self.body.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.switches: dict[str, Switch] = {}
        self.roles: dict[str, Button] = {}
        self._is_old = True

    def refresh(self) -> None:
        """Columns, marks or fit changed: read anew, at once or when it is next seen."""
        self._is_old = True
        if self.isVisible():
            self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_old:
            self._fill()

    def _fill(self) -> None:
        self._is_old = False
        drop_all(self.grid)
        self.switches, self.roles = {}, {}
        specs = list(self.state.schema)
        self._head()
        for at, spec in enumerate(specs[: self._most]):
            self._add(2 * at + 2, spec)
        own = ("", tr("gui_made.target_own"), None)
        self.target.set_items([own, *((c.name, c.name, None) for c in specs if c.is_modelled)], self.state.target or "")
        self.more.setText(tr("gui_made.more", count=len(specs) - self._most))
        self.more.setVisible(len(specs) > self._most)
        learned = (self.state.fit or {}).get("schema")
        self.stale.setVisible(learned not in (None, self.state.schema.fingerprint))

    def _head(self) -> None:
        for at, key in enumerate(("column", "role", "made", "sensitive")):
            label = Label(tr(f"gui_made.head.{key}"), "secondary_strong", "text2")
            label.setMinimumHeight(px(28))
            self.grid.addWidget(label, 0, at)

    def _add(self, row: int, spec: ColumnSpec) -> None:
        name = QWidget()
        part = hbox(name, gap=8)
        part.addWidget(Glyph(icon_of(spec), 16, "text2"))
        words = vbox(gap=0)
        words.addStretch(1)
        words.addWidget(Label(spec.name, "strong", elide=True))
        words.addWidget(Label(tr(f"data.kind.{spec.kind}"), "secondary", "text2"))
        words.addStretch(1)
        part.addLayout(words, 1)
        name.setFixedHeight(px(44))
        name.setMaximumWidth(px(220))
        cells: Sequence[QWidget] = (name, self._role(spec), self._made(spec), self._switch(spec))
        self.grid.addWidget(divider(), row - 1, 0, 1, len(cells))
        for at, cell in enumerate(cells):
            side = Qt.AlignmentFlag.AlignVCenter if at != 3 else Qt.AlignmentFlag.AlignCenter
            self.grid.addWidget(cell, row, at, side)

    def _role(self, spec: ColumnSpec) -> Button:
        words = tr(f"data.role.{spec.role}")
        made = Button(words, small=True, menu=True, name=tr("gui_made.role_of", column=spec.name, role=words))
        made.setToolTip(tr(f"gui_data.role_text.{spec.role}"))
        made.setEnabled(not self.state.read_only)
        made.clicked.connect(lambda _=False, name=spec.name: self.menu(name).exec(
            made.mapToGlobal(made.rect().bottomLeft())))
        self.roles[spec.name] = made
        return made

    def menu(self, name: str) -> QMenu:
        """The roles a column can have."""
        made = QMenu(self)
        for role in Role:
            action = made.addAction(tr(f"data.role.{role}"))
            action.setCheckable(True)
            action.setChecked(self.state.schema[name].role is role)
            action.setToolTip(tr(f"gui_data.role_text.{role}"))
            action.triggered.connect(lambda _=False, role=role: self.state.set_column(name, role=role))
        return made

    def _made(self, spec: ColumnSpec) -> Label:
        fact = (self.state.fit or {}).get("facts", {}).get("columns", {}).get(spec.name) or {}
        as_what = (fact.get("personal") or {}).get("as")
        text = tr("gui_made.how.personal", what=tr(f"gui_made.personal.{as_what}")) if as_what else tr(
            f"gui_made.how.{spec.made}")
        label = Label(text, "body", "text2" if spec.made in {"label", "text", "ignored"} else "text", wrap=True)
        label.setMinimumWidth(px(120))
        return label

    def _switch(self, spec: ColumnSpec) -> Switch:
        switch = Switch(tr("gui_made.sensitive_of", column=spec.name), on=spec.name in self.state.sensitive)
        switch.setEnabled(_can_be(spec) and spec.role is not Role.SENSITIVE)
        key = "by_role" if spec.role is Role.SENSITIVE else "tip" if _can_be(spec) else "no"
        switch.setToolTip(tr(f"gui_made.sensitive_{key}"))
        switch.toggled.connect(lambda _on: self._mark())
        self.switches[spec.name] = switch
        return switch

    def _aim(self) -> None:
        self.state.remember("synthesize", target=self.target.value() or None)
        self.marked.emit()

    def _mark(self) -> None:
        beyond = [n for n in self.state.sensitive if n not in self.switches]
        self._keep([*(n for n, s in self.switches.items() if s.isChecked() and s.isEnabled()), *beyond])

    def _keep(self, names: list[str]) -> None:
        before = list(self.state.position("synthesize").get("sensitive", []))
        self._put(names)
        self.state.did(tr("gui_made.did"), lambda: self._put(before), lambda: self._put(names))

    def _put(self, names: list[str]) -> None:
        self.state.remember("synthesize", sensitive=names)
        marked = self.state.sensitive
        for name, switch in self.switches.items():
            blocked = switch.blockSignals(True)
            switch.setChecked(name in marked)
            switch.blockSignals(blocked)
            switch.update()
        self.marked.emit()

    def _unfold(self) -> None:
        self._most = len(self.state.schema.names)
        self._fill()
