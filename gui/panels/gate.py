"""The release gate as a checklist: what was missed first, with what to change, then what was kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ..text import say, tr
from ..theme import px
from ..widgets import Banner, Button, Combo, Glyph, Label, divider, hbox, vbox

__all__ = ["GatePanel"]

_SIGNS = {
    "failed": ("badc", "bad"), "advisory": ("warnt", "warn"), "unmeasured": ("skip", "text3"), "passed": ("okc", "ok"),
}
_TONES = {"refused": "bad", "accepted": "ok", "written": "ok", "stale": "warn", "locked": "warn", "unread": "warn"}
_CLOSED = {"none", "unread", "locked", "running"}
_HOLDS = (("model", "draw"), ("detect", "fidelity"), ("shield", "attacks"), ("file", "manifest"))
_FORMATS = ("csv", "parquet", "xlsx", "sqlite", "jsonl")


class GatePanel(QWidget):
    """The decision, every line of the policy, and what can be done now.

    Signals:
        check_asked, release_asked, override_asked, policy_asked: by the buttons.
    """

    check_asked = Signal()
    release_asked = Signal()
    override_asked = Signal()
    policy_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, margin=16, gap=10)
        head = hbox(gap=8)
        head.addWidget(Label(tr("gui_gate.title"), "section"), 1)
        self.policy = Button("", kind="quiet", small=True, menu=True)
        self.policy.clicked.connect(self.policy_asked)
        head.addWidget(self.policy)
        column.addLayout(head)
        self.banner = Banner("")
        column.addWidget(self.banner)
        self.check = Button(tr("gui_gate.check"), "shield", "primary", "K")
        self.check.clicked.connect(self.check_asked)
        column.addWidget(self.check, 0, Qt.AlignmentFlag.AlignLeft)
        self._add_buttons(column)
        column.addWidget(divider())
        self.lines = vbox(gap=0)
        column.addLayout(self.lines)
        column.addWidget(Label(tr("gui_gate.holds"), "strong"))
        for icon, key in _HOLDS:
            row = hbox(gap=8)
            row.addWidget(Glyph(icon, 16, "text2"))
            row.addWidget(Label(tr(f"gui_gate.holds.{key}"), "secondary", "text2", wrap=True), 1)
            column.addLayout(row)
        column.addStretch(1)
        self._shown: list[Mapping[str, Any]] = []
        self.show_gate(None, "none")

    def _add_buttons(self, column: Any) -> None:
        self.format = Combo([(key, tr(f"gui_gate.format.{key}"), None) for key in _FORMATS], name=tr("gui_gate.format"))
        self.release = Button(tr("gui_gate.release"), "export", "primary")
        self.release.clicked.connect(self.release_asked)
        self.override = Button(tr("gui_gate.override"), "note", "quiet")
        self.override.clicked.connect(self.override_asked)
        row = hbox(gap=8)
        row.addWidget(self.release)
        row.addWidget(self.format)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.override, 0, Qt.AlignmentFlag.AlignLeft)
        self.why = Label("", "secondary", "text2", wrap=True)
        column.addWidget(self.why)
        self.left_out = Label("", "secondary", "warn", wrap=True)
        column.addWidget(self.left_out)

    def show_gate(
        self, gate: Mapping[str, Any] | None, state: str, policy: str = "standard", left_out: str = "",
    ) -> None:
        """Show where a copy stands.

        Args:
            policy: name of the one that decides.
            gate: the last answer of `release`; None before the first.
            left_out: what was set for drafts alone, in words.
            state: "none" (nothing to judge), "unread" (a setting cannot be read), "locked" (the project cannot be
                written), "open" (not judged), "stale" (its settings changed since), "running", "refused", "accepted",
                or "written".
        """
        checks = list((gate or {}).get("lines", ()))
        missed = len((gate or {}).get("failing", ()))
        icon = "shield" if state in {"refused", "accepted", "written"} else None
        words = {"missed": missed, "count": len(checks), "out": str((gate or {}).get("out") or "")}
        self.banner.set(tr(f"gui_gate.state.{state}"), tr(f"gui_gate.state.{state}.text", **words))
        self.banner.set_tone(_TONES.get(state, "info"), icon)
        self.policy.setText(tr("gui_gate.policy", name=policy))
        self.policy.setToolTip(self.policy.text())
        self.policy.setEnabled(state not in _CLOSED)
        self.check.setVisible(state in {"open", "stale", "none", "unread"})
        self.check.setEnabled(state in {"open", "stale"})
        self.check.setText(tr("gui_gate.check_again" if state == "stale" else "gui_gate.check"))
        is_ready = state in {"accepted", "written"}
        self.release.setEnabled(is_ready)
        self.format.setEnabled(is_ready or state == "refused")
        self.override.setVisible(state == "refused")
        self.why.setText(tr(f"gui_gate.why.{state}"))
        self.left_out.setText(left_out)
        self.left_out.setVisible(bool(left_out))
        self._fill(checks)

    def _fill(self, checks: list[Mapping[str, Any]]) -> None:
        if checks == self._shown:  # another state of the same judgement: nothing jumps or is laid out anew
            return
        self._shown = checks
        while (item := self.lines.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        for check in checks:
            self.lines.addWidget(_row(check))
            self.lines.addWidget(divider())


def _row(check: Mapping[str, Any]) -> QWidget:
    """One line: sign, name, value; interval and limit; what to change where it was missed."""
    icon, tone = _SIGNS[check["state"]]
    line = QWidget()
    row = hbox(line, margin=(0, 8, 0, 8), gap=8)
    sign = Glyph(icon, 18, tone)
    sign.setAccessibleName(tr(f"release.outcome.{check['state']}"))
    row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    words = vbox(gap=1)
    head = hbox(gap=8)
    head.addWidget(Label(say(check["title"]), "strong", wrap=True), 1)
    value = Label(check["shown"], "strong", tone if check["state"] in {"failed", "advisory"} else "text")
    head.addWidget(value, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
    words.addLayout(head)
    words.addWidget(Label(say(check["sentence"]), "secondary", "text2", wrap=True))
    if check["fix"]:
        fix = Label(say(check["fix"]), "secondary", "text", wrap=True)
        fix.setContentsMargins(0, px(4), 0, 0)
        words.addWidget(fix)
    row.addLayout(words, 1)
    line.setAccessibleName(f"{sign.accessibleName()}: {say(check['title'])} {check['shown']}")
    return line
