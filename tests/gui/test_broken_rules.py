"""Rows that break a rule of the table can be seen on the Detect page, in the list and in the panel of a row."""

from __future__ import annotations

from core.words import Message
from gui.items.pages_model import CELL, Page
from gui.items.ranked import RankedModel
from gui.pages._broken import BROKEN
from gui.panels.row import RowPanel
from tests.gui.ranked_rows import SCHEMA, item

SENTENCE = Message("rules.combination", {"columns": ["merchant"], "count": 3, "of": 9}).to_json()


def known(page, monkeypatch, broken: int) -> None:
    """The fit on show knows a rule that so many rows break."""
    rule = {"name": "combination:merchant", "rule": {}, "sentence": SENTENCE, "support": 100, "broken": broken}
    monkeypatch.setitem(page.state.fit, "facts", {"rules": {"version": 1, "rules": [rule]}})
    page.results.broken.load()


def test_a_row_that_breaks_a_rule_says_so_before_its_reason():
    broken = {**item(1), "broken": [SENTENCE]}
    model = RankedModel(lambda start, count, done, failed: done(Page(2, [broken, item(2)])))
    model.show(["id", "merchant", "amount"], SCHEMA)
    model.restart()
    first, second = (model.data(model.index(row, 4), CELL) for row in (0, 1))
    assert first[0].startswith("Breaks the rule: Of merchant only 3")
    assert "amount 9,400" in first[1]
    assert second[0].startswith("amount 9,400")
    assert model.index(0, 4).data().startswith("Breaks the rule")


def test_the_panel_of_a_row_names_the_rule(qtbot):
    panel = RowPanel()
    qtbot.addWidget(panel)
    panel.show_item({**item(1), "broken": [SENTENCE]}, (0.0, 50.0), 1.0, "nats")
    assert "Of merchant only 3" in panel.broken.text()
    panel.show_item(item(2), (0.0, 50.0), 1.0, "nats")
    assert panel.broken.isHidden()


def test_the_rows_of_a_rule_are_a_filter_that_is_offered_where_a_rule_is_broken(detect_page, monkeypatch):
    page = detect_page
    known(page, monkeypatch, 0)
    actions = {a.id: a for a in page.actions()}
    assert page.results.broken.button.isHidden()
    assert not actions["detect.rules"].enabled()
    known(page, monkeypatch, 2)
    assert not page.results.broken.button.isHidden()
    assert actions["detect.rules"].enabled()
    page.results.broken.menu().actions()[2].trigger()
    assert page.results.asked()[BROKEN] == "combination:merchant"
    page.results.filters.drop(BROKEN)
    assert page.results.asked()[BROKEN] == ""
