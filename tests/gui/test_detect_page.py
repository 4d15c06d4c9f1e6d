"""Detect: what an analyst would lose if it broke."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit

from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.detect.calibrate import conformal_p_values
from core.detect.threshold import Basis, Contract, apply
from core.stats.tails import Pareto
from core.words import Message
from gui.items.groups import GroupsModel
from gui.items.pages_model import CELL, Page
from gui.items.ranked import RankedModel, ranked_columns, split_reason
from gui.pages.detect import DetectPage
from gui.panels.group import GroupPanel
from gui.panels.reasons import ReasonBars, rich_reason
from gui.panels.row import RowPanel
from gui.panels.threshold import ThresholdCard
from gui.widgets.threshold import ThresholdPlot, score_bins

RANGE = Message("detect.expected.range", {"low": "12", "high": "140"})


def reason(key="detect.reason.outside", **values):
    said = {"column": "amount", "value": "9,400", "expected": RANGE}
    return Message(key, {**said, **values}).to_json()


def item(rank, row=None):
    return {
        "row": 100 + rank if row is None else row, "key": f"P-{rank}", "rank": rank, "score": 50.0 - rank,
        "p_value": None, "in_sample": False, "column": "amount", "reason": reason(),
        "cells": [f"P-{rank}", "Volt", "9,400"], "title": "Volt",
        "subtitle": "14 Mar · card 7731", "amount": "9,400", "time": "",
    }


SCHEMA = Schema((
    ColumnSpec("id", Kind.ID, Role.ID), ColumnSpec("merchant", Kind.CATEGORY), ColumnSpec("amount", Kind.NUMBER),
))


# the ranked rows


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


# the threshold


@pytest.fixture
def plot(qtbot):
    made = ThresholdPlot("threshold")
    qtbot.addWidget(made)
    made.resize(600, 220)
    made.set_scores(np.random.default_rng(0).gamma(2, 4, 5_000))
    made.set_threshold(100, float(np.sort(made.scores)[-100]))
    made.show()
    return made


def test_dragging_reads_in_rows(plot, qtbot):
    wished = []
    plot.wished.connect(wished.append)
    room = plot._room()
    target = float(np.sort(plot.scores)[-400])
    x = round(plot._x(target))
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=QPoint(x, int(room.center().y())))
    qtbot.mouseMove(plot, QPoint(x, int(room.center().y())))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=QPoint(x, int(room.center().y())))
    assert wished
    assert abs(wished[-1] - 400) < 60  # a pixel is some rows wide


def test_arrow_keys_move_by_rows_and_never_flag_none(plot, qtbot):
    wished = []
    plot.wished.connect(wished.append)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(plot, Qt.Key.Key_End)
    assert wished == [99, 101, 110, 1]
    assert plot.accessibleDescription().startswith("100 rows flagged")


@pytest.mark.parametrize("scores", [[3.0], [2.0, 2.0, 2.0], [-5.0, -1.0, np.inf], [0.1, 0.2, 0.3, 900.0], [np.inf]])
def test_odd_scores_still_make_a_picture(qtbot, scores):
    plot = ThresholdPlot("threshold")
    qtbot.addWidget(plot)
    plot.set_scores(np.array(scores))
    plot.set_threshold(1, max(scores))
    assert plot.counts.sum() == np.isfinite(scores).sum() or not np.isfinite(scores).any()
    assert not plot.grab().isNull()


def test_bins_count_every_row_and_turn_logarithmic_for_a_long_tail():
    rng = np.random.default_rng(1)
    scores = rng.normal(20, 3, 10_000)
    axis, counts = score_bins(scores)
    assert list(counts) == list(np.histogram(scores, len(counts))[0])
    assert not axis.log
    far = np.append(rng.gamma(2, 1, 10_000), 5_000)
    axis, counts = score_bins(far)
    assert axis.log
    assert counts[-1] == 1
    assert counts.sum() == len(far)


def test_typing_a_budget_or_a_share_wishes_that_contract(qtbot):
    card, wished = ThresholdCard(), []
    qtbot.addWidget(card)
    card.wished.connect(wished.append)
    scores = np.sort(np.random.default_rng(2).gamma(2, 4, 2_000))
    p = np.linspace(1, 0.0005, 2_000)
    card.set_scores(scores, "nats of surprise", p, Basis(1999))
    card.show_threshold(apply(Contract.parse("budget:50"), scores, p), 0.02)
    assert wished == []  # showing is not wishing
    card.fields["budget"][0].setValue(80)
    card.contract.button("fdr").click()
    card.show_threshold(apply(Contract.parse("fdr:0.1"), scores, p), None)
    card.fields["fdr"][0].setValue(20)
    assert wished == ["budget:80", "fdr:0.1", "fdr:0.2"]


def test_all_four_contracts_are_typed_and_drawn_on_one_plot(qtbot):
    card, wished = ThresholdCard(), []
    qtbot.addWidget(card)
    card.wished.connect(wished.append)
    rng = np.random.default_rng(3)
    calibration, scores = np.sort(rng.gamma(2, 4, 1_000)), rng.gamma(2, 4, 2_000)
    scores[:60] += 60
    p, basis = conformal_p_values(calibration, scores), Basis(1_000, Pareto.of(calibration))
    card.set_scores(scores, "nats", p, basis)
    for kind in Contract.kinds():
        card.contract.button(kind.key).click()
        shown = Contract.parse(wished[-1] if wished else "budget:100")
        assert shown.key == kind.key
        found = apply(shown, scores, p, basis)
        card.show_threshold(found, None)
        qtbot.waitUntil(lambda: len(card.plot.marks) == 3)
        assert {f.accessibleName() for f in card.fields[kind.key] if not f.isHidden()} - {""}
        others = {card.contract.button(k.key).text() for k in Contract.kinds() if k is not kind}
        assert {name for name, _ in card.plot.marks} == others
        assert all(name in card.plot.accessibleDescription() for name in others)
        card.plot.set_marks([])
    card.fields["cost"][1].setValue(40)
    assert wished[-1] == "cost:1,40"
    assert not card.grab().isNull()


def test_a_cut_that_is_refused_is_not_drawn(qtbot):
    card = ThresholdCard()
    qtbot.addWidget(card)
    rng = np.random.default_rng(3)
    calibration, scores = np.sort(rng.normal(size=150)), rng.normal(size=400)
    p, basis = conformal_p_values(calibration, scores), Basis(150)
    card.set_scores(scores, "nats", p, basis)
    card.fields["tail"][0].setValue(1_000)  # longer odds than 150 rows tell
    card.show_threshold(apply(Contract.parse("budget:50"), scores, p, basis), None)
    qtbot.waitUntil(lambda: not card._marking.isActive())
    assert card.contract.button("tail").text() not in {name for name, _ in card.plot.marks}


def test_the_mix_is_shown_only_where_it_is_known(qtbot):
    card = ThresholdCard()
    qtbot.addWidget(card)
    scores = np.sort(np.random.default_rng(2).gamma(2, 4, 2_000))
    card.set_scores(scores, "nats", None, Basis(lack="mixed"))
    card.show_threshold(apply(Contract.parse("budget:50"), scores), None)
    assert card.mix.isHidden()
    assert "known to be normal" in card.contract.button("fdr").toolTip()


@pytest.mark.parametrize(("basis", "key", "why"), [
    (Basis(lack="mixed"), "fdr", "known to be normal"), (Basis(lack="drift"), "cost", "differently"),
    (Basis(lack="columns"), "tail", "columns"),
])
def test_a_refused_contract_says_why_and_offers_the_one_that_holds(qtbot, basis, key, why):
    card, wished = ThresholdCard(), []
    qtbot.addWidget(card)
    card.wished.connect(wished.append)
    scores = np.sort(np.random.default_rng(2).gamma(2, 4, 2_000))
    card.set_scores(scores, "nats", None, basis)
    card.show_threshold(apply(Contract.parse("budget:50"), scores, None), None)
    card.contract.button(key).click()
    assert not wished
    assert not card.refusal.isHidden()
    assert why in card.refusal.why.text()
    assert card.sentence.isHidden()
    assert card.plot.value() == 50, "the threshold in force stays"
    card.refusal.use.click()
    assert wished == ["budget:100"]
    card.show_threshold(apply(Contract.parse("budget:100"), scores, None), None)
    assert card.refusal.isHidden()
    assert card.contract.value() == "budget"


def test_odds_that_too_few_rows_tell_are_refused_until_shorter_ones_are_typed(qtbot):
    card, wished = ThresholdCard(), []
    qtbot.addWidget(card)
    card.wished.connect(wished.append)
    rng = np.random.default_rng(3)
    calibration, scores = np.sort(rng.normal(size=150)), rng.normal(size=400)
    p, basis = conformal_p_values(calibration, scores), Basis(150)
    card.set_scores(scores, "nats", p, basis)
    card.show_threshold(apply(Contract.parse("budget:50"), scores, p, basis), None)
    card.contract.button("tail").click()
    assert "150 calibration rows" in card.refusal.why.text()
    card.fields["tail"][0].setValue(20)
    assert wished == ["tail:0.05"]


# the row


def cell(column, excess, **values):
    base = {"column": column, "kind": "number", "value": "9,400", "surprise": excess + 1, "excess": excess,
            "expected": RANGE.to_json(), "low": 12.0, "high": 140.0, "number": 9400.0, "log": True,
            "density": {"edges": [1, 10, 100, 1000], "counts": [2, 9, 3]}, "shares": None}
    return {**base, **values}


def test_the_sentence_puts_in_bold_what_matters_and_escapes_the_rest():
    html = rich_reason(reason(value="<b>9</b> & 1"))
    assert "<b>" not in html
    assert "font-weight:600'>&lt;b&gt;9&lt;/b&gt; &amp; 1</span>" in html
    assert "font-weight:600'>12 to 140</span>" in html


def test_reasons_are_at_most_four_and_ember_only_when_they_surprise(qtbot):
    bars = ReasonBars()
    qtbot.addWidget(bars)
    bars.show_cells([cell("amount", 17.9), cell("hour", 2.0), *(cell(f"c{i}", 0.0) for i in range(7))])
    used = [line for line in bars.lines if not line.isHidden()]
    assert [line.name.text() for line in used] == ["amount", "hour"]
    assert [line.bar.fill for line in used] == ["ember_fill", "neutral_fill"]
    assert bars.rest.text() == "7 more as expected"


def test_columns_that_disagree_are_one_line(qtbot):
    bars = ReasonBars()
    qtbot.addWidget(bars)
    pair = [{**cell("education", 9.0), "partner": "education_num"}, cell("hours", 3.0), cell("education_num", 8.5)]
    bars.show_cells(pair)
    used = [line for line in bars.lines if not line.isHidden()]
    assert [line.name.text() for line in used] == ["education and education_num", "hours"]
    assert used[0].value.text() == "9,400 · 9,400"
    assert used[0].expected.text() == "they disagree; expected 12 to 140, or else 12 to 140"
    bars.show_cells([cell("education", 9.0), cell("education_num", 8.5)])
    assert [line.name.text() for line in bars.lines[:2]] == ["education", "education_num"]


def test_the_panel_tells_rarity_first_and_answers_to_another_row_are_dropped(qtbot):
    panel = RowPanel()
    qtbot.addWidget(panel)
    panel.rows = 30_000
    panel.show_item({**item(2), "p_value": 0.0001, "in_sample": True}, (0.0, 50.0), 14.0, "nats of surprise")
    assert panel.meaning.text().startswith("One in 15,000 rows of this table scores this high. p = 0.0001.")
    answer = {"row": 102, "reason": reason(), "cells": [cell("amount", 9.0)], "nearest": [], "entity": None}
    panel.show_details({**answer, "row": 5})
    assert not panel.waiting.isHidden()
    panel.show_details(answer)
    assert panel.waiting.isHidden()
    assert not panel.strip.isHidden()


def told(row=102, **answer):
    change = {"column": "amount", "from": "9,400", "to": {"missing": "null"}}
    base = {"row": row, "changes": [change], "enough": True, "after": 9.5, "limit": 12.0, "sentence": reason()}
    return {**base, **answer}


def test_the_smallest_change_is_told_value_by_value_and_forgotten_with_the_row(qtbot):
    panel = RowPanel()
    qtbot.addWidget(panel)
    panel.rows = 30_000
    panel.show_item(item(2), (0.0, 50.0), 14.0, "nats")
    panel.change.ask()
    assert not panel.change.button.isEnabled()
    panel.change.show_answer(told())
    line = panel.change.lines.itemAt(0).widget()
    assert line.accessibleName() == "amount: 9,400 to missing"
    assert panel.change.note.text().startswith("would be enough: the score falls to 9.5")
    panel.change.show_answer(told(enough=False))
    assert panel.change.lines.count() == 1
    assert "not enough" in panel.change.note.text()
    panel.show_item(item(2), (0.0, 50.0), 14.0, "nats")
    assert panel.change.has_answer, "the same row keeps its answer"
    panel.show_item(item(3), (0.0, 50.0), 14.0, "nats")
    assert not panel.change.has_answer
    assert panel.change.lines.count() == 0


def test_a_row_that_nothing_helps_is_told_in_a_sentence(qtbot):
    panel = RowPanel()
    qtbot.addWidget(panel)
    panel.change.show_answer(told(changes=[], enough=False))
    assert panel.change.note.text() == rich_reason(reason()).replace("<span style='font-weight:600'>", "").replace(
        "</span>", "")


def test_the_panel_says_who_ranked_and_who_explained_where_these_are_two(qtbot):
    panel = RowPanel()
    qtbot.addWidget(panel)
    panel.rows = 100
    panel.show_item(item(2), (0.0, 50.0), 14.0, "nats")
    answer = {"row": 102, "reason": reason(), "cells": [cell("amount", 9.0, fall=3.25)], "nearest": [], "entity": None}
    titles = {d: Message(f"models.{k}.title").to_json() for d, k in (("ranks", "council"), ("explains", "mixture"))}
    panel.show_details({**answer, "engines": titles})
    assert panel.engines.text() == "Ranked by Council, explained by Mixture."
    assert panel.bars.lines[0].expected.text() == "score −3.2 with expected 12 to 140"
    panel.show_details({**answer, "engines": {**titles, "explains": titles["ranks"]}})
    assert panel.engines.isHidden()


def test_rows_of_the_same_card_lead_to_their_ranks(qtbot):
    panel, gone = RowPanel(), []
    qtbot.addWidget(panel)
    panel.rows = 100
    panel.row_wished.connect(lambda row, rank: gone.append((row, rank)))
    panel.show_item(item(1, row=3), (0.0, 50.0), None, "nats")
    events = [{"row": r, "time": r, "amount": 1.0, "flagged": r in (3, 9), "rank": r, "parts": ["Volt", f"{r}"]}
              for r in range(12)]
    panel.show_details({"row": 3, "reason": reason(), "cells": [], "nearest": [],
                        "entity": {"column": "card", "value": "7731", "total": 12, "events": events}})
    assert panel.entity.note.text() == "12 rows, 2 flagged"
    next(b for b in panel.entity.findChildren(QAbstractButton) if b.text() == "Rank 9").click()
    assert gone == [(9, 9)]


# the whole page on a real table


@pytest.fixture
def page(user, make_window, qtbot):
    from core.paths import projects_dir

    window = make_window()
    window.state.open_project(projects_dir() / "penguins.likeness")
    qtbot.waitUntil(lambda: window.state.profile is not None)
    window.go("detect")
    made = window.page()
    qtbot.waitUntil(lambda: made.results.current() is not None and made.panel.waiting.isHidden())
    return made


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
    qtbot.waitUntil(change.button.isEnabled, timeout=20_000)
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


# groups


def group(number=1, **values):
    base = {
        "group": number, "column": "card", "entity": "7731", "first": "2026-03-14 03:12", "last": "2026-03-14 05:40",
        "moments": [1_773_457_920_000_000, 1_773_466_800_000_000], "count": 2, "window": 3, "score": 44.9,
        "p_value": 4.8e-5, "share": 0.001, "expected": 0.003, "rows": [101, 104], "title": "Volt",
        "says": Message("groups.says", {"count": 2, "rows": 3, "top": 64}).to_json(), "reason": reason(),
    }
    return {**base, **values}


TOTAL = {"tested": 4_640, "by_chance": 46.4, "held": 35, "total": 145}


def test_a_group_says_whose_it_is_how_far_from_chance_and_why():
    model = GroupsModel(lambda start, count, done, failed: done(Page(1, [group()])))
    model.restart()
    shown = {c.name: model.index(0, i).data() for i, c in enumerate(model.columns)}
    assert shown["entity"] == "card 7731"
    assert shown["rows"] == "2 of 3"
    assert shown["chance"] == "1 in 21,000"
    assert shown["when"] == "14 Mar 03:12 – 14 Mar 05:40"
    assert model.data(model.index(0, model.column_of("reason")), CELL)[0] == "amount 9,400;"


def test_the_panel_of_a_group_shows_its_rows_and_drops_answers_to_another(qtbot):
    panel, gone = GroupPanel(), []
    qtbot.addWidget(panel)
    panel.rank_wished.connect(gone.append)
    panel.show_item(group(), TOTAL)
    assert panel.title.whole() == "card 7731"
    assert "64 strangest" in panel.says.text()
    members = [item(4, row=101), item(9, row=104)]
    events = [{"row": r, "time": 1_773_457_920_000_000 + r, "amount": 1.0, "flagged": r != 102, "rank": r,
               "parts": ["Volt", "9,400"]} for r in (101, 102, 104)]
    answer = {"items": [group()], "members": members, "events": events}
    panel.show_members({**answer, "items": [group(2)]})
    assert panel.members == []
    panel.show_members(answer)
    assert [m["row"] for m in panel.members] == [101, 104]
    assert not panel.times.isHidden()
    next(b for b in panel.findChildren(QAbstractButton) if b.text() == "Rank 9").click()
    assert gone == [9]


def test_where_nothing_says_whose_rows_they_are_the_way_to_set_it_is_shown(page, qtbot):
    page.results.views.go("groups")
    qtbot.waitUntil(lambda: not page.results.groups.empty.isHidden())
    assert page.results.groups.grid.isHidden()
    assert page.inspector() is None
    assert not page._can_add()
    gone = []
    page.state.page_wanted.connect(gone.append)
    page.results.groups.empty.findChildren(QAbstractButton)[0].click()
    assert gone == ["data"]


def test_all_rows_of_a_group_join_the_review_at_once(page, qtbot):
    groups, before = page.results.groups, len(page.state.session.cases)
    known = page.results.model.held(0)
    assert any(c.key == known["key"] for c in page.state.session.cases)
    rows = [known, *({**page.results.model.held(r), "key": f"#another{r}"} for r in (1, 2, 3))]
    page.results.views.go("groups")
    qtbot.waitUntil(lambda: not groups.empty.isHidden())
    groups.panel.show_item(group(), TOTAL)
    groups.panel.show_members({"items": [group()], "members": rows, "events": []})
    page._row_changed()
    assert page.inspector() is groups.panel
    assert groups.panel.review.isEnabled()
    groups.panel.review.click()
    assert len(page.state.session.cases) == before + 3, "one was there"
    assert not groups.panel.review.isEnabled()
    assert groups.panel.review_note.whole() == "In the review"
