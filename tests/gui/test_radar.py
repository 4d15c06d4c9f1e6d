"""The radar and the attacks in the window: what is found is told in words, and there is a way there and back."""

from __future__ import annotations

import pytest

from gui.pages.synthesize import SynthesizePage
from gui.panels.attacks import AttackCard, AttackSummary
from gui.text import tr
from gui.widgets import Glyph, Label, MetricRuler

from .fakes import FakeState, FakeWorker
from .test_synthesize_page import REPORT

FOUND = {
    "fit": "f", "rows": 4201, "treat": "drop", "singled_out": 1,
    "top": [{"row": 12, "exposure": 0.997, "surprise": 0.998, "alone": 0.997, "distance": 0.3, "shared_by": 1,
             "condition": "age >= 90",
             "reason": {"key": "radar.only", "values": {"condition": "age >= 90", "rows": 1}}}],
    "histogram": {"edges": [0.0, 0.5, 1.0], "counts": [5, 3]},
    "effect": {"rows": 1, "before": 0.997, "after": 0.9, "changed": 1, "singled_before": 1, "singled_after": 0},
}


class Looking(FakeWorker):
    """Answers a job at once."""

    def submit(self, request, title, *, on_done=None, on_failed=None, icon=""):
        self.asked.append(("job", request))
        on_done({**FOUND, "treat": request.treat})


@pytest.fixture
def state():
    made = FakeState(Looking(lambda _request: {}))
    made.fit = {"model": "default", "id": "f"}
    return made


@pytest.fixture
def page(qtbot, state):
    made = SynthesizePage(state)
    qtbot.addWidget(made)
    return made


def texts(widget):
    return [label.text() for label in widget.findChildren(Label)]


def test_exposed_rows_are_named_with_what_is_true_of_them_alone(page, state):
    next(a for a in page.actions() if a.id == "synth.radar").run()
    assert page.stack.currentWidget() is page.radar
    assert "the only row with age >= 90" in texts(page.radar.exposed)
    assert "0.997" in texts(page.radar.exposed)
    page.radar.how.button("smooth").click()
    assert state.worker.asked[-1][1].treat == "smooth"
    next(a for a in page.actions() if a.id == "synth.radar").run()
    assert page.stack.currentWidget() is not page.radar


def test_what_was_found_of_another_fit_is_not_shown(page, state):
    page.radar.open()
    assert page.radar._is_known()
    state.fit = {"model": "default", "id": "g"}
    state.fit_changed.emit()
    assert not page.radar._is_known()
    assert page.stack.currentWidget() is not page.radar


def test_a_leak_stands_out_among_the_attacks_by_sign_and_word(qtbot):
    card = AttackCard()
    qtbot.addWidget(card)
    card.show_report(REPORT)
    assert [g.name for g in card.findChildren(Glyph)] == ["warnt"]
    assert len(card.findChildren(MetricRuler)) == 1
    fine = {**REPORT, "notes": [], "leaks": []}
    summary = AttackSummary(fine)
    qtbot.addWidget(summary)
    assert tr("gui_attacks.fine", count=1, all=1) in texts(summary)


def test_an_attack_without_reference_rows_shows_its_figure_alone(qtbot):
    card = AttackCard()
    qtbot.addWidget(card)
    report = {
        **REPORT, "privacy": {"shadows": 0.53}, "references": {"holdout": {"shadows": None}}, "notes": [],
        "metrics": [{"key": "shadows", "group": "privacy", "share": False}], "intervals": {"shadows": [0.5, 0.56]},
    }
    card.show_report(report)
    assert not card.findChildren(MetricRuler)
    assert "0.530" in texts(card)
