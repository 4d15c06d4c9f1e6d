"""Risk and export: the page's side that holds the settings and the gate, and the jobs that judge and release."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from core.errors import LikenessError

from .. import requests
from ..actions import Action
from ..dialogs.override import OverrideSheet
from ..panels.gate import GatePanel
from ..panels.shaping import PLAIN
from ..state import AppState
from ..text import say, tr
from ..widgets import FileDialog, Segmented, hbox, vbox
from ..worker import Job

__all__ = ["ReleaseSide", "Releasing"]

_BUSY = ("none", "unread", "locked", "running")
"""Where a copy stands while no policy can be chosen."""


class Releasing(QObject):
    """What the gate said of the copy on show, and the ways on from there.

    Args:
        state: the project.
        settings: rows, where, seed and rules to do without, as the page has them now; None where nothing can be drawn.
        owner: the page, over which dialogs stand.

    Signals:
        changed: where the copy stands. policy_changed: another one judges.
    """

    changed = Signal()
    policy_changed = Signal()

    def __init__(self, state: AppState, settings: Callable[[], dict[str, Any] | None], owner: QWidget) -> None:
        super().__init__(owner)
        self.state, self.settings, self.owner = state, settings, owner
        self.panel: GatePanel | None = None
        self.gate: dict[str, Any] | None = None
        self._job: Job | None = None
        self.load()

    def load(self) -> None:
        """Read the last answer about this fit from the project."""
        project = self.state.project
        found = project.setting("gate") if project is not None else None
        self.gate = found if found and found["result"]["fit"] == (self.state.fit or {}).get("id") else None
        self.refresh()

    def side(self, settings: QWidget) -> ReleaseSide:
        """The inspector: the settings and a new gate."""
        self.panel = GatePanel()
        self.panel.check_asked.connect(self.check)
        self.panel.release_asked.connect(self.release)
        self.panel.override_asked.connect(self.override)
        self.panel.policy_asked.connect(self.choose_policy)
        self.refresh()
        shown = str(self.state.position("synthesize").get("side", "draw"))
        return ReleaseSide(settings, self.panel, shown, lambda key: self.state.remember("synthesize", side=key))

    @property
    def standing(self) -> str:
        """Where the copy stands, as `GatePanel.show_gate` names it."""
        asked, gate = self._asked(), self.gate
        if asked is None:
            return "none" if self.panel is None or self.state.fit is None else "unread"
        if self._job is not None and not self._job.is_over:
            return "running"
        if self.state.read_only:
            return "locked"
        if gate is None:
            return "open"
        if {name: gate["asked"].get(name) for name in asked} != asked:
            return "stale"
        if gate["result"]["out"]:
            return "written"
        return "accepted" if gate["result"]["accepted"] else "refused"

    def refresh(self) -> None:
        """Copy, fit or settings changed."""
        if self.panel is not None:
            result = self.gate["result"] if self.gate else None
            self.panel.show_gate(result, self.standing, self._policy_name(), self._left_out())
        self.changed.emit()

    # --- the policy -------------------------------------------------------------------------------------------------

    @property
    def policy(self) -> str | None:
        """File of the policy; None for the standard one."""
        found = self.state.position("synthesize").get("policy")
        return str(found) if found else None

    def _policy_name(self) -> str:
        """What the policy was read to be called where it has judged, else the name of its file."""
        if self.gate and self.gate["asked"].get("policy") == self.policy:
            return str(self.gate["result"]["policy"])
        return Path(self.policy).stem if self.policy else tr("gui_gate.policy.standard_name")

    def forbids_refining(self) -> str:
        """Why the policy lets no refined rows out; "" where it does, or cannot be read, which a check tells."""
        if not self.policy:
            return ""
        try:
            said = json.loads(Path(self.policy).read_text("utf-8"))
        except (OSError, ValueError):
            return ""
        is_off = isinstance(said, dict) and said.get("refinement") == "off"
        return tr("gui_shape.refine.forbidden", policy=self._policy_name()) if is_off else ""

    def choose_policy(self) -> None:
        """The standard policy, or a file of the house."""
        if self.standing in _BUSY or self.panel is None:
            return
        menu, button = QMenu(self.owner), self.panel.policy
        menu.addAction(tr("gui_gate.policy.standard")).triggered.connect(lambda _=False: self.use_policy(None))
        menu.addAction(tr("gui_gate.policy.file")).triggered.connect(lambda _=False: self.open_policy())
        menu.exec(button.mapToGlobal(button.rect().bottomLeft()))

    def open_policy(self) -> None:
        """Ask for the file."""
        path, _ = FileDialog.getOpenFileName(
            self.owner, tr("gui_gate.policy.where"), self.policy or "", "JSON (*.json)")
        if path:
            self.use_policy(path)

    def use_policy(self, path: str | None) -> None:
        """Judge by this file from now on, or by the standard policy; can be undone."""
        before = self.policy
        if path != before:
            self._set_policy(path)
            self.state.did(tr("gui_gate.policy.did"), lambda: self._set_policy(before), lambda: self._set_policy(path))

    def _set_policy(self, path: str | None) -> None:
        self.state.remember("synthesize", policy=path)
        self.policy_changed.emit()
        self.refresh()

    # --- ways on ----------------------------------------------------------------------------------------------------

    def _asked(self) -> dict[str, Any] | None:
        """What a release would be drawn by, and the policy that judges it."""
        settings, known = self._read(), requests.known("release")
        if settings is None:
            return None
        return {**{k: v for k, v in settings.items() if k in known}, "policy": self.policy}

    def _read(self) -> dict[str, Any] | None:
        try:
            return self.settings()
        except LikenessError:  # the settings say themselves what is wrong
            return None

    def _left_out(self) -> str:
        """What was set for drafts that a release does not follow, in words; "" for nothing."""
        known = requests.known("release")
        other = [k for k, v in (self._read() or {}).items() if k not in known and v != PLAIN.get(k, v)]
        return tr("gui_gate.left_out", settings=[tr(f"gui_gate.left_out.{k}") for k in other]) if other else ""

    def check(self) -> None:
        """Draw with the release generator and judge, without writing."""
        if self.standing in {"open", "stale"}:
            self._submit(tr("gui_gate.job.check"), check=True)

    def release(self) -> None:
        """Ask for a folder and write the release there."""
        if self.standing in {"accepted", "written"}:
            self._write("")

    def override(self) -> None:
        """Ask for the reason first."""
        if self.gate is None or self.standing != "refused":
            return
        sheet = OverrideSheet([say(line["title"]) for line in self.gate["result"]["failing"]])
        sheet.given.connect(self._write)
        self.state.sheet_wanted.emit(sheet)

    def _write(self, reason: str) -> None:
        name = f"{Path(str((self.state.source or {}).get('name', 'copy'))).stem}-release"
        form = self.panel.format.currentData() if self.panel else "csv"
        path, _ = FileDialog.getSaveFileName(self.owner, tr("gui_gate.where"), name)
        if path:
            title = tr("gui_gate.job.release", name=Path(path).name)
            self._submit(title, out=path, override=reason or None, format=form,
                         by=self.state.settings.reviewer if reason else "")

    def _submit(self, title: str, **values: Any) -> None:
        asked = self._asked()
        if asked is None or self.state.fit is None:
            return
        request = requests.make(
            "release", project=str(self.state.path), fit=self.state.fit["id"],
            **{k: tuple(v) if isinstance(v, list) else v for k, v in asked.items()}, **values)
        self._job = self.state.worker.submit(
            request, title, icon="shield", on_done=lambda result: self._heard(asked, result),
            on_failed=self.state.failed.emit)
        self._job.changed.connect(self._followed)
        self.refresh()

    def _followed(self) -> None:
        """However it ended, the gate is open again."""
        if self._job is not None and self._job.is_over:
            self._job = None
            self.refresh()

    def _heard(self, asked: dict[str, Any], result: dict[str, Any]) -> None:
        self._job = None
        self.gate = {"asked": asked, "result": result}
        self.state.write(lambda p: p.set_setting("gate", self.gate))
        self.refresh()

    def actions(self) -> list[Action]:
        """Check, release, override; another policy."""
        return [
            Action("synth.check", "gui_gate.check", self.check, "shield", ("K",),
                   lambda: self.standing in {"open", "stale"}, "synthesize"),
            Action("synth.release", "gui_gate.release", self.release, "export", ("Ctrl+Shift+L",),
                   lambda: self.standing in {"accepted", "written"}, "synthesize"),
            Action("synth.override", "gui_gate.override", self.override, "note", ("Ctrl+Shift+U",),
                   lambda: self.standing == "refused", "synthesize"),
            Action("synth.policy", "gui_gate.policy.choose", self.choose_policy, "shield", ("Ctrl+Shift+Y",),
                   lambda: self.standing not in _BUSY, "synthesize"),
        ]


class ReleaseSide(QWidget):
    """The inspector of the page: what to draw, or what may leave."""

    def __init__(self, settings: QWidget, gate: QWidget, shown: str, remember: Callable[[str], None]) -> None:
        super().__init__()
        column = vbox(self, gap=0)
        head = hbox(margin=(16, 12, 16, 0), gap=8)
        self.choice = Segmented(
            [("draw", tr("gui_gate.side.draw")), ("gate", tr("gui_gate.side.gate"))], shown, name=tr("gui_gate.side"),
            small=True)
        head.addWidget(self.choice)
        head.addStretch(1)
        column.addLayout(head)
        self.settings, self.gate = settings, gate
        self.parts = {"draw": settings, "gate": gate}
        for part in self.parts.values():
            column.addWidget(part, 1)
        self._remember = remember
        self.choice.chosen.connect(self.turn)
        self.turn(shown)

    def turn(self, key: str) -> None:
        """Show one of both."""
        self.choice.set_value(key)
        for name, part in self.parts.items():
            part.setVisible(name == key)
        self._remember(key)
