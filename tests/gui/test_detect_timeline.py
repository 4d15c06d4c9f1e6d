"""The timeline on the Detect page: what an analyst would lose if it and the rows told different things."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from core.commands._execute import execute
from core.tasks.fit import FitRequest
from core.tasks.score import ScoreRequest

from ..core.payments import write_payments


@pytest.fixture(scope="module")
def payments(tmp_path_factory):
    """A scored project of payments over four weeks."""
    folder = tmp_path_factory.mktemp("payments")
    file, project = str(write_payments(folder / "march.csv")), folder / "march.likeness"
    execute(FitRequest(file, project=str(project), model="mixture", label="is_fraud"))
    execute(ScoreRequest(file, project=str(project), threshold="budget:20"))
    return project


@pytest.fixture
def page(payments, make_window, tmp_path, qtbot):
    import shutil

    window, path = make_window(), tmp_path / "march.likeness"
    shutil.copy(payments, path)
    window.state.open_project(path)
    window.go("detect")
    made = window.page()
    qtbot.waitUntil(lambda: made.results.current() is not None)
    made.results.views.go("timeline")
    qtbot.waitUntil(lambda: bool(made.results.timeline.bars.counts))
    return made


def settled(page, qtbot) -> None:
    qtbot.waitUntil(lambda: page.state.worker.is_idle)


def test_all_and_flagged_rows_are_counted_by_day(page, qtbot):
    bars = page.results.timeline.bars
    assert (sum(bars.counts), sum(bars.flagged), len(bars.counts)) == (600, 20, 28)
    assert page.results.timeline.count.whole() == "time, by day"
    page.state.set_threshold("budget:5")
    qtbot.waitUntil(lambda: sum(bars.flagged) == 5)


def test_a_span_that_is_dragged_filters_the_rows_and_esc_leaves_it(page, qtbot):
    bars, results = page.results.timeline.bars, page.results
    room = bars._room()
    spots = [QPoint(int(room.left() + room.width() * (day + 0.5) / 28), int(room.center().y())) for day in (3, 4, 6)]
    qtbot.mousePress(bars, Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        qtbot.mouseMove(bars, spot)
    qtbot.mouseRelease(bars, Qt.MouseButton.LeftButton, pos=spots[-1])
    settled(page, qtbot)
    assert results.filters.where() == "time >= '2026-03-04' and time < '2026-03-08'"
    assert results.model.rowCount() == sum(bars.counts[3:7])
    assert bars.kept == (3, 6)
    qtbot.keyClick(bars, Qt.Key.Key_Escape)
    settled(page, qtbot)
    assert results.filters.is_empty
    assert bars.kept is None


def test_the_keyboard_does_what_the_mouse_does(page, qtbot):
    bars = page.results.timeline.bars
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    assert bars.accessibleDescription().startswith("01 Mar 2026: ")
    qtbot.keyClick(bars, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert "to 02 Mar 2026" in bars.accessibleDescription()
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    settled(page, qtbot)
    assert page.results.model.rowCount() == sum(bars.counts[:2])


def test_the_rows_of_the_same_card_stand_on_the_line(page, qtbot):
    page.results.grid.select(2)
    row = page.results.current()["row"]
    bars = page.results.timeline.bars
    qtbot.waitUntil(lambda: bars.row == row)
    assert any(e["row"] == row for e in bars.events)
    assert "of card 4" in page.results.timeline.legend.whole()
    assert not bars.grab().isNull()


def test_a_table_without_time_says_why_it_has_no_timeline(user, make_window, qtbot):
    from core.paths import projects_dir

    window = make_window()
    window.state.open_project(projects_dir() / "penguins.likeness")
    window.go("detect")
    views = window.page().results.views
    qtbot.waitUntil(lambda: window.page().results.current() is not None)
    control = views._cards["rows"][1]
    assert not control.button("timeline").isEnabled()
    assert "role time" in control.button("timeline").toolTip()
    seen = []
    for _ in range(3):
        views.go_next()
        seen.append(views.key())
    assert "timeline" not in seen
    assert "rows" in seen
