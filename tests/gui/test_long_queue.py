"""A queue of a million rows in the window: what stands behind the cases is read as one comes to it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from core.project.project import Project
from core.review.queue import Case
from core.review.session import Session
from gui.items.queue_model import CASE
from gui.pages.review import ReviewPage

from .fakes import FakeState, FakeWorker, answered, cases

ROWS, BEGUN = 1_000_000, 12


def ranked(request):
    """Rows of the ranking, as `ranked` gives them."""
    if request.task != "ranked":
        return answered(request)
    places = range(request.start, request.start + request.count)
    items = [{"key": f"id=P-{i}", "row": i, "score": 50.0 - i / ROWS, "rank": i + 1, "title": f"Shop {i}"}
             for i in places]
    return {"total": ROWS, "items": items, "run": "r"}


@pytest.fixture
def state(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as project:
        made = FakeState(FakeWorker(ranked))
        made.session = Session(project.journal, cases(BEGUN), run="r", reviewer="ann", behind=ROWS - BEGUN)
        yield made


@pytest.fixture
def page(qtbot, state):
    made = ReviewPage(state)
    qtbot.addWidget(made)
    qtbot.addWidget(made.inspector())
    made.resize(1100, 800)
    made.show()
    return made


def test_a_row_behind_the_cases_is_read_when_it_is_painted_and_comes_on_the_desk(qtbot, page, state):
    queue = page.queue
    model = queue.model()
    assert model.rowCount() == ROWS
    far = model.index(700_000)
    assert "Being read" in model.data(far, Qt.ItemDataRole.AccessibleTextRole)
    queue.scrollTo(far)
    qtbot.waitUntil(lambda: model.data(far, CASE) is not None, timeout=30_000)
    assert model.data(far, CASE).rank == 700_001
    asked = {request.start // 50 for channel, request in state.worker.asked if channel == "behind"}
    assert len(asked) < 6, "pages that are not shown are not read"
    queue.setFocus()
    queue.setCurrentIndex(far)
    queue.activated.emit(far)
    assert state.session.current.row == 700_000
    page.inspector().buttons["fraud"].click()
    assert state.session.state("id=P-700000").verdict == "fraud"
    assert model.rowCount() == ROWS


def test_rows_that_are_cases_already_are_left_out_behind_them(page, state):
    model = page.queue.model()
    state.session.arrange([Case("id=P-20", 20, 30.0, 21, title="Shop 20")])
    model.refresh()
    assert model.rowCount() == ROWS
    assert [model.rank_at(row) for row in range(BEGUN + 1, BEGUN + 10)] == [13, 14, 15, 16, 17, 18, 19, 20, 22]


def test_while_scores_are_hidden_or_a_filter_holds_only_cases_are_listed(page, state):
    state.session.is_hidden = True
    page.queue.model().refresh()
    assert page.queue.model().rowCount() == BEGUN, "a place far behind would tell that a row is usual"
    state.session.is_hidden = False
    page.set_filter("Shop 3")
    assert page.queue.model().rowCount() == 1
    assert page.order_note.text() == "1 of the first 12"
