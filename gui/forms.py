"""Forms made from declared parameters: one Spec, one labelled control; nothing is written by hand per parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QWidget

from core.errors import ParameterError
from core.params import Spec

from .text import tr
from .theme import px
from .widgets import Combo, Field, Label, NumberField, Switch, hbox, vbox

__all__ = ["Form"]

_WIDE = 2_000_000_000


class Form(QWidget):
    """The controls of a parameter set.

    Args:
        specs: as `Params.describe()` or the `models` task give them (Spec or its JSON).
        values: what is set now; the rest shows its default.
    """

    changed = Signal()

    def __init__(self, specs: Sequence[Spec | Mapping[str, Any]], values: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.specs = [s if isinstance(s, Spec) else _spec(s) for s in specs]
        self.controls: dict[str, QWidget] = {}
        column = vbox(self, gap=12)
        for spec in self.specs:
            value = (values or {}).get(spec.name, spec.default)
            control = self.controls[spec.name] = self._control(spec, value)
            row = hbox(gap=12)
            words = vbox(gap=1)
            words.addWidget(Label(spec.name.replace("_", " "), "strong"))
            words.addWidget(Label(_help(spec), "secondary", "text2", wrap=True))
            row.addLayout(words, 1)
            row.addWidget(control)
            column.addLayout(row)

    def _control(self, spec: Spec, value: Any) -> QWidget:
        if spec.type == "bool":
            switch = Switch(spec.name, on=bool(value))
            switch.toggled.connect(self.changed)
            return switch
        if spec.type == "choice":
            combo = Combo([(c, c, None) for c in spec.choices], str(value), name=spec.name)
            combo.setFixedWidth(px(140))
            combo.activated.connect(self.changed)
            return combo
        if spec.type == "int":
            low = -_WIDE if spec.low is None else int(spec.low)
            high = _WIDE if spec.high is None else int(spec.high)
            number = NumberField(int(value), low, high, name=spec.name)
            number.setFixedWidth(px(140))
            number.valueChanged.connect(self.changed)
            return number
        field = Field(f"{value:g}", name=spec.name)
        field.setValidator(QDoubleValidator(field))
        field.setFixedWidth(px(140))
        field.editingFinished.connect(self.changed)
        return field

    def values(self) -> dict[str, Any]:
        """What is set, checked by the declaration.

        Raises:
            ParameterError: a value outside its domain; the message names both.
        """
        return {spec.name: self._value(spec) for spec in self.specs}

    def settings(self) -> tuple[str, ...]:
        """`name=value` for what differs from its default, as the command line takes it."""
        found = self.values()
        return tuple(f"{s.name}={_text(found[s.name])}" for s in self.specs if found[s.name] != s.default)

    def problem(self) -> ParameterError | None:
        """What is wrong with the form, if anything."""
        try:
            self.values()
        except ParameterError as error:
            return error
        return None

    def _value(self, spec: Spec) -> Any:
        control = self.controls[spec.name]
        if isinstance(control, Switch):
            return spec.check(control.isChecked())
        if isinstance(control, Combo):
            return spec.check(control.value())
        if isinstance(control, NumberField):
            return spec.check(control.value())
        assert isinstance(control, Field)
        return spec.parse(control.text())


def _spec(data: Mapping[str, Any]) -> Spec:
    known = {k: v for k, v in data.items() if k != "domain"}
    return Spec(**{**known, "choices": tuple(known.get("choices", ()))})


def _help(spec: Spec) -> str:
    """The catalogue's help, or the declaration's own."""
    key = f"params.help.{spec.name}"
    found = tr(key)
    return spec.help if key in found else found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
