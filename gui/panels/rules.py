"""The rules of the table, each with a switch: what every row of a copy keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ..text import say, tr
from ..widgets import Button, Label, Switch, hbox, vbox

__all__ = ["RulesSection"]

_SHOWN = 5


class RulesSection(QWidget):
    """One line a rule, the best supported first; a long list is folded.

    Signals:
        changed: (names of the rules that are switched off).
    """

    changed = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, gap=8)
        column.addWidget(Label(tr("gui_synth.rules"), "section"))
        self.note = Label("", "secondary", "text2", wrap=True)
        column.addWidget(self.note)
        self.lines = vbox(gap=6)
        column.addLayout(self.lines)
        self.more = Button("", None, "quiet")
        self.more.clicked.connect(lambda _=False: self._unfold())
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.switches: dict[str, Switch] = {}
        self._rows: list[QWidget] = []

    def off(self) -> list[str]:
        """Names of the rules a copy need not keep."""
        return [name for name, switch in self.switches.items() if not switch.isChecked()]

    def show_rules(self, found: Sequence[Mapping[str, Any]], off: Sequence[str]) -> None:
        """Those of a fit, some of them switched off."""
        while (item := self.lines.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        self.switches, self._rows = {}, []
        for rule in found:
            self.lines.addWidget(self._line(rule, on=rule["name"] not in off))
        self.note.setText(tr("gui_synth.rules_note" if found else "gui_synth.rules_none"))
        for row in self._rows[_SHOWN:]:
            row.hide()
        self.more.setText(tr("gui_synth.rules_more", count=max(len(found) - _SHOWN, 0)))
        self.more.setVisible(len(found) > _SHOWN)

    def _line(self, rule: Mapping[str, Any], *, on: bool) -> QWidget:
        line = QWidget()
        row = hbox(line, gap=8)
        sentence = say(rule["sentence"])
        words = vbox(gap=1)
        words.addWidget(Label(sentence, "body", wrap=True))
        key = "gui_synth.rule_dirty" if rule["broken"] else "gui_synth.rule_clean"
        words.addWidget(Label(tr(key, rows=rule["support"], broken=rule["broken"]), "secondary", "text2", wrap=True))
        row.addLayout(words, 1)
        switch = Switch(tr("gui_synth.rule_switch", sentence=sentence), on=on)
        switch.toggled.connect(lambda _on: self.changed.emit(self.off()))
        row.addWidget(switch, 0, Qt.AlignmentFlag.AlignTop)
        self.switches[rule["name"]] = switch
        self._rows.append(line)
        return line

    def _unfold(self) -> None:
        for row in self._rows:
            row.show()
        self.more.hide()
