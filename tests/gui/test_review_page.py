"""Review: what a reviewer would lose if it broke."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from core.project.project import Project
from core.review.session import Session
from gui.pages.review import ReviewPage

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


def press(page, name):
    page.inspector().buttons[name].click()


def test_each_verdict_is_in_the_journal_and_the_next_case_shows(page, state, project):
    press(page, "fraud")
    press(page, "normal")
    press(page, "unsure")
    assert [e.event["verdict"] for e in project.journal.entries()] == ["fraud", "normal", "unsure"]
    assert page.card.title.whole() == "Shop 3"
    assert page.counters["reviewed"][0].text() == "3"
    assert page.counters["precision"][0].text().startswith("50")
    assert state.remembered["review"] == {"case": "id=P-3", "length": 3}


def test_reasons_and_a_note_not_yet_entered_go_with_the_verdict(page, project):
    page.inspector().toggle_reason(2)
    page.inspector().note.setText("card reported stolen")
    press(page, "fraud")
    entry = next(iter(project.journal.entries()))
    assert entry.event["reasons"] == ["place"]
    assert entry.said(entry.event["note"]) == "card reported stolen"
    assert page.inspector().note.text() == ""
    assert page.inspector().reasons() == ()


def test_undo_goes_back_to_the_case(page):
    press(page, "fraud")
    page.inspector().undo.click()
    assert page.card.title.whole() == "Shop 0"
    assert page.counters["fraud"][0].text() == "0"


def test_the_cells_of_the_next_cases_are_asked_for_ahead(page, state):
    asked = len(state.worker.asked)
    press(page, "skip")
    press(page, "skip")
    rows = [request.rows for _, request in state.worker.asked[asked:]]
    assert rows == [("4",), ("5",)]
    assert page.card.model.rowCount() == 2


def test_a_verdict_that_cannot_be_written_is_told_and_not_given(qtbot, state, project):
    with Project.open(project.path, read_only=True) as held:
        state.session = Session(held.journal, cases(3), run="r", reviewer="bob")
        state.read_only = True
        page = ReviewPage(state)
        qtbot.addWidget(page)
        qtbot.addWidget(page.inspector())
        assert not page.inspector().buttons["fraud"].isEnabled()
        with qtbot.waitSignal(state.failed):
            page._decide("fraud")
    assert state.session.counts.decided == 0
    assert list(project.journal.entries()) == []


def test_without_a_queue_the_way_to_one_is_shown(qtbot, state):
    state.session = None
    page = ReviewPage(state)
    qtbot.addWidget(page)
    assert page.stack.currentIndex() == 0
    assert page.inspector() is None
    with qtbot.waitSignal(state.page_wanted) as wanted:
        page.primary().run()
    assert wanted.args == ["review"]


def test_names_are_unique_on_the_page(page):
    names = [w.accessibleName() for w in page.findChildren(QWidget) if w.accessibleName() and w.focusPolicy().value]
    assert len(names) == len(set(names))
