"""The steps of a copy: what a steward can say, see and do in each, over the real engine where it matters."""

from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui import pictures
from gui.dialogs.rule import RuleSheet
from gui.pages._broken import BROKEN
from gui.pages._rulebook import rules_of
from gui.pages.synthesize import SynthesizePage
from gui.panels import filling
from gui.panels.fairness import FairnessCard
from gui.text import tr
from gui.widgets import Badge, CategoryBars, IconButton, Label

from .fakes import FakeState, FakeWorker
from .test_synthesize_page import COLUMNS, REPORT, SAMPLE

LONG = 30_000
"""Milliseconds: none of these waits is a matter of speed."""
HEAVY = {"kind": "bounds", "column": "body_mass_g", "low": None, "high": 5000.0}


@pytest.fixture
def state():
    samples = {"real_sample": SAMPLE, "synthetic_sample": SAMPLE}
    compared = {"columns": COLUMNS, "real_rows": 8, "synthetic_rows": 83, **samples}
    made = FakeState(FakeWorker(lambda _request: dict(compared)))
    made.did = lambda *_step: None
    return made


@pytest.fixture
def page(qtbot, state):
    made = SynthesizePage(state)
    qtbot.addWidget(made)
    qtbot.addWidget(made.inspector())
    return made


@pytest.fixture
def window(user, make_window, qtbot):
    """On the Synthesize page of the scored penguins, with a copy that was drawn and measured."""
    made = make_window()
    made.state.open_project(made.state.settings.last)
    made.go("synthesize")
    qtbot.waitUntil(lambda: made.state.report is not None and made.state.profile is not None, timeout=LONG)
    return made


def act(page, name):
    next(a for a in page.actions() if a.id == name).run()


def test_each_step_has_a_key_and_brings_what_belongs_to_it(page, state):
    assert page.bench.step() == "generate", "before anything is drawn"
    keys = {a.keys[0]: a.id for a in page.actions() if a.keys}
    assert [keys[str(n)] for n in (1, 2, 3, 4)] == ["synth.roles", "synth.generate", "synth.compare", "synth.risk"]
    act(page, "synth.risk")
    assert page.bench.stack.currentWidget() is page.bench.areas["risk"]
    assert page.inspector().choice.value() == "gate"
    act(page, "synth.generate")
    assert page.inspector().choice.value() == "draw"
    assert state.position("synthesize")["step"] == "generate"


def test_a_copy_that_was_just_drawn_is_compared(page, state):
    state.copy = {"rows": 83, "seed": 0, "where": "", "fit": "f", "out": "copy.parquet"}
    state.copy_changed.emit()
    assert page.bench.step() == "compare"
    act(page, "synth.roles")
    state.report = REPORT
    state.copy_changed.emit()
    assert page.bench.step() == "roles", "its report moves nobody"


def test_columns_marked_as_sensitive_are_measured_and_counted(window, qtbot):
    page, state = window.page(), window.state
    page._turn("roles")
    page.bench.roles.switches["sex"].click()
    assert state.sensitive == ["sex"]
    assert "1 sensitive" in page.bench.strip.buttons["roles"].note
    assert page.bench.fairness.measure.isVisibleTo(page.bench.fairness), "the report knows nothing of them"
    page.bench.fairness.measure.click()
    qtbot.waitUntil(lambda: (state.report or {}).get("sensitive") == ["sex"], timeout=LONG)
    assert page.bench.fairness.findChildren(CategoryBars)
    state.undo()
    assert state.sensitive == []
    assert not page.bench.roles.switches["sex"].isChecked()


def test_what_a_copy_widens_is_flagged_and_groups_without_rows_have_no_rate(qtbot):
    groups = [("f", 0.5, 0.3), ("m", 0.5, 0.7), ("x", 0.1, 0.1)]
    shares = [{"column": "sex", "group": g, "real": a, "synthetic": b, "is_short": b < a} for g, a, b in groups]
    rates = [{"column": "sex", "group": g, "real": 0.2, "synthetic": None if g == "x" else 0.4} for g, _, _ in groups]
    gap = {"column": "sex", "real": 0.1, "synthetic": 0.3, "is_amplified": True}
    details = {"representation": {"groups": shares},
               "outcomes": {"groups": rates, "gaps": [gap], "target": "income", "outcome": ">50K"}}
    card = FairnessCard()
    qtbot.addWidget(card)
    card.show_report({"details": details, "sensitive": ["sex"], "target": None}, ["sex"])
    told = " ".join(badge.text for badge in card.findChildren(Badge))
    assert tr("gui_fair.short", groups=["f"]) in told
    assert tr("gui_fair.wider", real=0.1, synthetic=0.3) in told
    assert [len(bars.rows) for bars in card.findChildren(CategoryBars)] == [3, 2]
    card.show_report({"details": {}, "sensitive": [], "target": None}, [])
    assert tr("gui_fair.none") in [label.text() for label in card.findChildren(Label)]


def test_a_rule_of_ones_own_is_counted_listed_in_detect_and_taken_away_again(window, qtbot):
    page, state = window.page(), window.state
    page.book.count(HEAVY)
    name = "bounds:body_mass_g"
    qtbot.waitUntil(lambda: name in page.bench.rules.switches, timeout=LONG)
    entry = next(e for e in rules_of(state) if e["name"] == name)
    assert entry["broken"] > 0
    page.bench.rules.ways[name]["rows"].click()
    assert window.page_key == "detect"
    results = window.page().results
    assert results.asked()[BROKEN] == name
    qtbot.waitUntil(lambda: results.model.rowCount() == entry["broken"], timeout=LONG)
    page.bench.rules.ways[name]["remove"].click()
    assert name not in page.bench.rules.switches
    state.undo()
    assert name in page.bench.rules.switches


def test_a_rule_that_cannot_be_says_what_why_and_how(window, qtbot):
    sheet = RuleSheet(window.state.schema)
    qtbot.addWidget(sheet)
    given = []
    sheet.given.connect(given.append)
    sheet.column.set_value("body_mass_g")
    sheet.low.setText("9")
    sheet.high.setText("3")
    sheet.give()
    for part in ("what", "why", "fix"):
        assert tr(f"gui_rule.ends.{part}", low="9", high="3") in sheet.problem.text()
    sheet.low.clear()
    sheet.give()
    assert given == [{"kind": "bounds", "column": "body_mass_g", "low": None, "high": 3.0}]
    edited = RuleSheet(window.state.schema, HEAVY)
    qtbot.addWidget(edited)
    assert edited.rule() == HEAVY


def test_missing_cells_are_filled_into_a_file(window, qtbot, tmp_path, monkeypatch):
    card, out = window.page().bench.fill, tmp_path / "filled.csv"
    gaps = card.gaps_of()
    assert gaps["sex"] > 0
    monkeypatch.setattr(filling.FileDialog, "getSaveFileName", lambda *_a: (str(out), ""))
    card.column.set_value("sex")
    card.fill.click()
    qtbot.waitUntil(lambda: not card.told.isHidden(), timeout=LONG)
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert not [row for row in rows if not row["sex"]]
    assert str(gaps["sex"]) in card.told.text()


def test_a_copy_made_elsewhere_is_judged_but_never_exported(window, qtbot, tmp_path):
    state, page = window.state, window.page()
    theirs = tmp_path / "theirs.csv"
    state.export_copy(theirs)
    qtbot.waitUntil(theirs.exists, timeout=LONG)
    state.judge_copy(theirs)
    qtbot.waitUntil(lambda: (state.copy or {}).get("foreign") == "theirs.csv", timeout=LONG)
    QApplication.processEvents()
    assert state.report is not None
    assert state.export_copy(tmp_path / "again.csv") is None
    assert not page._panel.export.isEnabled()
    assert "theirs.csv" in page.bench.strip.buttons["generate"].note


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_every_chart_is_saved_by_a_button_of_its_own(window, tmp_path, monkeypatch, ending):
    page, saved = window.page(), []
    monkeypatch.setattr(pictures.FileDialog, "getSaveFileName", lambda _w, _t, name, _f: (
        saved.append(tmp_path / f"{len(saved)}.{ending}") or str(saved[-1]), ""))
    bench = page.bench
    cards = (bench.real, bench.synthetic, bench.faithful, bench.differs, bench.attacks, bench.fairness)
    for card in (*cards, page.radar.exposed):
        button = next(b for b in card.findChildren(IconButton) if b.icon_name == "image")
        button.click()
        assert not button.isHidden()
    start = b"\x89PNG" if ending == "png" else b"<?xml"
    assert [file.read_bytes()[: len(start)] for file in saved] == [start] * 7


def test_in_a_narrow_window_settings_and_gate_are_a_press_away(window, qtbot):
    page = window.page()
    assert page.open_side.isHidden(), "they stand beside the page"
    window.resize(1000, 700)
    qtbot.waitUntil(page.open_side.isVisible, timeout=LONG)
    page._turn("risk")
    assert page.open_side.text() == tr("gui_gate.side.gate")
    page.open_side.click()
    assert window.inspector.isVisible()
    assert page.releasing.panel.check.isVisibleTo(window.inspector)
    qtbot.keyClick(window.inspector, Qt.Key.Key_Escape)
    assert not window.inspector.isVisible()


def test_what_is_filled_in_is_never_seen_squeezed(window, qtbot):
    page, state = window.page(), window.state
    page._turn("compare")
    report = state.report
    for known in (None, report):
        state.report = known
        page._refresh()
        inner = page.bench.areas["compare"].widget()
        assert inner.height() >= inner.minimumSizeHint().height()
        assert page.bench.real.height() >= page.bench.real.minimumSizeHint().height()
    assert page.bench.faithful.height() >= page.bench.faithful.minimumSizeHint().height()
