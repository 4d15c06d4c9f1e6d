"""What a copy is made to be beyond what the model draws: a balanced column, a share of anomalies, refined rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from core.data.schema import Kind
from core.errors import ParameterError

from ..state import AppState
from ..text import tr
from ..theme import px
from ..widgets import Combo, Field, Label, Switch, hbox, vbox

__all__ = ["LABELS", "PLAIN", "Shaping", "share_of"]

PLAIN: Mapping[str, Any] = {"rebalance": None, "anomalies": "keep", "refine": False}
"""A copy as the model draws it."""
LABELS = 72
"""Design pixels of the words before a field."""
_SHARE = "share"
_MOST = 100
"""Values that a column to balance may have."""


def share_of(text: str) -> str:
    """A share as the engine reads it; "5" means 5 %.

    Raises:
        ParameterError: it is none.
    """
    bare = text.strip().removesuffix("%").strip()
    try:
        value = float(bare)
    except ValueError:
        value = -1.0
    if not 0 <= value < 100:
        raise ParameterError("gui_shape.share", got=text)
    return f"{value:g}%"


class Shaping(QWidget):
    """Three fields; what cannot be had now is switched off, with the reason below it.

    Args:
        state: the table, its fit and its scores.
        asked: what a copy on show was made to be.

    Signals:
        changed: any of them.
    """

    changed = Signal()

    def __init__(self, state: AppState, asked: Mapping[str, Any]) -> None:
        super().__init__()
        self.state = state
        self._refusal = ""
        column = vbox(self, gap=8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, px(LABELS))
        self._add_balance(grid)
        self._add_anomalies(grid)
        column.addLayout(grid)
        self.note = Label("", "secondary", "text2", wrap=True)
        column.addWidget(self.note)
        self._add_refine(column)
        self._set(asked)
        for signal in (self.balance.activated, self.anomalies.activated, self.share.textChanged, self.refine.toggled):
            signal.connect(self._told)
        self.show_state(is_conditioned=False)

    def _add_balance(self, grid: QGridLayout) -> None:
        none = ("", tr("gui_shape.balance.none"), None)
        self.balance = Combo([none, *((n, n, "cat") for n in self._columns())], name=tr("gui_shape.balance"))
        self.balance.setToolTip(tr("gui_shape.balance.hint"))
        self._line(grid, 0, tr("gui_shape.balance"), self.balance)

    def _add_anomalies(self, grid: QGridLayout) -> None:
        kinds = [(key, tr(f"gui_shape.anomalies.{key}"), None) for key in ("keep", "drop", _SHARE)]
        self.anomalies = Combo(kinds, name=tr("gui_shape.anomalies"))
        self.anomalies.setToolTip(tr("gui_shape.anomalies.hint"))
        self.share = Field("5%", name=tr("gui_shape.anomalies.share_field"))
        self.share.setFixedWidth(px(64))
        row = hbox(gap=8)
        row.addWidget(self.anomalies, 1)
        row.addWidget(self.share)
        label = Label(tr("gui_shape.anomalies"), "body", "text2")
        label.setBuddy(self.anomalies)
        grid.addWidget(label, 1, 0)
        grid.addLayout(row, 1, 1)

    def _add_refine(self, column: Any) -> None:
        row = hbox(gap=8)
        words = vbox(gap=1)
        words.addWidget(Label(tr("gui_shape.refine"), "body"))
        self.cost = Label(tr("gui_shape.refine.cost"), "secondary", "text2", wrap=True)
        words.addWidget(self.cost)
        row.addLayout(words, 1)
        self.refine = Switch(tr("gui_shape.refine"))
        row.addWidget(self.refine)
        column.addLayout(row)

    @staticmethod
    def _line(grid: QGridLayout, row: int, words: str, field: QWidget) -> None:
        label = Label(words, "body", "text2")
        label.setBuddy(field)
        grid.addWidget(label, row, 0)
        grid.addWidget(field, row, 1)

    def _columns(self) -> list[str]:
        """Columns whose values can get as many rows each, as far as their profile is known."""
        known = {c["name"]: c.get("distinct") for c in (self.state.profile or {}).get("columns", ())}
        able = (Kind.CATEGORY, Kind.BOOLEAN)
        return [c.name for c in self.state.schema
                if c.is_modelled and c.kind in able and 2 <= int(known.get(c.name) or 2) <= _MOST]

    def _set(self, asked: Mapping[str, Any]) -> None:
        self.balance.set_value(str(asked.get("rebalance") or ""))
        said = str(asked.get("anomalies") or PLAIN["anomalies"])
        self.anomalies.set_value(said if said in {"keep", "drop"} else _SHARE)
        if said not in {"keep", "drop"}:
            self.share.setText(said)
        self.refine.setChecked(bool(asked.get("refine")))

    def _told(self, *_: object) -> None:
        self.changed.emit()

    # --- what stands there ------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """As `synth` takes them; what cannot be had now is left as the model draws it.

        Raises:
            ParameterError: the share is none.
        """
        said = self.anomalies.value() if self.anomalies.isEnabled() else "keep"
        return {
            "rebalance": self.balance.value() or None,
            "anomalies": share_of(self.share.text()) if said == _SHARE else said,
            "refine": self.refine.isChecked() and self.refine.isEnabled(),
        }

    def forbid(self, reason: str) -> None:
        """Refining may not be had, for this reason; "" where it may."""
        self._refusal = reason

    def show_state(self, *, is_conditioned: bool) -> None:
        """What can be had beside what else is set."""
        run, fit = self.state.run, self.state.fit or {}
        is_scored = run is not None and run.get("fit", fit.get("id")) == fit.get("id")
        self.anomalies.setEnabled(is_scored)
        self.note.setText("" if is_scored else tr("gui_shape.anomalies.unscored"))
        self.note.setVisible(not is_scored)
        self.share.setVisible(is_scored and self.anomalies.value() == _SHARE)
        is_other = is_conditioned or bool(self.balance.value()) or (is_scored and self.anomalies.value() != "keep")
        reason = self._refusal or (tr("gui_shape.refine.other") if is_other else "")
        self.refine.setEnabled(not reason)
        self.cost.setText(reason or tr("gui_shape.refine.cost"))
