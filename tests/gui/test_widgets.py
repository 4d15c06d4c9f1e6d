"""The small widgets: real controls, found by keyboard, honest about what they show."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui.widgets import Axis, Bars, Button, Chip, Combo, FlowRow, Label, NumberField, Search, Segmented, Switch, short
from gui.widgets.axis import date_ticks
from gui.widgets.paint import FocusRing


@pytest.mark.parametrize(
    ("low", "high", "log", "expected"),
    [(0, 100, False, [0, 20, 40, 60, 80, 100]), (1, 20_000, True, [1, 10, 100, 1000, 10_000]), (0.2, 0.9, False, None)],
)
def test_ticks_are_round_numbers_inside_the_axis(low, high, log, expected):
    ticks = Axis(low, high, log).ticks()
    assert all(low <= t <= high for t in ticks)
    assert 2 <= len(ticks) <= 8
    assert expected is None or ticks == expected


@pytest.mark.parametrize(
    ("low", "high"), [("2026-03-01T07", "2026-03-02T09"), ("2026-03-03", "2026-03-30"), ("2026-01-15", "2027-02-01"),
                      ("1990-01-01", "2026-01-01")],
)
def test_ticks_of_dates_are_beginnings(low, high):
    ends = [datetime.fromisoformat(t).replace(tzinfo=UTC).timestamp() * 1e6 for t in (low, high)]
    ticks = date_ticks(*ends)
    moments = [datetime.fromtimestamp(t / 1e6, UTC) for t in ticks]
    assert 2 <= len(ticks) <= 8
    assert all(ends[0] <= t <= ends[1] for t in ticks)
    assert all(m.minute == m.second == 0 for m in moments)
    gaps = {round((b - a) / 3.6e9) for a, b in pairwise(ticks)}
    assert max(gaps) - min(gaps) <= 0.1 * max(gaps), "even steps, as far as months are even"


@pytest.mark.parametrize("log", [False, True])
def test_place_and_value_are_inverse(log):
    axis = Axis(2, 5000, log)
    assert axis.value(axis.place(37.5)) == pytest.approx(37.5)
    assert axis.place(1) == 0
    assert axis.place(1e9) == 1


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (0.5, "0.5"), (1000, "1,000"), (2e6, "2M"), (150_000, "150k")])
def test_tick_numbers_are_short(value, text):
    assert short(value) == text


def test_button_acts_on_enter_and_space(qtbot):
    pressed = []
    button = Button("Find", kind="primary", shortcut_hint="Ctrl+Enter")
    button.clicked.connect(lambda: pressed.append(1))
    qtbot.addWidget(button)
    button.show()
    qtbot.keyClick(button, Qt.Key.Key_Return)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert len(pressed) == 2
    assert button.accessibleName() == "Find"


def test_segments_are_radio_buttons_for_keyboard_and_screen_reader(qtbot):
    control = Segmented([("a", "Budget"), ("b", "False alarms"), ("c", "Tail")], name="Flag rows by")
    qtbot.addWidget(control)
    control.show()
    with qtbot.waitSignal(control.chosen) as chosen:
        qtbot.mouseClick(control.button("b"), Qt.MouseButton.LeftButton)
    assert chosen.args == ["b"]
    assert control.value() == "b"
    with qtbot.waitSignal(control.chosen):
        qtbot.keyClick(control.button("b"), Qt.Key.Key_Right)
    assert control.value() == "c"
    control.set_value("a")
    assert control.value() == "a"


def test_search_leaves_on_escape_after_emptying(qtbot):
    field = Search(name="Find in rows", placeholder="Find")
    qtbot.addWidget(field)
    field.setText("volt")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_number_field_keeps_its_limits(qtbot):
    field = NumberField(200, 1, 1000, name="Budget")
    qtbot.addWidget(field)
    field.setValue(5000)
    assert field.value() == 1000
    assert field.text() == "1,000"


def test_combo_says_its_key_and_not_its_place(qtbot):
    combo = Combo([("number", "Number", "num"), ("category", "Category", "cat")], "category", name="Kind")
    qtbot.addWidget(combo)
    assert combo.value() == "category"
    heard = []
    combo.currentIndexChanged.connect(heard.append)
    combo.set_value("number")
    assert combo.value() == "number"
    assert not heard, "choosing by program tells nobody"


def test_elided_label_says_the_whole_in_a_tool_tip(qtbot):
    label = Label("a very long name of a table that does not fit", elide=True)
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    assert label.text().endswith("…")
    assert label.toolTip() == label.accessibleName() == "a very long name of a table that does not fit"


def test_flow_row_breaks_when_the_room_is_short(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    row = FlowRow(host)
    for i in range(6):
        row.addWidget(Chip(f"Reason {i}", checkable=True, key=str(i)))
    assert row.heightForWidth(2000) < row.heightForWidth(200)


def test_focus_ring_moves_nothing_and_goes_with_the_focus(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    button, other = Button("One", parent=host), Switch("Two", parent=host)
    button.move(20, 20)
    other.move(20, 80)
    with qtbot.waitActive(host):
        host.show()
        host.activateWindow()
    other.setFocus()
    before = button.geometry()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: any(r.isVisible() for r in host.findChildren(FocusRing)))
    assert button.geometry() == before
    other.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.waitUntil(lambda: not any(r.isVisible() for r in host.findChildren(FocusRing)))


def test_bars_take_any_counts(qtbot):
    bars = Bars("Amounts")
    qtbot.addWidget(bars)
    bars.resize(200, 120)
    for counts in ([], [0, 0, 0], [1], [5, 0, 2]):
        bars.set(list(range(len(counts) + 1)), counts, flagged_from=1, overlay=counts)
        bars.grab()
