"""The map on the Detect page: what an analyst would lose if it and the rows told different things."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from gui.theme import color, set_scheme


@pytest.fixture
def page(user, make_window, qtbot):
    from core.paths import projects_dir

    window = make_window()
    window.state.open_project(projects_dir() / "penguins.likeness")
    window.go("detect")
    made = window.page()
    qtbot.waitUntil(lambda: made.results.current() is not None)
    made.results.views.go("map")
    qtbot.waitUntil(lambda: made.results.map.map.counts.size > 0)
    return made


def spot(page, rank) -> QPoint:
    """The pixel of a mark."""
    picture, point = page.results.map.map, page.results.map.map.points[rank - 1]
    return picture._at(point["x"], point["y"]).toPoint()


def lasso(page, qtbot, corners) -> None:
    """Draw an outline with the mouse; corners as shares of the picture, from its lower left."""
    picture = page.results.map.map
    room = picture._room()
    spots = [QPointF(room.left() + x * room.width(), room.bottom() - y * room.height()).toPoint() for x, y in corners]
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=spots[0])
    for there in spots[1:]:
        qtbot.mouseMove(picture, there)
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=spots[-1])


def settled(page, qtbot) -> None:
    qtbot.waitUntil(lambda: page.state.worker.is_idle)


def test_every_row_is_on_the_map_and_the_axes_name_columns(page):
    card = page.results.map
    assert card.map.counts.sum() == page.state.run["rows"]
    assert card.count.whole().startswith("344 rows, 100 flagged")
    assert all(any(c in words for c in page.state.schema.modelled) for words in card.map.words)


def test_a_row_chosen_in_the_list_is_ringed_and_told(page, qtbot):
    page.results.grid.select(4)
    assert page.results.map.map.here[0] == 5
    assert "Rank 5" in page.results.map.map.accessibleDescription()
    qtbot.keyClick(page.results.map.map, Qt.Key.Key_Right)
    qtbot.keyClick(page.results.map.map, Qt.Key.Key_J)
    qtbot.keyClick(page.results.map.map, Qt.Key.Key_Left)
    assert page.results.map.map.here[0] == page.results.current()["rank"] == 6


def test_a_mark_that_is_pressed_selects_its_row(page, qtbot):
    picture = page.results.map.map
    rank = next(p["rank"] for p in picture.points[20:100] if picture.near(spot(page, p["rank"]).toPointF()) is p)
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=spot(page, rank))
    qtbot.waitUntil(lambda: (page.results.current() or {}).get("rank") == rank)
    assert page.panel.item["rank"] == rank
    assert page.inspector() is page.panel


def test_the_lasso_filters_the_rows_and_its_chip_shows_all_again(page, qtbot):
    lasso(page, qtbot, [(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)])
    settled(page, qtbot)
    results = page.results
    count = results.model.rowCount()
    picture = results.map.map
    middle = (picture.low[0] + picture.high[0]) / 2
    expected = sum(p["x"] > middle for p in picture.points)  # all 344 rows have a place
    assert 0 < count < 344
    assert abs(count - expected) <= 3  # a pixel is some rows wide
    chip = next(c for c in results.filters.flow.children() if getattr(c, "text", None) and "lasso" in c.text())
    assert chip.text() == f"In the lasso: {count} rows"
    results.views.go("rows")
    qtbot.waitUntil(results.filters.isVisible)
    assert results.count.text() == str(count)
    chip.click()
    settled(page, qtbot)
    assert results.map.map.outline == []
    assert results.model.rowCount() == page.state.threshold.count


def test_an_area_can_be_typed_instead_and_esc_leaves_it(page, qtbot):
    page.results.map.toggle_form()
    form = page.results.map.form
    assert form.isVisible()
    for field, value in zip(form.fields, (0, 100, 0, 100), strict=True):
        assert field.accessibleName()
        field.setValue(value)
    qtbot.keyClick(form.fields[0], Qt.Key.Key_Return)
    settled(page, qtbot)
    assert page.results.model.rowCount() == 344
    qtbot.keyClick(page.results.map.map, Qt.Key.Key_Escape)
    settled(page, qtbot)
    assert page.results.filters.is_empty


def test_a_row_outside_the_outline_can_still_be_chosen(page, qtbot):
    page.results.map.form.wanted.emit(0.0, 0.01, 0.0, 0.01)
    settled(page, qtbot)
    assert page.results.model.rowCount() == 0
    page.results.go_to_rank(7)
    settled(page, qtbot)
    assert page.results.current()["rank"] == 7
    assert page.results.filters.is_empty


def test_the_outline_is_there_again_when_the_project_is_opened_again(page, make_window, qtbot):
    lasso(page, qtbot, [(0.3, 0.0), (1.0, 0.0), (1.0, 1.0), (0.3, 1.0)])
    settled(page, qtbot)
    page.results.grid.select(0)
    count, path = page.results.model.rowCount(), page.state.path
    page.state.close()
    window = make_window()
    window.state.open_project(path)
    window.go("detect")
    again = window.page().results
    qtbot.waitUntil(lambda: again.current() is not None)
    assert again.model.rowCount() == count
    assert not again.filters.is_empty


def test_the_threshold_says_which_marks_are_filled(page, qtbot):
    page.state.set_threshold("budget:9")
    assert page.results.map.map.flagged == 9
    assert "9 flagged" in page.results.map.count.whole()


@pytest.mark.parametrize("scheme", ["light", "dark", "contrast"])
def test_the_picture_takes_the_themes_colours(page, scheme):
    set_scheme(scheme)
    picture = page.results.map.map
    assert not picture.grab().isNull()
    assert picture._image[0] == color("neutral_fill").name()
