"""Data: what an analyst would lose if it broke."""

from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from core.data.samples import sample
from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.errors import SchemaError
from gui.items.columns import facts_of, grid_columns
from gui.items.pages_model import CELL, Page, PagesModel
from gui.panels.checks import checks_of
from gui.widgets.filters import FilterBar


class Source:
    """Answers pages when told to, like a worker that takes its time."""

    def __init__(self, total):
        self.total, self.asked = total, []

    def __call__(self, start, count, on_done, on_failed):
        self.asked.append((start, count, on_done, on_failed))

    def answer(self, which=-1):
        start, count, on_done, _ = self.asked[which]
        on_done(Page(self.total, [[f"row {i}"] for i in range(start, min(start + count, self.total))]))


@pytest.fixture
def paged(qtbot):
    source = Source(10_000_000)
    model = PagesModel(source, block=100)
    model.set_columns(grid_columns([ColumnSpec("name", Kind.TEXT)], {}))
    model.restart()
    source.answer()
    return model, source


def cell(model, row):
    return model.data(model.index(row, 0), CELL)


def settle(qtbot, source, count):
    qtbot.waitUntil(lambda: len(source.asked) == count)


def test_ten_million_rows_cost_one_page(paged):
    model, source = paged
    assert model.rowCount() == 10_000_000
    assert cell(model, 42) == "row 42"
    assert len(source.asked) == 1


def test_a_row_far_away_shows_nothing_until_its_page_is_here(paged, qtbot):
    model, source = paged
    assert cell(model, 9_999_950) is None
    settle(qtbot, source, 2)
    assert source.asked[-1][:2] == (9_999_900, 100)
    source.answer()
    assert cell(model, 9_999_950) == "row 9999950"


def test_a_drag_asks_for_where_it_ends_before_what_it_passed(paged, qtbot):
    model, source = paged
    for row in range(1_000, 900_000, 10_000):
        cell(model, row)
    settle(qtbot, source, 2)
    assert source.asked[-1][0] == 891_000
    source.answer()
    for n in range(3, 6):  # the last few wishes alone are remembered
        settle(qtbot, source, n)
        source.answer()
    qtbot.wait(20)
    assert len(source.asked) == 5


def test_an_answer_to_an_older_question_is_dropped(paged):
    model, source = paged
    model.restart()
    model.restart()
    source.total = 7
    source.answer(-2)
    assert model.rowCount() == 10_000_000
    source.answer(-1)
    assert model.rowCount() == 7


def test_a_refused_question_is_told_and_the_rows_stay(paged, qtbot):
    model, source = paged
    model.restart()
    with qtbot.waitSignal(model.refused):
        source.asked[-1][3](SchemaError("schema.version", got="1", known=1))
    assert cell(model, 3) == "row 3"


def test_memory_stays_bounded_while_scrolling(paged, qtbot):
    model, source = paged
    for n in range(2, 110):
        cell(model, n * 100)
        settle(qtbot, source, n)
        source.answer()
    assert len(model._pages) == model.keep


# the whole page on a real table


@pytest.fixture
def page(window, tmp_path, qtbot):
    file = tmp_path / "penguins.csv"
    file.write_bytes(sample("penguins").path.read_bytes())
    window.state.open_file(file)
    qtbot.waitUntil(lambda: window.state.profile is not None)
    window.go("data")
    made = window.page()
    qtbot.waitUntil(lambda: made.rows.total == 344)
    return made


def shown(page, row, name):
    column = page.rows.column_of(name)
    return page.rows.data(page.rows.index(row, column), CELL)


def test_every_column_says_what_it_is_and_why(page):
    page.choose("body_mass_g")
    panel = page.inspector()
    assert panel.kind.value() == "integer" or panel.kind.value() == "number"
    assert panel.reason.text().startswith("Guessed: ")
    names = {name.text(): value.whole() for name, value in panel.figures.cells if not name.isHidden()}
    assert names["Median"].replace(".0", "") == "4,050"
    assert names["Missing"].startswith("2 ")


def test_a_changed_role_is_kept_and_can_be_undone(page, qtbot):
    page.choose("year")
    panel = page.inspector()
    panel.role.setCurrentIndex(panel.role.findData("ignore"))
    panel.role.activated.emit(panel.role.currentIndex())
    assert page.state.schema["year"].role is Role.IGNORE
    assert panel.reason.text() == "Set by you."
    assert "1 role set by you" in page.subtitle.whole()
    page.state.undo()
    assert page.state.schema["year"].role is not Role.IGNORE
    assert panel.role.value() == str(page.state.schema["year"].role)


def test_sorting_and_filtering_show_the_rows_asked_for(page, qtbot):
    page._sort("body_mass_g", True)
    qtbot.waitUntil(lambda: str(shown(page, 0, "body_mass_g")).startswith("6,300"))
    page.filters.add_text("species = 'Adelie' and body_mass_g > 4500")
    qtbot.waitUntil(lambda: page.rows.total < 20)
    assert shown(page, 0, "species") == "Adelie"
    assert page.filters.count.text() == f"{page.rows.total} of 344 rows"
    page.filters.find.setText("torgersen")
    with qtbot.waitSignal(page.rows.answered):
        page.filters.find.returnPressed.emit()
    assert {shown(page, r, "island") for r in range(page.rows.total)} == {"Torgersen"}
    page.filters.clear()
    qtbot.waitUntil(lambda: page.rows.total == 344)


def test_a_condition_that_does_not_fit_says_so_and_keeps_the_rows(page, qtbot):
    page.filters.toggle_form()
    form = page.filters.form
    form.column.set_value("body_mass_g")
    form._column_chosen()
    form.value.setText("heavy")
    form.value.returnPressed.emit()
    assert "heavy" in form.problem.whole()
    assert page.rows.total == 344
    form.value.setText("6000")
    form.value.returnPressed.emit()
    qtbot.waitUntil(lambda: page.rows.total == 2)


def test_missing_values_have_a_word_of_their_own(page, qtbot):
    page.filters.add_text("body_mass_g is missing")
    qtbot.waitUntil(lambda: page.rows.total == 2)
    assert shown(page, 0, "body_mass_g") == {"missing": "null"}


def test_checks_lead_to_the_rows_they_are_about(page, qtbot):
    panel = page.inspector()
    where = [c.where for c in checks_of(page.state.schema, page.state.profile) if c.where]
    for text in where:
        panel.filter_wished.emit(text)
        qtbot.waitUntil(lambda: page.rows.total < 344)
        page.filters.clear()
        qtbot.waitUntil(lambda: page.rows.total == 344)
    assert panel.checks.note.text().endswith("to look at")


def test_keys_alone_choose_rows_columns_and_orders(page, qtbot):
    page.window().activateWindow()
    qtbot.waitUntil(page.window().isActiveWindow)
    page.grid.setFocus()
    page.grid.select(0, 0)
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(page.grid, key)
    assert page.grid.currentIndex().row() == 1
    assert page.chosen == page.state.schema.names[2]
    qtbot.keyClick(page.grid, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: page.sorted_by == (page.chosen, False))
    qtbot.keyClick(page.grid, Qt.Key.Key_Slash)
    assert page.window().focusWidget() is page.filters.find


def test_pressing_a_header_chooses_and_its_corner_sorts(page, qtbot):
    head = page.grid.head
    x = page.grid.columnViewportPosition(3)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x + 30, 60))
    assert page.chosen == page.rows.columns[3].name
    assert page.sorted_by is None
    corner = QPoint(page.grid.columnViewportPosition(4) - 12, 16)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=corner)
    assert page.sorted_by == (page.chosen, False)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=corner)
    assert page.sorted_by == (page.chosen, True)


def test_the_columns_view_lists_every_column_with_its_reason(page):
    page._switch_view()
    texts = [[page.list.index(r, c).data() for c in range(7)] for r in range(page.list.rowCount())]
    assert [t[0] for t in texts] == list(page.state.schema.names)
    assert all(t[6] for t in texts)
    page.list_view.select(4)
    assert page.inspector().title.whole() == texts[4][0]


def test_where_one_was_is_kept(page, qtbot):
    page.filters.add_text("species = 'Gentoo'")
    page._sort("year", False)
    qtbot.waitUntil(lambda: page.rows.total == 124)
    page.choose("island")
    page.grid.select(7)
    kept = page.state.position("data")
    fresh = type(page)(page.state)
    qtbot.addWidget(fresh)
    qtbot.waitUntil(lambda: fresh.rows.total == 124)
    assert fresh.grid.currentIndex().row() == 7
    assert fresh.filters.where() == "species = 'Gentoo'"
    assert fresh.sorted_by == ("year", False)
    assert fresh.chosen == "island" == kept["column"]


def test_names_are_unique_and_nothing_is_left_out_for_screen_readers(page):
    whole = [page, page.inspector()]
    named = [w for part in whole for kind in (QAbstractButton, QComboBox, QLineEdit) for w in part.findChildren(kind)
             if w.isVisible() and w.focusPolicy() != Qt.FocusPolicy.NoFocus]
    names = [w.accessibleName() for w in named if w.accessibleName()]
    assert len(names) == len(set(names)), sorted(names)
    assert page.rows.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole)


def test_a_closed_table_leads_to_opening_one(window):
    window.go("data")
    page = window.page()
    assert page.inspector() is None
    assert page.actions()[0].enabled() is False
    wanted = []
    page.state.page_wanted.connect(wanted.append)
    page.empty.findChild(QAbstractButton).click()
    assert wanted == ["start"]


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
def test_rows_are_whole_and_the_footer_is_in_sight(page, qtbot, size):
    window = page.window()
    window.resize(*size)
    qtbot.wait(30)
    grid, card = page.grid, page.grid_card
    bars = grid.horizontalScrollBar().height() if grid.horizontalScrollBar().isVisible() else 0
    assert (grid.height() - grid.head.height() - bars) % grid.row_height() == 0
    assert card.foot.geometry().bottom() <= card.height()
    assert card.place.text().startswith("Rows 1 to ")


def test_a_wide_table_says_what_lies_to_the_right(window, tmp_path, qtbot):
    file = tmp_path / "wide.csv"
    with file.open("w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow([f"c{i}" for i in range(40)])
        writer.writerows([[i * j % 7 for i in range(40)] for j in range(30)])
    window.state.open_file(file)
    window.go("data")
    page = window.page()
    qtbot.waitUntil(lambda: page.rows.total == 30 and "to the right" in page.grid_card.place.text())
    assert QImage(page.grab().toImage()).width() > 0


# plain parts


def profiled(**values):
    base = {"name": "x", "count": 90, "missing": {"null": 8, "nan": 1, "empty": 1}, "distinct": 40, "top": [["a", 50]],
            "quantiles": None, "histogram": None, "warnings": []}
    return {**base, **values}


def test_the_header_names_missing_values_first():
    facts = facts_of(ColumnSpec("x", Kind.CATEGORY), profiled())
    assert facts.note == "10% missing"
    assert facts.shares == (0.5,)
    whole = profiled(missing={"null": 0}, histogram={"edges": [0, 1, 2], "counts": [3, 6]}, quantiles={"0": 0, "1": 2})
    assert facts_of(ColumnSpec("x", Kind.NUMBER), whole).bars == (0.5, 1.0)


def test_ids_have_no_shape_and_amounts_a_bar():
    spec = ColumnSpec("x", Kind.ID, Role.ID)
    assert facts_of(spec, profiled(count=100, distinct=100, missing={})).is_flat
    amount = ColumnSpec("x", Kind.NUMBER, Role.AMOUNT)
    columns = grid_columns([amount], {"x": profiled(histogram={"edges": [1, 10, 100], "counts": [1, 1], "log": True})})
    assert columns[0].style == "bar"
    assert columns[0].axis.place(10) == pytest.approx(0.5)


def test_checks_put_what_to_look_at_first():
    schema = Schema((ColumnSpec("a", Kind.ID, Role.ID), ColumnSpec("t", Kind.TEXT)))
    found = checks_of(schema, None)
    assert found[0].tone == "bad"
    two = Schema((ColumnSpec("a", Kind.NUMBER), ColumnSpec("l", Kind.BOOLEAN, Role.LABEL),
                  ColumnSpec("m", Kind.BOOLEAN, Role.LABEL)))
    assert checks_of(two, None)[0].column == "m"


def test_filters_read_back_as_they_were_written(qtbot):
    bar = FilterBar()
    qtbot.addWidget(bar)
    schema = Schema((ColumnSpec("the amount", Kind.NUMBER), ColumnSpec("country", Kind.CATEGORY)))
    bar.offer(schema, {"country": ["GB"]})
    bar.add_text("\"the amount\" >= 2 and country in ('GB', 'IE')")
    assert bar.where() == "\"the amount\" >= 2 and country in ('GB', 'IE')"
    other = FilterBar()
    qtbot.addWidget(other)
    other.offer(schema, {})
    other.set("x", bar.where())
    assert other.where() == bar.where()
    other.set("", "gone = 3")  # the column is no longer there
    assert other.is_empty
    assert isinstance(other, QWidget)


def test_what_sniffing_got_wrong_can_be_said(window, tmp_path, qtbot):
    file = tmp_path / "euro.csv"
    file.write_text("a;b\n" + "1,5;unknown\n2,5;3\n" * 20)
    window.state.open_file(file)
    window.go("data")
    page = window.page()
    qtbot.waitUntil(lambda: page.rows.total > 0 and window.state.profile is not None)
    page.view.button("reading").click()
    assert page.reading.isVisible()
    before = window.state.source["source"]
    page.reading.fields["decimal"].set_value(",")
    page.reading.fields["missing"].setText("unknown, n/a")
    page.reading.fields["header"].set_value("yes")
    page.reading.again.click()
    qtbot.waitUntil(lambda: window.state.source["source"] != before)
    assert window.state.schema["a"].kind is Kind.NUMBER
    qtbot.waitUntil(lambda: "unknown" not in [shown(page, r, "b") for r in range(page.rows.total)])
    assert page.reading.fields["decimal"].value() == ","


def test_a_folder_of_images_is_listed_and_not_learned_from(window, tmp_path, qtbot):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3):
        picture = QImage(8 + i, 8, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.red)
        picture.save(str(folder / f"p{i}.png"))
    window.state.open_file(folder)
    window.go("data")
    page = window.page()
    qtbot.waitUntil(lambda: page.rows.total == 3)
    page.choose("width")
    assert not page.find_button.isEnabled()
    assert page.primary().enabled() is False
    page._sort("width", True)
    qtbot.waitUntil(lambda: shown(page, 0, "width") == "10")
