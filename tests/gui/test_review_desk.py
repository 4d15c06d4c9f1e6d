"""The desk of the Review page: putting off, filters, hidden scores, the team's words, who decides."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from core.project.project import Project
from core.review.session import Session
from core.review.team import Team
from gui.dialogs.asking import AskSheet
from gui.dialogs.team import TeamSheet
from gui.pages.review import ReviewPage
from gui.text import tr

from .fakes import FakeState, FakeWorker, answered, cases, explained


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as opened:
        yield opened


@pytest.fixture
def state(project):
    made = FakeState(FakeWorker(answered))
    made.project = project
    made.session = Session(project.journal, cases(12), run="r", reviewer="ann")
    return made


@pytest.fixture
def page(qtbot, state):
    made = ReviewPage(state)
    qtbot.addWidget(made)
    made.sheets = []
    made.sheet_wanted.connect(made.sheets.append)
    qtbot.addWidget(made.inspector())
    made.resize(1100, 800)
    made.show()
    return made


def act(page, name):
    next(a for a in page.actions() if a.id == f"review.{name}").run()


def answer(page, **said) -> AskSheet:
    sheet = page.sheets[-1]
    for key, text in said.items():
        control = sheet.controls[key]
        (control.setText if hasattr(control, "setText") else control.set_value)(text)
    sheet.answer()
    return sheet


def shown(page):
    model = page.queue.model()
    return [model.data(model.index(i)) for i in range(model.rowCount())]


def test_a_snoozed_case_leaves_the_list_and_its_reason_is_kept(page, state):
    act(page, "snooze")
    answer(page, until="week", why="waits for the bank")
    assert state.session.state("id=P-0").why == "waits for the bank"
    assert "Shop 0" not in shown(page)
    assert page.card.title.whole() == "Shop 1"
    state.undo()
    assert page.card.title.whole() == "Shop 0"
    assert "Shop 0" in shown(page)


def test_enter_answers_a_sheet_from_its_choices_too(qtbot, page, state):
    act(page, "snooze")
    sheet = page.sheets[-1]
    qtbot.addWidget(sheet)
    sheet.show()
    choice = sheet.controls["until"]
    choice.button("week").setFocus()
    qtbot.keyClick(choice.button("week"), Qt.Key.Key_Return)
    assert state.session.away["snoozed"] == 1


def test_an_escalated_case_is_found_by_the_filter(page, state):
    act(page, "escalate")
    answer(page, to="lee", why="above my limit")
    assert "Shop 0" not in shown(page)
    page.set_filter("is:escalated")
    assert shown(page) == ["Shop 0"]
    page.set_filter("")
    assert len(shown(page)) == 11


def test_a_filter_that_says_nothing_sensible_is_told_and_changes_nothing(page):
    page.set_filter("is:nonsense")
    assert page.wrong.isVisible()
    assert "open" in page.wrong.text()
    assert len(shown(page)) == 12


def test_a_filter_can_be_kept_for_next_time(page, state):
    state.write = lambda change: change(state.project)
    page.set_filter("shop 1")
    act(page, "save_filter")
    answer(page, name="ones")
    assert page.desk.saved_filters() == {"ones": "shop 1"}


def test_a_claimed_case_is_handed_over_with_those_that_are_shown(page, state):
    act(page, "claim")
    assert state.session.state("id=P-0").assigned == "ann"
    act(page, "claim")
    assert state.session.state("id=P-0").assigned == ""
    page.set_filter("10.00")
    act(page, "hand_over")
    answer(page, to="lee", what="shown")
    page.set_filter("")
    assert state.session.away["claimed"] == 1
    assert "Shop 10" not in shown(page)


def test_hidden_scores_are_nowhere_and_stay_hidden(page, state):
    act(page, "hide")
    assert page.queue.model().is_blind
    assert page.counters["left"][2].text() == page.counters["precision"][2].text() == tr("gui_review.precision_hidden")
    assert state.settings.hide_score
    assert page.inspector().hide_score.isChecked()
    page.inspector().hide_score.click()
    assert not state.session.is_hidden


def test_without_the_reason_a_team_needs_no_verdict_is_given(page, state, project):
    act(page, "team")
    sheet = page.sheets[-1]
    assert isinstance(sheet, TeamSheet)
    sheet.word.setText("Leak")
    for field, text in zip(sheet.codes, ["Pipe", "Valve", *[""] * 7], strict=True):
        field.setText(text)
    sheet.needed.set_value("always")
    sheet.keep()
    panel = page.inspector()
    assert panel.buttons["fraud"].text() == "Leak"
    panel.buttons["fraud"].click()
    assert state.session.counts.decided == 0
    act(page, "reason_2")
    panel.buttons["fraud"].click()
    assert state.session.state("id=P-0").reasons == ("valve",)
    assert "Leak" in page.queue.model().data(page.queue.model().index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert Team.from_json(project.setting("team")).word == "Leak"


def test_a_list_of_reasons_that_cannot_be_kept_stays_in_the_sheet(page, project):
    act(page, "team")
    sheet = page.sheets[-1]
    sheet.codes[1].setText(sheet.codes[0].text())
    sheet.keep()
    assert not sheet.problem.isHidden()
    assert project.setting("team") is None


def test_who_decides_is_asked_once(qtbot, state):
    state.settings.reviewer = ""
    page = ReviewPage(state)
    qtbot.addWidget(page)
    page.sheets = []
    page.sheet_wanted.connect(page.sheets.append)
    page.shown()
    answer(page, name="Bo")
    page.shown()
    assert len(page.sheets) == 1
    page.inspector()
    page._decide("fraud")
    assert state.session.state("id=P-0").by == "Bo"


def test_look_alikes_are_decided_at_once_after_a_look_at_them(page, state, project):
    state.session.decide("id=P-2", "fraud")
    state.session.go("id=P-0")
    act(page, "bulk")
    sheet = page.sheets[-1]
    assert sheet.keys() == ["id=P-0", "id=P-1"]  # the third has a verdict, which stays unless it is ticked
    sheet.verdict.set_value("normal")
    sheet.note.setText("test terminal")
    sheet.decide()
    assert state.session.counts.normal == 2
    assert state.session.state("id=P-2").verdict == "fraud"
    assert project.journal.length == 2
    state.undo()
    assert state.session.counts.decided == 1


def test_enter_in_the_list_of_look_alikes_decides_them(qtbot, page, state):
    state.session.go("id=P-0")
    act(page, "bulk")
    sheet = page.sheets[-1]
    qtbot.addWidget(sheet)
    sheet.show()
    qtbot.waitUntil(sheet.isActiveWindow, timeout=30_000)
    sheet.list.setFocus()
    qtbot.keyClick(sheet.list, Qt.Key.Key_Return)
    assert state.session.counts.normal == 3


def test_a_key_without_anything_to_do_says_so(page, state):
    said = []
    state.said.connect(said.append)
    act(page, "group")
    assert said == ["In no group; Detect, V, finds groups of rows"]


def test_escape_leaves_the_filter_for_the_queue(qtbot, page):
    qtbot.waitUntil(page.isActiveWindow, timeout=30_000)
    page.focus_filter()
    qtbot.keyClick(page.filter, Qt.Key.Key_Escape)
    assert page.queue.hasFocus(), "else Tab would begin anywhere"


def test_where_no_case_is_alike_that_is_said_and_nothing_is_offered(page, state):
    state.session.go("id=P-0")
    page.beside._alike[state.session.current.row] = []
    act(page, "bulk")
    assert not [s for s in page.sheets if hasattr(s, "keys")]
    assert page.card.related.parts.value() == "alike"


def test_a_group_is_decided_at_once(page, state):
    from core.review.queue import Case

    state.session.gather("card 7731", [Case(f"G-{i}", 100 + i, 1.0, 50 + i) for i in range(3)])
    state.session.go("G-1")
    act(page, "group")
    page.sheets[-1].verdict.set_value("fraud")
    page.sheets[-1].decide()
    assert state.session.counts.fraud == 3


def test_rows_beside_the_case_are_shown_one_view_at_a_time(page, state):
    related = page.card.related
    assert related.lists["nearest"].lines[0].words == "94.10 · chip"
    related.key_chosen.emit("terminal")
    assert [line.is_own for line in related.lists["rows"].lines] == [False, True]
    seen = set()
    for _ in range(4):
        act(page, "linked")
        seen.add(related.stack.currentIndex())
    assert len(seen) == 4


def test_an_erased_note_is_gone_for_good(page, state):
    state.session.note("id=P-0", "Jane Roe called")
    act(page, "erase")
    answer(page)
    assert state.session.state("id=P-0").is_erased
    page._refresh()
    assert page.inspector().note.text() == ""
    assert "erased" in page.inspector().note.placeholderText()


def sheet(page):
    return page.sheets[-1]


def test_a_second_look_is_blind_and_what_differs_is_settled(qtbot, page, state):
    state.results = type("Results", (), {"session": None})()
    page.inspector()
    page._decide("fraud")
    act(page, "second")
    seat(page, by="lee", which="fraud", count="")
    assert state.session.view == "second"
    assert shown(page) == ["Shop 0"]
    assert "not decided" in page.queue.model().data(page.queue.model().index(0), Qt.ItemDataRole.AccessibleTextRole)
    page.inspector()
    page._decide("normal")
    act(page, "disputes")
    follow(page)
    assert state.session.view == "disputes"
    panel = page.inspector()
    assert "ann: Fraud" in panel.opinions.text()
    assert "lee: Normal" in panel.opinions.text()
    page._decide("normal")
    act(page, "first")
    follow(page)
    assert state.session.state("id=P-0").verdict == "normal"
    act(page, "eyes")
    assert "0 of 1" in sheet(page).said.text()


def seat(page, **said):
    """Answer, and let the state follow as the window's does."""
    answer(page, **said)
    follow(page)


def follow(page):
    page.state.session = page.state.results.session
    page._refresh()
    page.inspector().show()


def test_a_package_that_comes_back_is_merged_as_one_step(page, state, project, tmp_path):
    from core.review.package import write
    from core.review.queue import Case

    path = tmp_path / "lee.likeness"
    items = [{**c.to_json(), **explained(c.row)} for c in state.session.cases[:2]]
    write(path, items, {"project": project.id, "run": "r", "to": "lee", "source": "p.csv"}, Team())
    with Project.open(path) as back:
        there = Session(back.journal, [Case.from_json(i) for i in items], run="r", reviewer="lee")
        there.decide("id=P-0", "fraud")
        there.decide("id=P-1", "normal")
    page.eyes.merge(str(path))
    assert state.session.counts.decided == 2
    state.undo()
    assert state.session.counts.decided == 0


def test_a_package_of_decided_cases_hands_none_of_them_over(page, state):
    state.session.decide("id=P-0", "fraud")
    length, desk = state.session.length, state.session.position
    page.eyes._was_cut({"keys": ["id=P-0"], "to": "lee", "claimed": False})
    assert (state.session.length, state.session.position) == (length, desk)
    page.eyes._was_cut({"keys": ["id=P-0", "id=P-3"], "to": "lee", "claimed": False})
    assert [state.session.state(f"id=P-{i}").assigned for i in (0, 3)] == ["", "lee"]
    assert state.session.position == desk


def test_a_package_opens_as_a_review_without_its_table(make_window, tmp_path, qtbot):
    from core.review.package import write
    from gui.settings import Settings

    path = tmp_path / "lee.likeness"
    items = [{**c.to_json(), **explained(c.row)} for c in cases(3)]
    write(path, items, {"project": "p", "run": "r", "to": "lee", "source": "p.csv"}, Team("defect"))
    window = make_window(Settings(reviewer="lee", is_kept=False))
    window.state.open_project(path)
    assert window.page_key == "review"
    assert tr("gui.no_project") not in [label.text() for label in window.status.findChildren(QLabel)]
    page = window.page()
    assert page.card.model.rowCount() == 2  # its cells came along
    qtbot.keyClick(page.queue, Qt.Key.Key_F)
    assert window.state.session.counts.fraud == 1
    assert page.card.title.whole() == "Shop 1"
    window.state.open_project(path)
    assert window.page().card.title.whole() == "Shop 1"


def test_the_account_is_drafted_from_the_reasons_and_kept_when_edited(page, state):
    act(page, "account")
    drafted = sheet(page).text.toPlainText()
    assert "What: Shop 0" in drafted
    assert "Who: card 7731" in drafted
    sheet(page).keep()
    assert state.session.length == 0  # the draft itself is nothing to keep
    act(page, "account")
    sheet(page).text.setPlainText("The card was stolen on Friday.")
    sheet(page).keep()
    assert state.session.state("id=P-0").narrative == "The card was stolen on Friday."
    state.undo()
    assert state.session.state("id=P-0").narrative == ""


def test_the_account_says_nothing_of_ranks_while_scores_are_hidden(page, state):
    act(page, "hide")
    act(page, "account")
    drafted = sheet(page).text.toPlainText()
    assert "What: Shop 0" in drafted
    assert "flagged" not in drafted


def test_a_case_file_goes_to_paper(tmp_path):
    import subprocess
    import sys
    from pathlib import Path

    page, target = tmp_path / "page.html", tmp_path / "case.pdf"
    page.write_text("<h1>Case file</h1>" + "<p>A case.</p>" * 300, "utf-8")
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-m", "gui.pdf", str(page), str(target)], check=True, cwd=root)
    assert target.read_bytes().startswith(b"%PDF")
    assert target.read_bytes().count(b"/Type /Page\n") > 1
    assert [f.name for f in tmp_path.iterdir()] == ["case.pdf"]


def test_no_key_of_the_review_means_two_things(make_window):
    from collections import Counter

    from gui import window_actions
    from gui.settings import Settings

    window = make_window(Settings(reviewer="ann", is_kept=False))
    window.go("review")
    keys = Counter(k for a in [*window.page().actions(), *window_actions.of(window)] for k in a.keys)
    assert not {k: n for k, n in keys.items() if n > 1}
