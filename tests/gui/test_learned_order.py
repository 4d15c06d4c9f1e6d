"""The order learned in the window: what moves, what stays under the reviewer's hands, what is said."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.review.session import Session
from core.words import message
from gui.items.queue_model import CASE
from gui.pages.review import ReviewPage
from gui.text import tr

from .fakes import FakeState, FakeWorker, answered, cases


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


@pytest.fixture
def state(project):
    made = FakeState(FakeWorker(answered))
    made.session = Session(project.journal, cases(12), run="r", reviewer="ann")
    return made


@pytest.fixture
def page(qtbot, state):
    made = ReviewPage(state)
    qtbot.addWidget(made)
    qtbot.addWidget(made.inspector())
    made.resize(1100, 800)
    made.show()
    return made


def item(i, moved=0, **fields):
    return {**cases(i + 1)[i].to_json(), "expected": 0.4, "control": "", "moved": moved, **fields}


def answer(state, *items, **said):
    """What the worker says to the newest question."""
    request, hear = state.worker.orders[-1]
    why = message("review.moved.fraud", count=2, shared=61, trees=100).to_json()
    hear({
        "run": "r", "ready": True, "order": request.order, "verdicts": 1, "items": list(items), "again": [],
        "told": {"case": "id=P-0", "verdict": "fraud", "rose": 2, "fell": 1, "why": why},
        "left": {"least": None, "most": 41, "next_hits": 3.0, "is_done": False, "rows": 988},
        "open": 988, **said})


def keys(page):
    model = page.queue.model()
    return [model.data(model.index(i), CASE).key for i in range(model.rowCount())]


def test_cases_that_a_new_order_brings_are_told_to_the_window(page, state, qtbot):
    state.session.decide("id=P-0", "fraud")
    state.verdicts_changed.emit()
    with qtbot.waitSignal(state.queue_changed):
        answer(state, item(1))


def test_after_a_verdict_the_queue_is_asked_for_again_and_moves_around_the_desk(page, state):
    asked = len(state.worker.orders)
    page._decide("fraud")
    assert len(state.worker.orders) == asked + 1
    assert page.card.title.whole() == "Shop 1"
    answer(state, item(40, 6), item(5, 2), *[item(i) for i in range(2, 5)])
    assert keys(page)[:4] == ["id=P-0", "id=P-1", "id=P-40", "id=P-5"]
    assert page.card.title.whole() == "Shop 1", "the case on the desk never jumps away"
    assert page.queue.currentIndex().row() == 1
    assert page.queue.model().data(page.queue.model().index(2), 11).endswith("up 6 places"), "read aloud"


def test_the_case_that_a_verdict_brings_up_comes_at_once(page, state):
    answer(state, *[item(i) for i in range(4)], next={"fraud": item(40), "normal": item(3)})
    assert state.worker.orders[-1][0].desk == "id=P-0"
    assert ("40",) in [r.rows for _, r in state.worker.asked if r.task == "explain"], "explained before it shows"
    page._decide("fraud")
    assert page.card.title.whole() == "Shop 40"
    answer(state, *[item(i) for i in (40, 1, 2, 3)], next={"fraud": item(50), "normal": item(2)})
    page._decide("normal")
    assert page.card.title.whole() == "Shop 2"


def test_what_moved_and_why_is_told_beside_undo(page, state):
    page._decide("fraud")
    answer(state, item(40, 6), item(5, 2))
    line = page.inspector().moved
    assert line.words.text() == "2 similar cases moved up, 1 moved down."
    assert "61 of 100 leaves" in line.words.toolTip()


def test_an_undo_asks_for_the_order_before(page, state):
    page._decide("fraud")
    answer(state, item(40, 6))
    asked = len(state.worker.orders)
    page.inspector().undo.click()
    assert len(state.worker.orders) == asked + 1
    answer(state, *[item(i) for i in range(12)], told=None)
    assert keys(page) == [f"id=P-{i}" for i in range(12)]
    assert page.inspector().moved.isHidden()


def test_what_is_left_is_a_bound_and_an_end_is_no_proof(page, state):
    for _ in range(12):
        page._decide("normal")
    answer(state)
    assert page.counters["left"][0].text() == "≤ 41"
    assert "lower bound" in page.counters["left"][2].text()
    said = page.learned.words.accessibleName()
    assert "Every case of this queue is decided" in said
    assert "up to 41 more" in said
    assert "988 rows" in said
    answer(state, left=None)
    assert page.counters["left"][0].text() == "–"
    assert "988 other rows have no verdict" in page.learned.words.accessibleName()


def test_a_bound_that_half_the_rows_would_keep_is_not_shown_as_a_figure(page, state):
    answer(state, left={"least": None, "most": 15_435, "next_hits": 3.0, "is_done": False, "rows": 29_990})
    assert page.counters["left"][0].text() == "–"
    assert page.counters["left"][2].text() == tr("gui_learn.left_wide")
    assert "15,435" in page.counters["left"][0].toolTip()


def test_a_second_reviewer_reads_nothing_out_of_what_was_learned_from_the_first(page, state):
    page._decide("normal")
    answer(state, item(5), again=[{"case": "id=P-0", "verdict": "normal", "expected": 0.9}])
    assert page.learned.isVisible()
    state.session.view = "second"
    state.verdicts_changed.emit()
    assert page.learned.isHidden()
    assert page.inspector().moved.isHidden()
    assert page.counters["left"][0].text() == "–"
    before = state.session.position
    page.learning.look_again()
    assert state.session.position == before


def test_a_stop_is_proposed_with_what_it_risks(page, state):
    page._decide("fraud")
    answer(state, item(5), left={"least": 0, "most": 7, "next_hits": 0.31, "is_done": True, "rows": 900})
    assert not page.learned.isHidden()
    assert "0.3" in page.learned.words.accessibleName()
    assert "up to 7" in page.learned.words.accessibleName()
    assert page.counters["left"][2].text() == "at least 0"


def test_a_verdict_that_stands_alone_comes_on_the_desk_again(page, state):
    page._decide("normal")
    page._decide("fraud")
    answer(state, item(5), again=[{"case": "id=P-0", "verdict": "normal", "expected": 0.9}])
    assert not page.learned.isHidden()
    page.learning.look_again()
    assert page.card.title.whole() == "Shop 0"


def test_another_order_is_asked_for_and_the_ranking_comes_back(page, state):
    page._decide("fraud")
    answer(state, item(40, 6))
    page.learning.set_order("amount")
    assert state.worker.orders[-1][0].order == "amount"
    answer(state, item(9, 3))
    assert keys(page)[2] == "id=P-9"
    page.learning.set_order("rank")
    assert keys(page) == [f"id=P-{i}" for i in range(12)]


def test_what_the_order_learned_is_worth_is_told_with_a_warning_while_verdicts_are_few(page, state):
    page._decide("fraud")
    trained = {"called": 9, "right": 7, "value": 7 / 9, "low": 0.45, "high": 0.94, "is_few": True}
    answer(state, item(5), trained=trained)
    assert "7 of them are (45% to 94%)" in page.order_note.toolTip()
    assert "Fewer than 20" in page.order_note.toolTip()


def test_hidden_scores_hide_what_the_order_says_too(page, state):
    page._decide("fraud")
    answer(state, item(40, 6))
    page.desk.hide()
    assert page.counters["left"][0].text() == "–"
    assert page.inspector().moved.isHidden()
    assert "places" not in page.queue.model().data(page.queue.model().index(2), 11)


def test_what_the_rows_are_compared_by_is_made_once(page, state):
    sent = []
    state.worker.submit = lambda request, title, **said: sent.append((request, said))
    answer(state, ready=False)
    answer(state, ready=False)
    assert [r.prepare for r, _ in sent] == [True]
    asked = len(state.worker.orders)
    sent[0][1]["on_done"]({})
    assert len(state.worker.orders) == asked + 1


def test_an_entity_left_out_is_filtered_and_not_decided(page, state, project):
    page.learning.mute()
    assert page.filter.text() == '-"card 7731"'
    assert state.session.filter.text == '-"card 7731"'
    assert project.journal.entries() == []
