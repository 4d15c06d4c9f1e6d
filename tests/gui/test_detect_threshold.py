"""The threshold of the Detect page: dragged, typed, refused."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from core.detect.calibrate import conformal_p_values
from core.detect.threshold import Basis, Contract, apply
from core.stats.tails import Pareto
from gui.panels.threshold import ThresholdCard
from gui.widgets.threshold import ThresholdPlot, score_bins


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
