"""Detect: what an analyst would lose if it broke."""

from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit

from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.words import Message
from gui.items.pages_model import CELL, Page
from gui.items.ranked import RankedModel, ranked_columns, split_reason
from gui.pages.detect import DetectPage
from gui.panels.row import RowPanel
from gui.widgets.threshold import ThresholdPlot
from tests.gui.ranked_rows import SCHEMA, item, reason


def test_a_reason_fits_a_line_and_keeps_what_was_expected():
    assert split_reason(reason()) == ("amount 9,400;", "expected 12 to 140")
    two = Message("detect.headline.two", {"first": Message.from_json(reason()), "column": "hour", "value": "3",
                                          "expected": "day"}).to_json()
    assert split_reason(two) == ("amount 9,400;", "expected 12 to 140")
    given = reason("detect.reason.outside_given", given="category = grocery")
    assert split_reason(given)[1].startswith("given category = grocery")


def test_ranked_rows_show_score_reason_and_the_cell_that_carries_it():
    model = RankedModel(lambda start, count, done, failed: done(Page(2, [item(1), item(2)])))
    model.show(["id", "merchant", "amount"], SCHEMA)
    model.set_scale(0.0, 49.0, flagged=1)
    model.restart()
    names = [c.name for c in model.columns]
    assert names == ["rank", "score", "merchant", "amount", "reason", "id"]
    first, second = (model.data(model.index(r, 1), CELL) for r in (0, 1))
    assert first == {"text": "49.0", "share": 1.0, "flagged": True}
    assert second["flagged"] is False
    assert model.index(0, 4).data().startswith("amount 9,400; given the other columns the model expected 12 to 140")


def test_a_table_of_keys_alone_still_names_its_rows():
    only = Schema((ColumnSpec("id", Kind.ID, Role.ID), ColumnSpec("x", Kind.NUMBER)))
    assert [c.name for c in ranked_columns(["id"], only)] == ["rank", "score", "id", "reason"]


def test_the_limit_follows_the_threshold_without_asking_again():
    asked = []

    def fetch(start, count, done, failed):
        asked.append(start)
        done(Page(40, [item(r + 1) for r in range(40)]))

    model = RankedModel(fetch)
    model.show(["id", "merchant", "amount"], SCHEMA)
    model.restart()
    for limit, rows in ((10, 10), (25, 25), (3, 3), (None, 40), (90, 40)):
        model.set_limit(limit)
        assert model.rowCount() == rows
    assert asked == [0]




@pytest.fixture
def page(detect_page):
    return detect_page


def test_a_scored_table_shows_its_rows_with_reasons(page):
    results = page.results
    assert results.model.rowCount() == page.state.threshold.count == 100
    assert page.review.text() == "Review 100 cases"
    assert page.inspector() is page.panel
    assert page.panel.badge.text == "Rank 1"
    assert not page.panel.bars.isHidden()
    assert all(results.model.index(r, 1).data() for r in range(5))


def test_brackets_move_the_threshold_by_one_row(page, qtbot):
    actions = {a.id: a for a in page.actions()}
    actions["detect.raise"].run()
    assert page.state.threshold.count == 99
    actions["detect.lower"].run()
    actions["detect.lower"].run()
    assert page.state.threshold.count == page.results.model.rowCount() == 101
    assert page.results.cut.field().value() == 101


def test_what_would_make_a_row_ordinary_is_asked_with_a_key_and_stale_when_the_threshold_moves(page, qtbot):
    actions, change = {a.id: a for a in page.actions()}, page.panel.change
    assert actions["detect.change"].keys == ("W",)
    actions["detect.change"].run()
    assert not page.changing.can_ask(), "one question at a time"
    qtbot.waitUntil(change.button.isEnabled)
    assert change.lines.count() or "No change" in change.note.text()
    actions["detect.raise"].run()
    assert change.lines.count() == 0
    assert change.note.text() == "The threshold has moved since: ask again."


def test_the_next_row_is_told_about_when_one_gets_there(page, qtbot):
    page.results.grid.step(1)
    assert page.panel.badge.text == "Rank 2"
    qtbot.waitUntil(page.panel.waiting.isHidden)
    page.panel.close_button.click()
    assert page.inspector() is None


def test_rows_can_be_ordered_by_unusual_value_or_combination_alone(page, qtbot):
    results, model = page.results, page.results.model
    at = {c.name: i for i, c in enumerate(model.columns)}
    assert at["score"] < at["value:"] < at["combination:"], "beside the total"

    def shown(name):
        return [model.held(i)["readings"][name]["nats"] for i in range(10)]

    head = results.grid.head
    spot = QPoint(head.sectionViewportPosition(at["combination:"]) + 12, head.height() // 2)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.waitUntil(lambda: shown("combination") == sorted(shown("combination"), reverse=True))
    assert head.sorted_by == ("combination:", True)
    flagged = page.state.threshold.count
    assert model.rowCount() == flagged
    assert max(model.held(i)["rank"] for i in range(10)) <= flagged, "only flagged rows are on show"
    results.which.set_value("all")
    results._which_chosen("all")
    qtbot.waitUntil(lambda: model.rowCount() == 344)
    results.next_sort()
    qtbot.waitUntil(lambda: results.sort == "score" and model.held(0) is not None and model.held(0)["rank"] == 1)
    results.next_sort()
    qtbot.waitUntil(lambda: shown("value") == sorted(shown("value"), reverse=True))
    results.go_to_rank(7)
    qtbot.waitUntil(lambda: results.sort == "score" and (results.current() or {}).get("rank") == 7)


def test_the_panel_tells_how_rare_each_reading_is(qtbot):
    panel = RowPanel()
    qtbot.addWidget(panel)
    panel.rows = 30_000
    odd = {"value": {"nats": 3.1, "every": 1}, "combination": {"nats": 9.4, "every": 2_500}}
    panel.show_item({**item(1), "readings": odd}, (0.0, 50.0), 2.0, "nats")
    lines = panel.readings.lines
    assert lines["value"][2].text() == "as usual"
    assert lines["combination"][2].text() == "1 in 2,500 rows"
    assert lines["combination"][1].share > 0.7
    panel.show_item(item(2), (0.0, 50.0), 2.0, "nats")
    assert panel.readings.isHidden(), "a fit that does not tell them apart"


def test_filters_show_matching_rows_and_ranks_stay(page, qtbot):
    page.results.filters.add_text("species = 'Gentoo'")
    qtbot.waitUntil(lambda: page.results.model.total == 124)
    ranks = [page.results.model.record(r)["rank"] for r in range(5)]
    assert ranks == sorted(ranks)
    assert page.results.title.text() == "Matching rows by rank"


def test_all_rows_by_rank_can_be_seen_beyond_the_threshold(page, qtbot):
    page.results.go_to_rank(300)
    assert page.results.model.rowCount() == 344
    qtbot.waitUntil(lambda: page.panel.badge.text == "Rank 300")


def test_without_p_values_false_alarms_cannot_be_promised(page, qtbot):
    refused = []
    page.state.failed.disconnect()
    page.state.failed.connect(refused.append)
    page.state.set_threshold("fdr:0.1")
    assert refused[0].key == "detect.refused.mixed"
    assert page.state.threshold.count == 100


def test_a_row_joins_the_review_that_was_begun(page, qtbot):
    before = len(page.state.session.cases)
    page.results.grid.select(40)
    qtbot.waitUntil(page.panel.review.isEnabled)
    page._add_to_review()
    assert len(page.state.session.cases) == before + 1
    assert not page.panel.review.isEnabled()
    assert page.panel.review_note.whole() == "In the review"


def test_where_one_was_is_kept(page, qtbot):
    page.results.grid.select(23)
    page.results.filters.add_text("year > 2007")
    with qtbot.waitSignal(page.results.model.answered):
        pass
    page.results.grid.select(11)
    fresh = DetectPage(page.state)
    qtbot.addWidget(fresh)
    qtbot.waitUntil(lambda: fresh.results.current() is not None)
    assert fresh.results.grid.currentIndex().row() == 11
    assert fresh.results.filters.where() == "year > 2007"


def written(page, qtbot, path, asked):
    job = page.exporting.write(str(path), asked)
    qtbot.waitUntil(lambda: job.is_over)
    assert job.state == "done", job.text
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_ranked_rows_are_written_as_they_are_shown(page, tmp_path, qtbot):
    every = written(page, qtbot, tmp_path / "all.csv", page.exporting.choices()[-1][1])
    assert [int(r["rank"]) for r in every] == list(range(1, 345))
    assert sum(r["flagged"] == "true" for r in every) == 100
    assert every[0]["reason"]
    assert page.state.session is not None  # the review under way is still there
    page.state.set_threshold("budget:12")
    assert [len(written(page, qtbot, tmp_path / f"{i}.csv", asked)) for i, (_, asked) in
            enumerate(page.exporting.choices())] == [12, 344]
    page.results.filters.add_text("species = 'Gentoo'")
    qtbot.waitUntil(lambda: page.results.model.total == 124)
    words, asked = page.exporting.choices()[0]
    assert words == "The 124 rows on show"
    assert {r["species"] for r in written(page, qtbot, tmp_path / "some.csv", asked)} == {"Gentoo"}


def test_a_file_that_cannot_be_written_is_told_in_three_lines(page, tmp_path, qtbot):
    refused = []
    page.state.failed.disconnect()
    page.state.failed.connect(refused.append)
    job = page.exporting.write(str(tmp_path / "gone" / "rows.xlsx"), {})
    qtbot.waitUntil(lambda: bool(refused))
    assert job.state == "failed"
    assert len(refused[0].lines()) == 3


def test_columns_are_chosen_ordered_hidden_and_undone(page, qtbot):
    def names():
        return [c.name for c in page.results.model.columns]

    before, popup = names(), page.results.columns.popup
    page.results.columns.open()
    assert popup.names() == before
    popup.list.item(before.index("score")).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: names() == [n for n in before if n != "score"])
    popup.list.setCurrentRow(before.index("island"))
    qtbot.keyClick(popup.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: names().index("island") < names().index("species"))
    qtbot.waitUntil(lambda: page.state.worker.is_idle)
    popup.close()
    fresh = DetectPage(page.state)
    qtbot.addWidget(fresh)
    qtbot.waitUntil(lambda: fresh.results.current() is not None)
    assert [c.name for c in fresh.results.model.columns] == names()
    page.state.undo()
    page.state.undo()
    qtbot.waitUntil(lambda: names() == before)


def test_a_column_beyond_those_on_show_brings_its_cells(page, qtbot):
    page.results.columns._choose(["rank", "year", "reason", "flipper_length_mm"])
    qtbot.waitUntil(lambda: page.results.model.shown == ("year", "flipper_length_mm"))
    item = page.results.model.held(0)
    assert page.results.model.cell(item, 1) == item["cells"][0]
    assert len(item["cells"]) == 2
    page.results.columns._choose([])
    qtbot.waitUntil(lambda: len(page.results.model.columns) > 4)


def test_next_months_file_is_compared_before_it_is_scored(page, tmp_path, qtbot):
    from core.data.samples import sample

    lines = sample("penguins").path.read_text().splitlines()[:120]
    file = tmp_path / "april.csv"
    file.write_text("\n".join(",".join(line.split(",")[1:]) for line in lines).replace("sex", "Sex"))
    page.state.open_moved(file)
    qtbot.waitUntil(lambda: page.state.source["name"] == "april.csv")
    qtbot.waitUntil(page.question.score.isEnabled)
    assert page.question.isVisible()
    said = page.question.differences.text()
    assert "species" in said
    assert "Sex" in said
    page.question.score.click()
    qtbot.waitUntil(lambda: page._job() is None and page.stack.currentWidget() is page.results)
    assert page.state.run["rows"] == 119
    assert "species" in page.results.banner.words.accessibleName()


def test_changed_roles_make_the_scores_stale_and_offer_to_score_again(page, qtbot):
    page.state.set_column("year", role=Role.IGNORE)
    assert not page.results.stale.isHidden()
    page.results.stale.link.click()
    assert page.question.isVisible()
    page.question.back.click()
    assert page.stack.currentWidget() is page.results


def test_a_changed_kind_makes_the_scores_stale(page, qtbot):
    kind = page.state.schema["year"].kind
    page.state.set_column("year", kind=Kind.CATEGORY)
    assert not page.results.stale.isHidden()
    page.state.set_column("year", kind=kind)
    assert page.results.stale.isHidden()


def test_finding_asks_one_question_and_passes_the_answer_on(page, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(page.state, "find_anomalies", lambda reference, model: asked.append((reference, model)))
    page._ask_again()
    assert page.primary().id == "detect.find"
    page.question.clean.setChecked(True)
    page.question.model.set_value("mixture")
    page.question.begin.click()
    assert asked == [("clean", "mixture")]


def test_names_are_unique_on_the_page(page):
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, ThresholdPlot)
    named = {w for part in (page, page.panel) for kind in kinds for w in part.findChildren(kind) if w.isVisible()}
    inner = {w for w in named if isinstance(w.parent(), QAbstractSpinBox | QComboBox)}
    names = [w.accessibleName() for w in named - inner]
    assert all(names)
    assert len(names) == len(set(names)), sorted(names)


def test_nothing_to_score_leads_to_opening_a_table(window):
    window.go("detect")
    page = window.page()
    assert page.stack.currentWidget() is page.empty
    assert page.primary().enabled() is False
    assert page.inspector() is None
