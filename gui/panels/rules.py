"""The rules of the table: their support, the rows that break them, and which of them a copy keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ..text import say, tr
from ..widgets import Badge, Button, Card, Label, Switch, divider, hbox, vbox
from ._parts import drop_all

__all__ = ["RulesCard"]

_SHOWN = 8
_EDITED = {"bounds", "order", "form"}
"""Kinds whose parts somebody can write."""


class RulesCard(Card):
    """One line a rule, the best supported first; a long list is folded.

    Signals:
        changed: names of the rules that are switched off.
        rows_asked: (name, sentence) of a rule whose breaking rows are wanted.
        add_asked: a new one. edit_asked: the entry of one. removed: the name of one that somebody wrote.
    """

    changed = Signal(list)
    rows_asked = Signal(str, str)
    add_asked = Signal()
    edit_asked = Signal(dict)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__(gap=8)
        head = hbox(gap=8)
        head.addWidget(Label(tr("gui_synth.rules"), "section"), 1)
        self.add = Button(tr("gui_rule.add"), "plus", small=True)
        self.add.clicked.connect(lambda _=False: self.add_asked.emit())
        head.addWidget(self.add)
        self.body.addLayout(head)
        self.note = Label("", "secondary", "text2", wrap=True)
        self.body.addWidget(self.note)
        self.lines = vbox(gap=0)
        self.body.addLayout(self.lines)
        self.more = Button("", None, "quiet")
        self.more.clicked.connect(lambda _=False: self._unfold())
        self.body.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.switches: dict[str, Switch] = {}
        self.ways: dict[str, dict[str, Button]] = {}
        self._off: list[str] = []
        self._rows: list[QWidget] = []
        self._is_open = False

    def off(self) -> list[str]:
        """Names of the rules a copy need not keep."""
        return [name for name, switch in self.switches.items() if not switch.isChecked()]

    def show_rules(
        self, found: Sequence[Mapping[str, Any]], off: Sequence[str], house: Sequence[str] = (), *,
        can_edit: bool = True,
    ) -> None:
        """The rules of a fit and of the house.

        Args:
            found: entries as `rules` writes them.
            off: names of those switched off.
            house: names of those that somebody wrote.
            can_edit: whether the project can be written.
        """
        drop_all(self.lines)
        self.switches, self.ways, self._rows = {}, {}, []
        for rule in found:
            self.lines.addWidget(self._line(rule, house, on=rule["name"] not in off, can_edit=can_edit))
        self.note.setText(tr("gui_synth.rules_note" if found else "gui_synth.rules_none"))
        self.add.setEnabled(can_edit)
        for row in self._rows[_SHOWN:]:
            row.setVisible(self._is_open)
        self.more.setText(tr("gui_synth.rules_more", count=max(len(found) - _SHOWN, 0)))
        self.more.setVisible(len(found) > _SHOWN and not self._is_open)

    def _line(self, rule: Mapping[str, Any], house: Sequence[str], *, on: bool, can_edit: bool) -> QWidget:
        line = QWidget()
        whole = vbox(line, gap=0)
        whole.addWidget(divider())
        row = hbox(margin=(0, 8, 0, 8), gap=12)
        sentence, name = say(rule["sentence"]), str(rule["name"])
        switch = Switch(tr("gui_synth.rule_switch", sentence=sentence), on=on)
        switch.toggled.connect(lambda _on: self.changed.emit(self.off()))
        row.addWidget(switch, 0, Qt.AlignmentFlag.AlignTop)
        words = vbox(gap=1)
        top = hbox(gap=8)
        top.addWidget(Label(sentence, "body", wrap=True), 1)
        if name in house:
            top.addWidget(Badge(tr("gui_rule.own"), "accent"), 0, Qt.AlignmentFlag.AlignTop)
        words.addLayout(top)
        key = "gui_synth.rule_dirty" if rule["broken"] else "gui_synth.rule_clean"
        words.addWidget(Label(tr(key, rows=rule["support"], broken=rule["broken"]), "secondary", "text2", wrap=True))
        row.addLayout(words, 1)
        self.ways[name] = self._ways(rule, sentence, is_own=name in house, can_edit=can_edit)
        for button in self.ways[name].values():
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(row)
        self.switches[name] = switch
        self._rows.append(line)
        return line

    def _ways(self, rule: Mapping[str, Any], sentence: str, *, is_own: bool, can_edit: bool) -> dict[str, Button]:
        """What can be done with a rule: see who breaks it, change it, take it away again."""
        name, made = str(rule["name"]), {}
        if rule["broken"]:
            made["rows"] = self._link(tr("gui_rule.rows", count=rule["broken"]), tr("gui_rule.rows_of", rule=sentence))
            made["rows"].clicked.connect(lambda _=False: self.rows_asked.emit(name, sentence))
        if can_edit and rule["rule"].get("kind") in _EDITED:
            made["edit"] = self._link(tr("gui_rule.edit"), tr("gui_rule.edit_of", rule=sentence))
            made["edit"].clicked.connect(lambda _=False: self.edit_asked.emit(dict(rule)))
        if can_edit and is_own:
            made["remove"] = self._link(tr("gui_rule.remove"), tr("gui_rule.remove_of", rule=sentence))
            made["remove"].clicked.connect(lambda _=False: self.removed.emit(name))
        return made

    @staticmethod
    def _link(words: str, name: str) -> Button:
        made = Button(words, kind="link", small=True, name=name)
        made.setToolTip(name)
        return made

    def _unfold(self) -> None:
        self._is_open = True
        for row in self._rows:
            row.show()
        self.more.hide()
