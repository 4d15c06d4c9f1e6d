"""A rule in one's own words: a range, an order of two columns, or a form of texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.data.schema import Kind, Schema
from core.errors import ParameterError

from ..text import say, tr
from ..widgets import Button, Combo, Field, Label, Segmented, Switch, hbox, vbox
from .base import Sheet

__all__ = ["RuleSheet"]

_NUMBERS = (Kind.NUMBER, Kind.INTEGER)
_KINDS = ("bounds", "order", "form")


class RuleSheet(Sheet):
    """Asks for the parts of a rule.

    Args:
        schema: whose modelled columns rules speak of.
        rule: to begin with, as `rules` writes it; None for a new one.

    Signals:
        given: the rule.
    """

    given = Signal(dict)

    def __init__(self, schema: Schema, rule: Mapping[str, Any] | None = None) -> None:
        super().__init__(tr("gui_rule.edit_title" if rule else "gui_rule.add_title"), width=520, icon="note")
        self.schema = schema
        self.kind = Segmented([(k, tr(f"gui_rule.kind.{k}")) for k in _KINDS], name=tr("gui_rule.kind"), small=True)
        self.kind.chosen.connect(self._turn)
        self.kind.setVisible(rule is None)
        self.body.addWidget(self.kind)
        self.parts = QStackedWidget()
        for part in (self._bounds(), self._order(), self._form()):
            self.parts.addWidget(part)
        self.body.addWidget(self.parts)
        self.problem = Label("", "secondary", "bad", wrap=True)
        self.problem.hide()
        self.body.addWidget(self.problem)
        self._add_foot()
        if rule is not None:
            self._fill(rule)
        self._turn(str((rule or {}).get("kind", _KINDS[0])))

    # --- parts ------------------------------------------------------------------------------------------------------

    def _columns(self, *kinds: Kind) -> list[tuple[str, str, None]]:
        return [(c.name, c.name, None) for c in self.schema if c.is_modelled and c.kind in kinds]

    def _bounds(self) -> QWidget:
        self.column = Combo(self._columns(*_NUMBERS), name=tr("gui_rule.column"))
        self.low = Field("", name=tr("gui_rule.low"), placeholder=tr("gui_rule.no_end"))
        self.high = Field("", name=tr("gui_rule.high"), placeholder=tr("gui_rule.no_end"))
        return self._form_of((self.column, self.low, self.high))

    def _order(self) -> QWidget:
        both = self._columns(*_NUMBERS, Kind.DATETIME)
        self.lower = Combo(both, name=tr("gui_rule.lower"))
        self.upper = Combo(both, both[-1][0] if both else None, name=tr("gui_rule.upper"))
        self.strict = Switch(tr("gui_rule.strict"))
        made = self._form_of((self.lower, self.upper))
        row = hbox(gap=8)
        row.addWidget(Label(tr("gui_rule.strict"), "body"), 1)
        row.addWidget(self.strict)
        made.layout().addLayout(row)  # type: ignore[attr-defined]
        return made

    def _form(self) -> QWidget:
        self.texts = Combo(self._columns(Kind.CATEGORY), name=tr("gui_rule.text_column"))
        self.pattern = Field("", name=tr("gui_rule.pattern"), placeholder="[A-Z]{2}[0-9]{4}")
        self.example = Field("", name=tr("gui_rule.example"), placeholder="AA9999")
        return self._form_of((self.texts, self.pattern, self.example))

    def _form_of(self, controls: tuple[Combo | Field, ...]) -> QWidget:
        made = QWidget()
        column = vbox(made, gap=8)
        for control in controls:
            label = Label(control.accessibleName(), "strong")
            label.setBuddy(control)
            part = vbox(gap=4)
            part.addWidget(label)
            part.addWidget(control)
            column.addLayout(part)
            if isinstance(control, Field):
                control.returnPressed.connect(self.give)
        return made

    def _add_foot(self) -> None:
        row = hbox(gap=8)
        row.addStretch(1)
        cancel = Button(tr("gui.cancel"), kind="quiet")
        cancel.clicked.connect(self.reject)
        self.done_button = Button(tr("gui_rule.count"), "check", "primary", "Enter")
        self.done_button.clicked.connect(self.give)
        row.addWidget(cancel)
        row.addWidget(self.done_button)
        self.body.addLayout(row)

    def _fill(self, rule: Mapping[str, Any]) -> None:
        if rule["kind"] == "bounds":
            self.column.set_value(rule["column"])
            for field, end in ((self.low, rule["low"]), (self.high, rule["high"])):
                field.setText("" if end is None else f"{end:g}")
        elif rule["kind"] == "order":
            self.lower.set_value(rule["low"])
            self.upper.set_value(rule["high"])
            self.strict.setChecked(bool(rule["strict"]))
        else:
            self.texts.set_value(rule["column"])
            self.pattern.setText(rule["pattern"])
            self.example.setText(rule["example"])

    def _turn(self, key: str) -> None:
        self.kind.set_value(key)
        self.parts.setCurrentIndex(_KINDS.index(key))
        self.setProperty("first", (self.column, self.lower, self.texts)[_KINDS.index(key)])

    # --- what stands there ------------------------------------------------------------------------------------------

    def rule(self) -> dict[str, Any]:
        """The rule as `rules` writes it.

        Raises:
            ParameterError: a part is missing or cannot be.
        """
        kind = self.kind.value()
        if kind == "bounds":
            return {"kind": kind, "column": _named(self.column), **self._ends()}
        if kind == "order":
            low, high = _named(self.lower), _named(self.upper)
            if low == high or self.schema[low].kind not in _alike(self.schema[high].kind):
                raise ParameterError("gui_rule.unlike", low=low, high=high)
            return {"kind": kind, "low": low, "high": high, "strict": self.strict.isChecked()}
        pattern = self.pattern.text().strip()
        try:
            re.compile(pattern or "(")
        except re.error as error:
            raise ParameterError("gui_rule.pattern", got=pattern, problem=str(error)) from error
        example = self.example.text().strip() or pattern
        return {"kind": kind, "column": _named(self.texts), "pattern": pattern, "example": example}

    def _ends(self) -> dict[str, float | None]:
        low, high = (_number(field.text()) for field in (self.low, self.high))
        if (low is None and high is None) or (low is not None and high is not None and low > high):
            raise ParameterError("gui_rule.ends", low=self.low.text(), high=self.high.text())
        return {"low": low, "high": high}

    def give(self) -> None:
        """Go on with the rule, when it is one; else say what is wrong with it."""
        try:
            found = self.rule()
        except ParameterError as error:
            self.problem.setText(" ".join(say(part) for part in error.messages))
            self.problem.show()
            self.adjustSize()
            return
        self.accept()
        self.given.emit(found)


def _named(combo: Combo) -> str:
    if not combo.value():
        raise ParameterError("gui_rule.no_column")
    return combo.value()


def _alike(kind: Kind) -> tuple[Kind, ...]:
    return _NUMBERS if kind in _NUMBERS else (kind,)


def _number(text: str) -> float | None:
    bare = text.strip().replace(",", "")
    if not bare:
        return None
    try:
        return float(bare)
    except ValueError as error:
        raise ParameterError("gui_rule.ends", low=text, high=text) from error
