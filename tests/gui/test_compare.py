"""Comparing models and honest doubt: what an analyst would be told wrongly, or a reviewer would see too early."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from core.project.project import Project
from core.review.estimates import RANDOM, TOP, Standing, Tally
from core.review.queue import Case
from core.review.session import Session
from gui.panels.doubt import DoubtLine
from gui.panels.selftest import ComparePanel, ModelsCard, SelfTestCard
from gui.text import tr
from gui.widgets.found import FoundBars, FoundLine

KINDS = ("global", "collective", "cell")


def engine(key, found, **more):
    return {
        "key": key, "title": {"key": f"detect.member.{key}", "values": {}} if key != "ranks" else
        {"key": "models.council.title", "values": {}}, "seated": False, "found": found,
        "low": [max(f - 0.1, 0) for f in found], "high": [min(f + 0.1, 1) for f in found],
        "correlation": 0.8, "overlap": 0.5, **more,
    }


def result(**more):
    return {
        "fit": "f", "kinds": list(KINDS), "made": 100, "rows": 2_000, "learned": 5_000, "top": 100,
        "reference": "mixed", "labels": None,
        "engines": [engine("ranks", [0.72, 0.0, 0.4]), engine("lof", [0.2, 0.35, 0.5], seated=True)], **more,
    }


# the bars


def test_the_kinds_are_said_with_their_intervals_and_chosen_by_keys(qtbot):
    card = SelfTestCard()
    qtbot.addWidget(card)
    card.show_result(result())
    assert card.sentence.text().startswith("Best at scattered values: 72% found in the first 100. Worst at bursts: 0%")
    assert "Scattered values: 72% found, 95% interval 62% to 82%" in card.kinds.accessibleDescription()
    assert [known.text for known in card.engines.lines] == ["Council", "Local outlier factor"]
    qtbot.keyClick(card.kinds, Qt.Key.Key_Down)
    assert "bursts" in card.kind.text()
    assert [known.text for known in card.engines.lines] == ["Local outlier factor", "Council"], "the best first"
    assert [known.is_used for known in card.engines.lines] == [False, True]
    qtbot.keyClick(card.kinds, Qt.Key.Key_End)
    assert card.kinds.place == 2


def test_bars_that_cannot_be_chosen_keep_the_focus_away(qtbot):
    bars = FoundBars("bars")
    qtbot.addWidget(bars)
    bars.set([FoundLine("a", 0.0, 0.0, 0.0), FoundLine("b", 1.0, 1.0, 1.0, "note")])
    assert bars.focusPolicy() == Qt.FocusPolicy.NoFocus
    bars.choose(1)
    assert bars.place == 0
    assert not bars.grab().isNull()


def test_label_figures_show_only_where_there_is_a_label_and_say_that_nothing_saw_it(qtbot):
    card = ModelsCard()
    qtbot.addWidget(card)
    card.show_result(result())
    assert card.labels.isHidden()
    assert not any("AUROC" in label.text() for label in card.findChildren(QLabel) if not label.isHidden())
    judged = {key: {"auroc": 0.9, "average_precision": 0.2} for key in ("ranks", "lof")}
    card.show_result(result(labels={"column": "is_fraud", "rows": 7_000, "anomalies": 64, "engines": judged}))
    assert "No engine and no choice ever saw it" in card.labels.text()
    assert any("AUROC" in label.text() for label in card.findChildren(QLabel) if not label.isHidden())


# in the window


@pytest.fixture
def opened(user, make_window, qtbot):
    window = make_window()
    window.go_on()
    qtbot.waitUntil(lambda: window.state.run is not None and window.state.worker.is_idle)
    window.go("detect")
    qtbot.waitUntil(lambda: window.state.worker.is_idle)
    return window


def action(window, name):
    return next(a for a in window.page().actions() if a.id == name)


def test_models_are_compared_once_and_kept_with_the_fit(opened, qtbot):
    page = opened.page()
    action(opened, "detect.compare").run()
    compare: ComparePanel = page.compare
    qtbot.waitUntil(lambda: compare.result is not None)
    assert compare.stack.currentWidget() is compare.shown
    qtbot.waitUntil(lambda: compare.models.grid.count() > len(compare.result["engines"]))
    assert compare.result["fit"] == opened.state.fit["id"]
    assert page.models.text() == tr("gui_compare.back")
    assert tr("gui_compare.mixed") in compare.note.words.accessibleName()
    jobs = len(opened.state.worker.jobs)
    qtbot.keyClick(compare.found.kinds, Qt.Key.Key_Escape)
    assert page.stack.currentWidget() is page.results
    compare.result = None
    action(opened, "detect.compare").run()
    assert compare.result is not None, "read from the project"
    assert len(opened.state.worker.jobs) == jobs


def test_a_comparison_that_was_stopped_can_be_begun_again(opened, qtbot):
    page = opened.page()
    opened.state.worker._job.holds = True
    action(opened, "detect.compare").run()
    assert page.compare.stack.currentWidget() is page.compare.busy
    page.compare.busy.stop.click()
    qtbot.waitUntil(lambda: page.compare.stack.currentWidget() is page.compare.asking)
    opened.state.worker._job.holds = False
    page.compare.start.click()
    qtbot.waitUntil(lambda: page.compare.result is not None)


def test_rows_drawn_at_random_join_the_review_and_leave_it_again(opened, qtbot):
    state = opened.state
    before = len(state.session.cases)
    action(opened, "detect.doubt").run()
    qtbot.waitUntil(lambda: state.session.is_blind)
    assert opened.page_key == "review"
    assert state.session.standing.random.cases == RANDOM
    assert state.session.standing.top.cases == TOP
    opened.go("detect")
    assert opened.page().results.doubt.is_open
    state.undo()
    assert len(state.session.cases) == before
    state.redo()
    assert state.session.is_blind


def test_nothing_is_told_before_the_last_verdict_and_then_it_is(opened, qtbot):
    state = opened.state
    action(opened, "detect.doubt").run()
    qtbot.waitUntil(lambda: state.session.is_blind)
    page = opened.page()
    while state.session.standing.missing:
        assert page.counters["precision"][0].text() == "–"
        assert page.queue.model().is_blind == state.session.is_blind
        state.session.decide(state.session.position, "normal")
        page.queue.model().refresh()
    state.verdicts_changed.emit()
    assert page.counters["precision"][1].text() == tr("gui_review.precision.no_better")
    assert "random" in page.counters["precision"][2].text()
    opened.go("detect")
    doubt = opened.page().results.doubt
    assert doubt.tone == "warn"
    assert doubt.words.accessibleName().startswith("The top is no better than random")
    assert doubt.link.isHidden(), "none of twenty: no number of random rows would tell more"


def test_a_low_window_keeps_one_line_over_the_threshold(opened, qtbot):
    results = opened.page().results
    assert results.banner.isVisible()
    assert results.doubt.isVisible()
    opened.resize(1000, 700)
    qtbot.waitUntil(lambda: not results.banner.isVisible())
    assert results.doubt.isVisible()
    opened.state.run["notes"] = [{"key": "detect.drift", "values": {}}]
    results.say_banner()
    assert results.banner.isVisible(), "news of the file come first"
    assert not results.doubt.isVisible()


# the line


def line_of(qtbot, standing):
    line = DoubtLine()
    qtbot.addWidget(line)
    line.show_standing(standing)
    return line


def test_without_verdicts_it_says_what_would_settle_it(qtbot):
    line = line_of(qtbot, Standing())
    assert line.link.text() == "Label 30 rows"
    assert "10 of them at random" in line.words.accessibleName()
    with qtbot.waitSignal(line.wished):
        line.link.click()


def test_with_verdicts_on_the_top_alone_only_random_rows_are_missing(qtbot):
    line = line_of(qtbot, Standing(Tally(100, 50, 50, 25)))
    assert "50% (95% interval 37% to 63%)" in line.words.accessibleName()
    assert line.link.text() == "Label 10 random rows"


def test_better_is_said_in_another_tone_and_offers_nothing_more(qtbot):
    line = line_of(qtbot, Standing(Tally(TOP, TOP, TOP, 12), Tally(RANDOM, RANDOM, RANDOM, 0)))
    assert line.tone == "ok"
    assert line.words.accessibleName().startswith("The top is better than random: 12 of 20")
    assert line.link.isHidden()


def test_half_way_it_leads_back_to_the_review(qtbot):
    line = line_of(qtbot, Standing(Tally(TOP, 3, 3, 1), Tally(RANDOM, 1, 1, 0)))
    assert "26 verdicts are missing" in line.words.accessibleName()
    with qtbot.waitSignal(line.back):
        line.link.click()


def test_who_may_only_read_is_not_offered_to_write(qtbot):
    line = DoubtLine()
    qtbot.addWidget(line)
    line.show_standing(Standing(), can_write=False)
    assert line.link.isHidden()


def test_a_line_of_the_queue_hides_how_unusual_a_case_is_while_some_are_blind(tmp_path, qtbot):
    from gui.items.queue_model import QueueModel

    with Project.open(tmp_path / "p.likeness", create=True) as project:
        session = Session(project.journal, [Case(f"P-{i}", i, 9.0 - i, i + 1) for i in range(3)], run="r")
        model = QueueModel(session, lambda *_: None)
        assert not model.is_blind
        session.draw([Case("P-90", 90, 0.1, 91, is_top=False, is_random=True, place=2)])
        model.refresh()
        assert model.is_blind
        assert model.rowCount() == 4
        session.decide("P-90", "normal")
        model.refresh()
        assert not model.is_blind
