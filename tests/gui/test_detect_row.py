"""The panel that explains one row."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton

from core.words import Message
from gui.panels.reasons import ReasonBars, rich_reason
from gui.panels.row import RowPanel
from tests.gui.ranked_rows import RANGE, item, reason


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
