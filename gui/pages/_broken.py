"""The Rules button over the ranked rows: those that break a rule of the table, whatever their score."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QMenu

from ..state import AppState
from ..text import say, tr
from ..widgets import Button
from ..widgets.filters import FilterBar
from ._rulebook import rules_of

__all__ = ["BROKEN", "BrokenRules"]

BROKEN = "broken"
_ANY = "any"
_LISTED = 20


class BrokenRules:
    """Which rules of the table are broken, as filters of its rows.

    Args:
        state: where the rules of the fit are.
        filters: what narrows the rows.
    """

    def __init__(self, state: AppState, filters: FilterBar) -> None:
        self.state, self.filters = state, filters
        self.button = Button(tr("gui_detect.rules"), menu=True, small=True)
        self.button.setToolTip(tr("gui_detect.rules_hint"))
        self.button.clicked.connect(lambda _=False: self.open())

    def broken(self) -> list[dict[str, Any]]:
        """The rules that rows of the table break, those of most rows first."""
        return sorted((r for r in rules_of(self.state) if r["broken"]), key=lambda r: -r["broken"])

    def load(self) -> None:
        """Another run: the button is there where its fit knows a rule that is broken."""
        self.filters.release(BROKEN)
        self.button.setVisible(bool(self.broken()))

    def menu(self) -> QMenu:
        """All of them, or one."""
        made = QMenu(self.button)
        made.addAction(tr("gui_detect.rules_any")).triggered.connect(
            lambda _=False: self.choose(_ANY, tr("gui_detect.rules_any")))
        made.addSeparator()
        for rule in self.broken()[:_LISTED]:
            words = say(rule["sentence"])
            action = made.addAction(tr("gui_detect.rules_line", rule=words, rows=rule["broken"]))
            action.triggered.connect(
                lambda _=False, name=rule["name"], words=words: self.choose(name, tr(
                    "gui_detect.rules_chip", rule=words)))
        return made

    def open(self) -> None:
        """Open the menu below the button."""
        if self.broken():
            self.menu().exec(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def choose(self, name: str, words: str) -> None:
        """Show the rows that break a rule, or any."""
        self.filters.hold(BROKEN, name, words)
