"""The fraud reviewer: cases by single keys, an interruption, a crash of the worker, and a sealed case file."""

from __future__ import annotations

import csv
import os
import re
import signal
from collections import Counter

import pytest
from PySide6.QtWidgets import QAbstractButton, QListView, QTableView

from gui.text import tr

pytestmark = pytest.mark.journey

CASES = 100


def test_reviewer_decides_is_interrupted_and_hands_on_a_case_file(user, payments, tmp_path):
    user.start()
    opens_the_payments(user, payments)
    decides_by_single_keys(user)
    user.see("the cells", lambda: cells(user))
    left = what_is_on_the_desk(user)
    user.quit()

    user.start()
    user.see("the same page at the same case", lambda: what_is_on_the_desk(user) == left)
    goes_on(user)
    left = what_is_on_the_desk(user)
    loses_the_worker_in_the_middle_of_a_fit(user)
    user.press("Ctrl+5")
    user.see("the verdicts, intact", lambda: what_is_on_the_desk(user) == left)
    hands_on_a_case_file(user, tmp_path / "case-file")
    user.quit()


def opens_the_payments(user, file):
    user.see("the tasks", lambda: user.reads("start.task.find"))
    user.choose_file(file, lambda: user.press("1"))
    user.see("the table", lambda: user.reads("gui_data.count_all", rows=3000))
    user.see("its profile", lambda: user.reads("gui_data.check.roles"))
    user.shoot("1-data", everywhere=True)
    user.press("Ctrl+Return", "Ctrl+Return")
    user.see("ranked rows", lambda: user.reads("gui_detect.review", count=CASES))
    user.see("the reasons of the first", lambda: user.reads("gui_detect.nearest"))
    user.shoot("2-detect", everywhere=True)


def decides_by_single_keys(user):
    user.press("R")
    user.see("who decides", lambda: user.reads("gui_desk.name"))
    user.press("Return")
    user.see("the first case", lambda: user.reads("gui_review.case_number", number=1) and cells(user))
    user.press("1", "3", "F")
    assert verdict(user, 1) == "fraud"
    assert user.reads("gui_review.case_number", number=2)
    user.press("N")
    user.press("U")
    user.press("Space")
    assert [verdict(user, n) for n in (1, 2, 3)] == ["fraud", "normal", "unsure"]
    assert user.reads("gui_review.case_number", number=5)
    user.press("J", "J", "K", "E")
    user.write("asked the bank")
    user.press("Return", "F")
    assert verdicts(user) == {"fraud": 2, "normal": 1, "unsure": 1}
    looked_at = on_the_desk(user)
    user.press("F", "Backspace")
    assert on_the_desk(user) == looked_at, "its place may be another: the queue learns"
    assert verdicts(user)["fraud"] == 2
    user.see("its cells", lambda: cells(user))
    user.shoot("3-review", everywhere=True)
    user.press("?")
    user.see("the keys", lambda: user.reads("gui_review.do.skip"))
    user.shoot("4-keys")
    user.press("Escape", "Down")
    assert on_the_desk(user) != looked_at


def goes_on(user):
    user.press("N")
    assert verdicts(user)["normal"] == 2
    user.press("Ctrl+Z")
    assert verdicts(user)["normal"] == 1
    user.press("Ctrl+Shift+Z")
    assert verdicts(user)["normal"] == 2
    user.see("the cells", lambda: cells(user))


def loses_the_worker_in_the_middle_of_a_fit(user):
    user.press("Ctrl+3")
    user.see("the results", lambda: user.reads("gui_detect.review", count=CASES))
    user.click(user.find("gui_detect.find_again", QAbstractButton))
    user.see("the question", lambda: user.reads("gui_detect.question"))
    user.press("Ctrl+J", "Ctrl+Return", "Down")  # from the scoring that waits to the fit that runs
    user.see("the process that learns", lambda: process(user))
    os.kill(process(user), signal.SIGKILL)
    user.see("what happened, why, and what to do", lambda: user.reads("gui.error.fix"), is_error=True)
    assert user.reads("gui.error.of", title=tr("jobs.title.fit", name="card_payments.csv"))
    assert all(user.reads(f"jobs.died.{line}", code=-9) for line in ("what", "why", "fix"))
    user.shoot("5-worker-died")
    user.press("Return")
    user.see("that it learns and scores again", lambda: job(user, 0, "waiting") and job(user, 1, "running"))
    user.shoot("6-jobs")
    user.see("the results again", lambda: job(user, 0, "done") and user.reads("gui_detect.review", count=CASES))
    user.shoot("7-jobs-done", everywhere=True)
    user.press("Ctrl+J")


def hands_on_a_case_file(user, folder):
    folder.mkdir()
    user.choose_file(folder, lambda: user.press("Ctrl+Shift+E"))
    title = tr("jobs.title.case_file")
    user.see("that it was written", lambda: user.reads("jobs.written", title=title, clock=""))
    assert (folder / "manifest.json").exists()
    cases = list(csv.DictReader((folder / "cases.csv").open()))
    assert Counter(c["verdict"] for c in cases if c["verdict"]) == {"fraud": 2, "normal": 2, "unsure": 1}
    assert any("asked the bank" in c.values() and c["verdict"] == "fraud" for c in cases)
    assert "asked the bank" in (folder / "case_file.html").read_text("utf-8")


def job(user, place, state):
    """Whether the job at this place of the list stands so."""
    return tr(f"jobs.state.{state}") in user.row(user.find("jobs.list", QListView), place)[0]


def process(user):
    """The process id that the jobs panel shows, or 0."""
    found = [re.fullmatch(re.escape(tr("jobs.pid", pid="#")).replace(r"\#", r"(\d+)"), t) for t in user.texts()]
    return next((int(m[1]) for m in found if m), 0)


def queue(user):
    return user.find("gui_review.queue", QTableView)


def verdict(user, number):
    """What the queue says was decided on a case, "" for nothing."""
    said = user.row(queue(user), number - 1)[0]
    return next((v for v in ("fraud", "normal", "unsure") if said.endswith(tr(f"review.verdict.{v}"))), "")


def verdicts(user):
    """How often each verdict stands in the queue, wherever the order learned has put its case."""
    return Counter(filter(None, (verdict(user, n) for n in range(1, CASES + 1))))


def on_the_desk(user):
    """What the case is called: its number, time, card and category."""
    return next(text for text in user.texts() if re.match(r"P-\d+ · ", text))


def cells(user):
    """What the desk says of the cells of its case."""
    view = user.find("gui_review.cells", QListView)
    return [user.row(view, i)[0] for i in range(view.model().rowCount())]


def what_is_on_the_desk(user):
    """Counters, the case and its cells, as one reads them, and the verdicts; None before all is there.

    Not the places of open cases: those are learned anew, around the case on the desk.
    """
    texts, found = user.texts(), cells(user)
    first, last = (texts.index(tr(f"gui_review.{key}")) for key in ("subtitle", "head.field"))
    number = re.compile(tr("gui_review.case_number", number="#").replace("#", r"\d+"))
    shown = [text for text in texts[first:last] if not number.fullmatch(text)]
    return [*shown, *found, verdicts(user)] if found else None
