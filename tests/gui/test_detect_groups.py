"""Groups on the Detect page: rows of one card that are unusual together."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton

from core.words import Message
from gui.items.groups import GroupsModel
from gui.items.pages_model import CELL, Page
from gui.panels.group import GroupPanel
from tests.gui.ranked_rows import item, reason


@pytest.fixture
def page(detect_page):
    return detect_page


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
