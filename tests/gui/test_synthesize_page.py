"""Synthesize: what a steward would lose if it broke."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.data.schema import ColumnSpec, Kind, Schema
from gui.pages import _release
from gui.pages.synthesize import SynthesizePage
from gui.panels import copies, drawing
from gui.panels.shaping import PLAIN
from gui.settings import Settings
from gui.state import AppState
from gui.text import tr
from gui.widgets import Label

from .fakes import FakeState, FakeWorker

COLUMNS = [
    {"name": "amount", "kind": "number", "log": True, "edges": [1.0, 10.0, 100.0], "labels": None, "real": [5, 3],
     "synthetic": [50, 33], "real_median": "9", "synthetic_median": "9.1"},
    {"name": "when", "kind": "datetime", "log": False, "edges": [1.77e15, 1.775e15, 1.78e15], "labels": None,
     "real": [5, 3], "synthetic": [50, 33], "real_median": "1 May", "synthetic_median": "2 May"},
    {"name": "channel", "kind": "category", "log": False, "edges": [], "labels": ["chip", "online"], "real": [5, 3],
     "synthetic": [50, 33]},
    {"name": "country", "kind": "category", "log": False, "edges": [], "labels": ["GB"], "real": [8],
     "synthetic": [83]},
]
SAMPLE = {"columns": ["amount", "when", "channel", "country"], "rows": [["5.77", "1 May", {"missing": "null"}, "GB"]]}
REPORT = {
    "fidelity": {"shapes": 0.98, "two_sample_auc": 0.55}, "utility": {"tstr": None}, "privacy": {"dcr_share": 0.53},
    "references": {
        "independent": {"shapes": 0.97, "two_sample_auc": 0.86, "dcr_share": 0.5},
        "holdout": {"shapes": 0.99, "two_sample_auc": 0.5, "dcr_share": 0.5},
        "training_copy": {"dcr_share": 1.0},
    },
    "intervals": {"shapes": [0.97, 0.985], "two_sample_auc": [None, None]},
    "metrics": [{"key": "shapes", "group": "fidelity", "share": True},
                {"key": "two_sample_auc", "group": "fidelity"},
                {"key": "tstr", "group": "utility"}, {"key": "dcr_share", "group": "privacy", "share": True}],
    "notes": [{"key": "evaluate.dcr_share.leak", "values": {"value": 0.53, "holdout": 0.5}}],
    "report": "report.html",
}


@pytest.fixture
def state():
    samples = {"real_sample": SAMPLE, "synthetic_sample": SAMPLE}
    compared = {"columns": COLUMNS, "real_rows": 8, "synthetic_rows": 83, **samples}
    return FakeState(FakeWorker(lambda _request: dict(compared)))


@pytest.fixture
def page(qtbot, state):
    made = SynthesizePage(state)
    qtbot.addWidget(made)
    qtbot.addWidget(made.inspector())
    return made


def test_settings_are_checked_before_anything_is_drawn(page, state):
    panel = page.inspector().settings
    panel.where.setText("amuont > 3")
    panel.ask()
    assert state.drawn == []
    assert "amuont" in panel.problem.text()
    panel.where.setText("amount > 3")
    panel.rows.setValue(500)
    page.primary().run()
    assert state.drawn == [{**PLAIN, "rows": 500, "where": "amount > 3", "seed": 0, "without": []}]


def test_another_copy_has_the_same_settings_and_the_next_seed(page, state):
    state.copy = {"rows": 83, "seed": 4, "where": "amount > 3", "fit": "f", "out": "copy.parquet"}
    page.inspector().settings.rows.setValue(500)
    page.inspector().settings.where.setText("amount > 5")
    next(a for a in page.actions() if a.id == "synth.again").run()
    assert state.drawn == [{**PLAIN, "rows": 500, "where": "amount > 5", "seed": 5, "without": []}]


def test_a_copy_is_compared_with_two_numbers_and_a_category_first(page, state):
    state.copy = {"rows": 83, "seed": 0, "where": "", "fit": "f", "out": "copy.parquet"}
    state.copy_changed.emit()
    assert page._shown == ["amount", "when", "channel"]
    assert page.bench.synthetic.count.text == "83 rows"
    state.copy_changed.emit()
    assert len(state.worker.asked) == 1, "the same copy is not compared twice"


def test_real_and_synthetic_are_equally_wide_in_a_language_of_long_words(state, qtbot, monkeypatch):
    long = {"gui_synth.overlay": "die dunkle Linie zeigt die echten Zeilen, zum Vergleich"}
    monkeypatch.setattr(copies, "tr", lambda key, **values: long.get(key) or tr(key, **values))
    page = SynthesizePage(state)
    qtbot.addWidget(page)
    qtbot.addWidget(page.inspector())
    state.copy = {"rows": 83, "seed": 0, "where": "", "fit": "f", "out": "copy.parquet"}
    state.copy_changed.emit()
    page.resize(620, 700)
    page.show()
    qtbot.waitUntil(lambda: page.bench.synthetic.width() > 200)
    assert abs(page.bench.real.width() - page.bench.synthetic.width()) <= 1


def test_a_leak_is_told_and_unmeasured_figures_say_so(page, state):
    state.copy = {"rows": 83, "seed": 0, "where": "", "fit": "f", "out": "copy.parquet"}
    state.report = REPORT
    state.copy_changed.emit()
    from gui.widgets import Glyph, Label

    signs = [g.name for g in page.inspector().findChildren(Glyph)]
    assert "warnt" in signs
    words = [label.text() for label in page.bench.faithful.findChildren(Label)]
    assert "not measured" in words
    assert "98.0%" in words


def test_the_draft_says_which_model_drew_it_and_why(page, state):
    panel = page.inspector().settings
    said = tr("synth.by.where")
    assert said not in panel.draft.words.accessibleName()
    state.copy = {"rows": 83, "seed": 0, "where": "amount > 3", "fit": "f", "out": "copy.parquet",
                  "reason": {"key": "synth.by.where", "values": {}}}
    state.copy_changed.emit()
    assert said in panel.draft.words.accessibleName()
    assert tr("gui_synth.draft_text") in panel.draft.words.accessibleName(), "it is still a draft"


def test_an_exported_copy_is_drawn_by_the_model_that_drew_the_one_on_show(make_window, user):
    state = make_window().state
    state.open_project(state.settings.last)
    earlier: dict[str, str] = {}  # a copy of an earlier version does not say
    for drawn_by, asked in (({"generator": "circuit"}, "circuit"), (earlier, "auto")):
        state.copy = {"fit": state.fit["id"], "rows": 20, "where": "", "seed": 0, **drawn_by}
        job = state.export_copy(user / "copy.csv")
        assert job.request.generator == asked


def test_without_a_fit_there_is_nothing_to_set(qtbot, state):
    state.fit = None
    page = SynthesizePage(state)
    qtbot.addWidget(page)
    assert page.inspector() is None


def test_a_rule_that_is_switched_off_need_not_be_kept(state, qtbot):
    rules = [{"name": f"bounds:c{i}", "support": 90, "broken": i, "rows": [], "rule": {},
              "sentence": {"key": "rules.bounds.low", "values": {"column": f"c{i}", "low": i}}} for i in range(10)]
    state.fit = {**state.fit, "facts": {"rules": {"version": 1, "rules": rules}}}
    made = SynthesizePage(state)
    qtbot.addWidget(made)
    card = made.bench.rules
    lines = [card.lines.itemAt(i).widget() for i in range(len(rules))]
    assert [line.isVisibleTo(card) for line in lines] == [True] * 8 + [False] * 2
    card.more.click()
    assert all(line.isVisibleTo(card) for line in lines)
    card.switches["bounds:c6"].click()
    made.inspector().settings.ask()
    assert state.drawn[-1]["without"] == ["bounds:c6"]
    assert state.position("synthesize")["off"] == ["bounds:c6"]


LINE = {"metric": "membership", "group": "privacy", "state": "passed", "required": True, "shown": "0.513", "fix": None,
        "title": {"key": "evaluate.membership.title", "values": {}},
        "sentence": {"key": "release.line.plain.max", "values": {"limit": "0.550"}}}
MISSED = {**LINE, "metric": "shapes", "state": "failed", "shown": "71%",
          "title": {"key": "evaluate.shapes.title", "values": {}}, "fix": {"key": "release.fix.faithful", "values": {}}}
REASON = "The auditor asked for these rows"


class Release(QObject):
    """A job that ends when it is told to."""

    changed = Signal()

    def __init__(self):
        super().__init__()
        self.is_over = False


@pytest.fixture
def gate(page, state, monkeypatch):
    """The gate of a page whose jobs wait; `answer(accepted, ...)` ends the last one."""
    state.fit = {"id": "f", "model": "default"}
    state.fit_changed.emit()
    page.inspector()
    sent = []

    def submit(request, title, **values):
        job = Release()
        sent.append((request, job, values))
        return job

    state.worker.submit = submit
    monkeypatch.setattr(_release.FileDialog, "getSaveFileName", lambda *_a: ("out/folder", ""))

    def answer(accepted, out=None):
        _, job, values = sent[-1]
        job.is_over = True
        values["on_done"]({"fit": "f", "accepted": accepted, "out": out, "policy": "standard",
                           "lines": [LINE] if accepted else [MISSED, LINE], "failing": [] if accepted else [MISSED]})

    page.releasing.sent, page.releasing.answer = sent, answer
    return page.releasing


def said(panel):
    return " ".join([panel.banner.words.accessibleName(), *(label.text() for label in panel.findChildren(Label))])


def test_nothing_is_released_before_it_was_judged_and_nothing_is_written_by_a_check(gate):
    panel = gate.panel
    assert gate.standing == "open"
    assert not panel.release.isEnabled()
    assert tr("gui_gate.why.open") in said(panel)
    gate.release()
    assert gate.sent == []
    gate.check()
    assert gate.sent[-1][0].check
    assert gate.sent[-1][0].out is None
    assert gate.standing == "running"


def test_a_refusal_is_a_checklist_with_what_to_change_first(gate):
    gate.check()
    gate.answer(accepted=False)
    panel = gate.panel
    assert gate.standing == "refused"
    assert not panel.release.isEnabled()
    names = [w.accessibleName() for w in panel.findChildren(QWidget) if "%" in w.accessibleName()]
    assert names[0].startswith("missed: ")
    text = said(panel)
    assert tr("release.fix.faithful") in text
    assert tr("gui_gate.why.refused") in text
    assert tr("gui_gate.state.refused.text", missed=1, count=2) in text


def test_an_override_needs_a_reason_that_is_long_enough(gate, state, qtbot):
    gate.check()
    gate.answer(accepted=False)
    sheets = []
    state.sheet_wanted.connect(sheets.append)
    gate.override()
    sheet = sheets[0]
    qtbot.addWidget(sheet)
    sheet.reason.setText("because")
    assert not sheet.go.isEnabled()
    sheet.give()
    assert len(gate.sent) == 1
    sheet.reason.setText("a         b          c         d")
    assert not sheet.go.isEnabled(), "blanks are no reason"
    sheet.reason.setText(REASON)
    sheet.go.click()
    request = gate.sent[-1][0]
    assert (request.override, request.out, request.check) == (REASON, "out/folder", False)


def test_an_accepted_copy_is_released_and_another_draw_is_judged_again(gate, page):
    gate.check()
    gate.answer(accepted=True)
    assert gate.panel.release.isEnabled()
    gate.panel.format.setCurrentIndex(1)
    gate.panel.release.click()
    request = gate.sent[-1][0]
    assert (request.out, request.format, request.override) == ("out/folder", "parquet", "")
    gate.answer(accepted=True, out="out/folder")
    assert gate.standing == "written"
    row = gate.panel.lines.itemAt(0).widget()
    page.inspector().settings.seed.setValue(9)
    assert gate.standing == "stale"
    assert not gate.panel.release.isEnabled()
    assert gate.panel.lines.itemAt(0).widget() is row, "what was judged stands where it stood"


def test_a_policy_of_the_house_judges_from_then_on_and_can_be_taken_back(gate, state, monkeypatch):
    gate.check()
    gate.answer(accepted=True)
    done = []
    state.did = lambda *step: done.append(step)
    monkeypatch.setattr(_release.FileDialog, "getOpenFileName", lambda *_a: ("house/strict.json", ""))
    gate.open_policy()
    assert gate.standing == "stale", "what the standard policy let through is judged again"
    assert "strict" in gate.panel.policy.text()
    gate.check()
    assert gate.sent[-1][0].policy == "house/strict.json"
    gate.answer(accepted=False)
    assert gate.standing == "refused"
    _, undo, redo = done[-1]
    undo()
    assert gate.policy is None
    redo()
    assert gate.standing == "refused"
    gate.use_policy(None)
    assert gate.standing == "stale"


def test_a_rule_left_out_is_remembered_whatever_else_of_the_page_is(qtbot):
    state = AppState(Settings(is_kept=False))
    state.remember("synthesize", off=["order:a,b"])
    state.remember("synthesize", side="gate")
    state.remember("synthesize", columns=["amount"])
    assert state.position("synthesize") == {"off": ["order:a,b"], "side": "gate", "columns": ["amount"]}


def test_as_many_rows_are_offered_as_the_gate_lets_out(state, qtbot):
    state.fit = {"id": "f", "model": "default", "train_rows": 21_000}
    panel = drawing.CopyPanel(state)
    qtbot.addWidget(panel)
    assert panel.rows.value() == 21_000, "of 30,000 rows, those that were learned from"


def test_a_check_that_was_stopped_can_be_made_again(gate):
    gate.check()
    _, job, _ = gate.sent[-1]
    job.is_over = True
    job.changed.emit()
    assert gate.standing == "open"


def test_a_project_that_is_only_read_releases_nothing(gate, state):
    state.read_only = True
    gate.refresh()
    assert gate.standing == "locked"
    assert tr("gui_gate.why.locked") in said(gate.panel)
    gate.check()
    assert gate.sent == []


def test_a_copy_on_show_is_named_a_draft(page, state):
    state.copy = {"rows": 83, "seed": 0, "where": "", "fit": "f", "out": "copy.parquet"}
    state.copy_changed.emit()
    assert page.badge.text == "unchecked draft"
    assert not page.badge.isHidden()


def test_balance_anomalies_and_refining_are_asked_for_and_stay_with_the_copy(page, state):
    state.schema = Schema((ColumnSpec("amount", Kind.NUMBER), ColumnSpec("channel", Kind.CATEGORY)))
    panel = drawing.CopyPanel(state)
    panel.drawn.connect(page._draw)
    shaping = panel.shaping
    shaping.refine.click()
    panel.ask()
    assert state.drawn[-1]["refine"]
    choose(shaping.balance, "channel")
    assert not shaping.refine.isEnabled(), "it aims at the pairs of the whole table"
    assert shaping.cost.text() == tr("gui_shape.refine.other")
    choose(shaping.anomalies, "share")
    shaping.share.setText("12 %")
    panel.ask()
    asked = state.drawn[-1]
    assert (asked["rebalance"], asked["anomalies"], asked["refine"]) == ("channel", "12%", False)
    state.copy = {"rows": 83, "seed": 0, "where": "", "fit": "f", "out": "copy.parquet", "asked": asked}
    assert drawing.CopyPanel(state).shaping.values() == shaping.values(), "as it was after the window is opened again"


def test_a_share_that_is_none_says_what_why_and_how(page, state):
    panel = page.inspector().settings
    choose(panel.shaping.anomalies, "share")
    panel.shaping.share.setText("a lot")
    panel.ask()
    assert state.drawn == []
    for part in ("what", "why", "fix"):
        assert tr(f"gui_shape.share.{part}", got="a lot") in panel.problem.text()
    assert page.releasing.standing == "unread", "nor is anything judged"


def test_anomalies_wait_for_scores_by_this_fit(page, state):
    state.run = None
    panel = drawing.CopyPanel(state)
    assert not panel.shaping.anomalies.isEnabled()
    assert panel.shaping.note.text() == tr("gui_shape.anomalies.unscored")


def test_an_exported_draft_is_drawn_by_all_settings_of_the_one_on_show(make_window, user):
    state = make_window().state
    state.open_project(state.settings.last)
    asked = {"where": "", "seed": 3, "without": ["order:a,b"], "rebalance": "species", "anomalies": "keep"}
    state.copy = {"fit": state.fit["id"], "rows": 20, "where": "", "seed": 3, "asked": asked}
    request = state.export_copy(user / "copy.csv").request
    assert (request.rebalance, request.seed, request.without) == ("species", 3, ("order:a,b",))


def test_the_gate_says_which_settings_are_for_drafts_alone(gate, page, state, monkeypatch):
    assert not gate.panel.left_out.isVisibleTo(gate.panel)
    monkeypatch.setattr(_release.requests, "known", lambda _task: {"rows", "where", "seed", "without"})
    page.inspector().settings.shaping.refine.click()
    assert tr("gui_gate.left_out.refine") in gate.panel.left_out.text()


def choose(combo, key):
    combo.setCurrentIndex(combo.findData(key))
    combo.activated.emit(combo.currentIndex())


def test_refining_is_off_under_a_policy_that_forbids_it_and_says_so(gate, page, state, tmp_path):
    state.did = lambda *_step: None
    shaping = page.inspector().settings.shaping
    shaping.refine.click()
    strict = tmp_path / "strict.json"
    strict.write_text('{"version": 2, "name": "strict", "refinement": "off", "lines": []}', "utf-8")
    gate.use_policy(str(strict))
    assert not shaping.refine.isEnabled()
    assert shaping.cost.text() == tr("gui_shape.refine.forbidden", policy="strict")
    gate.check()
    assert not gate.sent[-1][0].refine, "a release would be refused for it"
    gate.use_policy(None)
    assert shaping.refine.isEnabled()
