"""The rules of the table as people keep them: found ones switched off, some edited, some added, all of them counted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.project.house import SETTING, house_rules, with_house

from .. import requests
from ..dialogs.rule import RuleSheet
from ..panels.rules import RulesCard
from ..state import AppState
from ..text import tr

__all__ = ["RuleBook", "rules_of"]


def rules_of(state: AppState) -> list[dict[str, Any]]:
    """The rules found with the fit on show, those of the house in their place and after them."""
    found = (state.fit or {}).get("facts", {}).get("rules", {}).get("rules", [])
    return [dict(e) for e in with_house(found, house_rules(state.project), state.schema.modelled)]


class RuleBook(QObject):
    """Fills the card of rules and does what it asks for.

    Args:
        state: the project.
        card: the list.

    Signals:
        changed: the rules a copy keeps.
    """

    changed = Signal()

    def __init__(self, state: AppState, card: RulesCard) -> None:
        super().__init__(card)
        self.state, self.card = state, card
        card.changed.connect(self._switched)
        card.rows_asked.connect(self._show_rows)
        card.add_asked.connect(lambda: self._ask(None))
        card.edit_asked.connect(self._ask)
        card.removed.connect(self._remove)
        self.load()

    def load(self) -> None:
        """Read the rules from the fit and the project."""
        house = [str(e["name"]) for e in house_rules(self.state.project)]
        off = self.state.position("synthesize").get("off", [])
        can_edit = self.state.fit is not None and not self.state.read_only
        self.card.show_rules(rules_of(self.state), off, house, can_edit=can_edit)

    def _switched(self, off: list[str]) -> None:
        self.state.remember("synthesize", off=off)
        self.changed.emit()

    def _show_rows(self, name: str, sentence: str) -> None:
        self.state.page_wanted.emit("detect")
        self.state.broken_wanted.emit(name, sentence)

    # --- rules of the house -----------------------------------------------------------------------------------------

    def _ask(self, entry: Mapping[str, Any] | None) -> None:
        """A sheet for a new rule, or for the parts of one there is."""
        sheet = RuleSheet(self.state.schema, entry["rule"] if entry else None)
        sheet.given.connect(lambda rule: self.count(rule, str(entry["name"]) if entry else None))
        self.state.sheet_wanted.emit(sheet)

    def count(self, rule: Mapping[str, Any], instead_of: str | None = None) -> None:
        """Count how all rows keep a rule, then keep it."""
        source, project = self.state.source, self.state.project
        if source is None or project is None:
            return
        file = requests.rules_path(project.id)
        file.write_text(json.dumps({"version": 1, "rules": [{"rule": dict(rule)}]}), "utf-8")
        request = requests.make(
            "rules", file=source["path"], project=str(self.state.path), check=str(file),
            **requests.reading(source.get("options") or {}))
        self.state.worker.submit(
            request, tr("gui_rule.job"), icon="note", on_failed=self.state.failed.emit,
            on_done=lambda result: self._counted(result["rules"], instead_of))

    def _counted(self, counted: Sequence[Mapping[str, Any]], instead_of: str | None) -> None:
        names = {instead_of, *(e["name"] for e in counted)}
        kept = [e for e in house_rules(self.state.project) if e["name"] not in names]
        self._keep([*kept, *(dict(e) for e in counted)])

    def _remove(self, name: str) -> None:
        self._keep([e for e in house_rules(self.state.project) if e["name"] != name])

    def _keep(self, entries: list[dict[str, Any]]) -> None:
        before = house_rules(self.state.project)
        self._write(entries)
        self.state.did(tr("gui_rule.did"), lambda: self._write(before), lambda: self._write(entries))

    def _write(self, entries: list[dict[str, Any]]) -> None:
        self.state.write(lambda p: p.set_setting(SETTING, entries))
        self.load()
        self.changed.emit()
