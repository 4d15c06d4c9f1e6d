"""The Model page: what somebody who asks would lose if it broke."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from core.data.open import open_source
from core.data.schema import ColumnSpec, Kind, Schema
from core.errors import FitError, SchemaError
from core.models.bundle import Bundle
from core.tasks import ask as asking
from gui.items.dependence import forest_of
from gui.items.example import cells_of, examples
from gui.items.question import question_of
from gui.panels.answers import AnswerCard
from gui.panels.chance import odds_text, share_text
from gui.settings import Settings
from gui.theme import set_zoom
from gui.widgets import Label
from tests.core.answering import Counting

from .hands import CTRL, SHIFT, press
from .test_accessible import (
    Recorder,
    clipped,
    controls,
    open_window,
    settle,
)
from .test_accessible import test_pseudo_locale_shows_no_plain_text as check_words

ADELIE = {"species": "Adelie"}


@pytest.fixture
def able(monkeypatch):
    """Every fit has a part that answers."""
    real, made = asking.load_bundle, {}

    def load(store, fit):
        ident, bundle = real(store, fit)
        if ident not in made:
            path = store.project.sources()[-1]["path"]
            counting = Counting(open_source(path).with_schema(bundle.schema))
            duties = {**bundle.duties, "explains": "counting"}
            made[ident] = dataclasses.replace(bundle, parts={**bundle.parts, "counting": counting}, duties=duties)
        return ident, made[ident]

    monkeypatch.setattr(asking, "load_bundle", load)


@pytest.fixture
def window(user, make_window):
    made = make_window()
    made.state.open_project(Settings.load().last)
    settle(made)
    return made


@pytest.fixture
def page(able, window):
    window.go("model")
    settle(window)
    assert window.page().answer is not None
    return window.page()


def ask(window, **cells):
    for column, text in cells.items():
        field = window.page().view.set_cells.lines[column].field
        field.setFocus()
        field.setText(text)
        QApplication.processEvents()
        field._commit()
    settle(window)


def shown(page):
    return [c.name for c in page.view.answers.cards if not c.isHidden()]


def test_setting_cells_answers_how_probable_they_are(window, page, qtbot):
    assert page.view.chance.share.text() == "100%"
    ask(window, **ADELIE)
    assert page.view.chance.share.text() == "44.2%"
    assert "152 of 344" in page.view.chance.real.text()
    assert "species" not in shown(page), "only the other columns are asked about"
    assert "island" in shown(page)
    field = page.view.set_cells.lines["body_mass_g"].field
    field.setFocus()
    qtbot.keyClicks(field, "..3500")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(window)
    assert page.cells == {"species": "Adelie", "body_mass_g": "..3500"}
    assert page.view.chance.ruler.place() > 0


def test_a_category_is_chosen_from_its_values_by_a_part_of_them(page):
    offered = page.view.set_cells.lines["species"].field.list
    offered.setCompletionPrefix("inst")
    assert offered.currentCompletion() == "Chinstrap"
    assert "missing" in page.view.set_cells.lines["sex"].field.offers.stringList()


def test_what_cannot_be_asked_is_told_at_its_cell_and_the_rest_stays(window, page):
    ask(window, **ADELIE)
    assert page.view.saved.save.isEnabled()
    ask(window, body_mass_g="heavy")
    assert page.view.problem.isVisible()
    assert not page.view.saved.save.isEnabled(), "nothing was answered that could be kept"
    assert page.view.set_cells.lines["body_mass_g"].field.is_wrong
    assert page.view.chance.share.text() == "44.2%", "the last answer stays"
    ask(window, body_mass_g="", species="Dodo")
    assert page.view.set_cells.lines["species"].field.is_wrong
    ask(window, species="Gentoo")
    assert not page.view.problem.isVisible()
    assert not page.view.set_cells.lines["species"].field.is_wrong


def test_what_no_row_can_be_has_probability_zero(window, page, qtbot):
    ask(window, body_mass_g="90000..")
    assert page.view.chance.share.text() == "0%"
    page._draw()
    settle(window)
    assert page.view.drawn.problem.isVisible()


def test_undo_and_redo_reach_the_cells(window, page, qtbot):
    ask(window, **ADELIE)
    ask(window, island="Dream")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    settle(window)
    assert page.cells == ADELIE
    assert page.view.set_cells.lines["island"].field.text() == ""
    press(qtbot, window, Qt.Key.Key_Z, CTRL | SHIFT)
    settle(window)
    assert page.cells == {**ADELIE, "island": "Dream"}
    page.view.set_cells.clear.click()
    settle(window)
    assert page.view.chance.share.text() == "100%"


def test_d_draws_ten_rows_and_others_the_next_time(window, page, qtbot):
    ask(window, **ADELIE)
    page.view.set_cells.fill.setFocus()
    press(qtbot, window, Qt.Key.Key_D)
    settle(window)
    first = list(page.view.drawn._rows)
    assert len(first) == 10
    assert {row[0] for row in first} == {"Adelie"}
    press(qtbot, window, Qt.Key.Key_D)
    settle(window)
    seeds = [r["seed"] for r in window.state.worker._query.asked if r.get("task") == "ask" and r["rows"]]
    assert len(set(seeds)) == 2, "the same seed would draw the same rows"
    page.view.drawn.close_button.click()
    assert page.view.drawn.isHidden()


def test_the_most_likely_row_has_every_column(window, page, qtbot):
    ask(window, **ADELIE)
    page.likeliest.click()
    (row,) = page.view.drawn._rows
    assert row[0] == "Adelie"
    assert len(row) == len(page.answer["columns"])


def test_a_node_of_the_tree_leads_to_its_cell(window, page, qtbot):
    ask(window, **ADELIE)
    tree = page.panel.tree
    node = next(n for n in tree.nodes if n.text() == "island")
    node.click()
    assert window.focusWidget() is page.view.set_cells.lines["island"].field
    page._to_tree()
    start = window.focusWidget()
    qtbot.keyClick(start, Qt.Key.Key_Down)
    assert window.focusWidget() is tree.nodes[tree.nodes.index(start) + 1]
    assert "Adelie" in next(n for n in tree.nodes if n.text() == "species").accessibleName()
    assert page.panel.lines[0].bits.text().endswith("bits")


def test_saved_questions_stay_in_the_project(window, page, user):
    ask(window, **ADELIE)
    page.view.saved.save.click()
    page.view.set_cells.clear.click()
    settle(window)
    window.rebuild()
    settle(window)
    page = window.page()
    saved = page.view.saved.lines.itemAt(0).widget().findChildren(QAbstractButton)
    assert saved[0].text() == "Adelie"
    saved[0].click()
    settle(window)
    assert page.cells == ADELIE
    assert page.view.chance.share.text() == "44.2%"
    page.view.saved.drop(0)
    assert window.state.project.setting("questions") == []


def test_a_row_begins_a_question_but_for_the_column_it_is_strange_in(window, page):
    example = next(e for e in examples(window.state) if e.page == "review")
    page._fill_from(example)
    settle(window)
    settle(window)
    case = window.state.session.current
    assert page.cells
    assert case.column not in page.cells
    card = page.view.answers.reveal(case.column)
    assert "this row: " in card.expected.whole(), "what the row has stands beside what was expected"
    assert page.answer["real"]["agree"] >= 1, "the row itself agrees"
    assert not page.view.problem.isVisible()


@pytest.mark.parametrize("where", ["data", "detect"])
def test_the_selected_row_begins_a_question(window, page, where):
    window.go(where)
    settle(window)
    window.go("model")
    example = next(e for e in examples(window.state) if e.page == where)
    page._fill_from(example)
    for _ in range(3):
        settle(window)
    assert len(page.cells) >= 6
    assert page.answer["where"]
    assert page.answer["real"]["agree"] >= 1, "the row itself agrees"


def test_the_question_is_copied_as_a_command(window, page):
    ask(window, **ADELIE)
    ask(window, body_mass_g="3000..4000")
    page.view.set_cells.copy.click()
    said = QApplication.clipboard().text()
    assert said.startswith("python main.py ask --project ")
    assert "body_mass_g >= 3000 and body_mass_g <= 4000" in said


def test_zoom_keeps_the_question(window, page):
    ask(window, **ADELIE)
    set_zoom(1.25)
    QApplication.processEvents()
    settle(window)
    assert window.page() is not page
    assert window.page().cells == ADELIE
    assert window.page().view.chance.share.text() == "44.2%"


def test_controls_have_names_of_their_own_and_nothing_is_clipped(window, page):
    ask(window, **ADELIE, island="Dream")
    page.view.saved.save.click()
    page._draw()
    settle(window)
    names = [w.accessibleName() for w in controls(window)]
    assert all(names)
    assert len(names) == len(set(names))
    for size in ((1440, 900), (1280, 720), (1100, 700)):
        window.resize(*size)
        settle(window)
        assert not clipped(window)


def test_every_word_comes_from_the_catalogue(able, qapp, scored, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        heard = Recorder(patch)
        for window in open_window(scored, tmp_path / "pseudo", "pseudo"):
            window.heard = heard
            window.go("model")
            settle(window)
            page = window.page()
            page._wished("species", "Adelie")
            page._wished("island", "Dream")
            settle(window)
            page.view.saved.keep()
            page._draw()
            settle(window)
            assert page.view.drawn.isVisible()
            check_words(window, "model")


def test_a_fit_that_cannot_answer_says_so_and_learns_another(window, monkeypatch, qtbot):
    def refuse(_bundle):
        raise FitError("models.no_answers", known=["neighbours"])

    monkeypatch.setattr(Bundle, "answers", property(refuse))
    window.go("model")
    settle(window)
    page = window.page()
    assert page.inspector() is None
    words = [label.text() for label in page.stack.currentWidget().findChildren(Label)]
    assert "This fit cannot answer questions" in words
    window.state.worker._job.holds = True
    press(qtbot, window, Qt.Key.Key_Return, CTRL)
    settle(window)
    fit = window.state.worker._job.asked[-1]
    assert (fit["task"], fit["reference"]) == ("fit", window.state.fit["reference"])
    assert page.stack.currentWidget() is page.busy


def test_without_a_table_there_is_a_way_to_one(make_window, qtbot):
    window = make_window()
    window.go("model")
    assert window.page().answer is None
    press(qtbot, window, Qt.Key.Key_Return, CTRL)
    assert window.page_key == "start"


SCHEMA = Schema((
    ColumnSpec("kind", Kind.CATEGORY), ColumnSpec("amount", Kind.NUMBER, decimals=2), ColumnSpec("n", Kind.INTEGER),
    ColumnSpec("when", Kind.DATETIME),
))


@pytest.mark.parametrize(("cells", "where"), [
    ({"kind": "fuel"}, "kind = 'fuel'"), ({"kind": "fuel | travel"}, "kind in ('fuel', 'travel')"),
    ({"kind": " a|b"}, "kind = ' a|b'"),
    ({"kind": "missing"}, "kind is missing"), ({"amount": "5"}, "amount = 5"),
    ({"amount": "1,000..2,000.5"}, "amount >= 1000 and amount <= 2000.5"), ({"n": "3.."}, "n >= 3"),
    ({"n": "..3", "amount": "> 7"}, "n <= 3 and amount > 7"),
    ({"when": "2026-03-01..2026-03-02"}, "when >= '2026-03-01' and when <= '2026-03-02'"),
    ({"amount": " ", "gone": "x"}, ""),
])
def test_what_is_written_in_cells_means_a_condition(cells, where):
    assert question_of(cells, SCHEMA).to_text() == where


@pytest.mark.parametrize("cells", [{"amount": "lots"}, {"n": "1..many"}, {"when": "soon"}])
def test_what_is_no_value_is_refused(cells):
    with pytest.raises(SchemaError):
        question_of(cells, SCHEMA)


def test_the_row_itself_lies_in_the_cells_made_from_it():
    columns = {
        "amount": {"edges": [0.0, 10.0, 20.0], "shape": "bars", "missing": [0, 0]},
        "n": {"edges": [0.5, 1.5, 2.5], "shape": "bars", "missing": [0, 0]},
        "kind": {"edges": [], "shape": "values", "missing": [0.1, 0.1]},
    }
    specs = {spec.name: spec for spec in SCHEMA}
    cells = cells_of(["kind", "amount", "n", "when"], [{"missing": "null"}, "12.00", "2", "x"], columns, specs)
    assert cells == {"amount": "10.00..20.00", "n": "2..2", "kind": "missing"}


def test_the_forest_keeps_the_strongest_links_and_every_column():
    edges = [{"first": a, "second": b, "strength": s}
             for a, b, s in (("a", "b", 3.0), ("b", "c", 2.0), ("a", "c", 1.0), ("c", "d", 0.5))]
    forest = forest_of(["a", "b", "c", "d", "lone"], edges)
    assert {b.name for b in forest.branches} == {"a", "b", "c", "d", "lone"}
    links = {frozenset((b.name, forest.branches[b.parent].name)) for b in forest.branches if b.parent >= 0}
    assert links == {frozenset("ab"), frozenset("bc"), frozenset("cd")}, "a ring is opened at its weakest link"
    assert forest.depth == 2, "drawn from the middle"
    assert all(b.parent < i for i, b in enumerate(forest.branches))


def test_small_probabilities_stay_readable():
    assert (share_text(0.0036), odds_text(0.0036)) == ("0.36%", "1 in 280")
    assert odds_text(1.0) == "always"
    assert odds_text(0.0) == "never"
    assert odds_text(2.5e-13) == "1 in 4 trillion"
    assert odds_text(1.4e-10) == "1 in 7.1 billion"
    assert odds_text(1e-40) == "less than 1 in 1,000 trillion"
    assert share_text(1.0) == "100%"
    assert share_text(1e-9) == "< 0.0001%"


def test_the_line_for_what_is_not_listed_says_how_many_values_that_is(qapp):
    card = AnswerCard(1)
    column = {
        "name": "shop", "kind": "category", "shape": "values", "values": [["Volt", 0.3, 0.3], [None, 0.1, 0.1]],
        "rest": [0.6, 0.6], "rare": 37, "distinct": 38, "expected": "", "likeliest": {"text": "Volt", "share": 0.3},
        "is_close": False,
    }
    card.show_column(column, None, is_asked=False)
    assert card.values.rest == ("other (37 rare values)", 0.6)
    many = [[f"shop {i}", 0.1, 0.1] for i in range(8)]
    card.show_column({**column, "values": many, "rest": [0.2, 0.2], "distinct": 45}, None, is_asked=False)
    assert card.values.rest[0] == "other (40 values)"
