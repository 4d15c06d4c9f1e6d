"""Forms follow the declaration: what it allows can be set, what it forbids is named."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.params import Params, boolean, choice, integer, real
from gui.forms import Form


@dataclass(frozen=True)
class Example(Params):
    components: int = integer(0, low=0, high=512, help="Number of components; 0 chooses.")
    tolerance: float = real(1e-4, low=0.0, high=1.0, help="Smallest gain of a pass.")
    covariance: str = choice("auto", "auto", "full", "diagonal", help="Shape of a component.")
    is_robust: bool = boolean(False, help="Set rows aside first.")


@pytest.mark.parametrize("as_json", [False, True])
def test_defaults_go_in_and_come_out(qtbot, as_json):
    specs = Example.describe()
    form = Form([s.to_json() for s in specs] if as_json else specs)
    qtbot.addWidget(form)
    assert form.values() == Example().to_json()
    assert form.settings() == ()


def test_what_is_set_becomes_settings_of_the_command(qtbot):
    form = Form(Example.describe(), {"covariance": "full"})
    qtbot.addWidget(form)
    form.controls["components"].setValue(7)
    form.controls["is_robust"].setChecked(True)
    assert form.settings() == ("components=7", "covariance=full", "is_robust=true")
    assert Example.parse(form.settings()) == Example(components=7, covariance="full", is_robust=True)


def test_a_value_outside_its_domain_is_named(qtbot):
    form = Form(Example.describe())
    qtbot.addWidget(form)
    form.controls["components"].setValue(10_000)
    assert form.values()["components"] == 512, "the control keeps to the limits"
    form.controls["tolerance"].setText("7")
    assert "tolerance" in str(form.problem())


def test_every_control_has_its_name(qtbot):
    form = Form(Example.describe())
    qtbot.addWidget(form)
    assert [c.accessibleName() for c in form.controls.values()] == [s.name for s in Example.describe()]
