"""The data steward: a synthetic copy of a table that may not leave the house, compared, measured, exported."""

from __future__ import annotations

import csv
from datetime import datetime

import pytest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox

from gui.text import tr

pytestmark = pytest.mark.journey

ROWS = 400


def test_steward_hands_on_a_copy_instead_of_the_table(user, payments, tmp_path):
    user.start()
    learns_the_table(user, payments)
    is_told_of_a_slip(user)
    draws_and_looks(user)
    out = tmp_path / "copy.csv"
    exports(user, out)
    user.quit()
    holds_what_was_asked_for(out, payments)


def learns_the_table(user, file):
    user.see("the tasks", lambda: user.reads("start.task.copy"))
    user.choose_file(file, lambda: user.press("3"))
    user.see("what comes first", lambda: user.find("gui_synth.learn", QAbstractButton))
    user.see("that the table is read", lambda: user.reads("gui.rows", rows=3000))
    user.shoot("1-nothing-yet")
    user.press("Ctrl+Return")
    user.see("the settings", lambda: user.reads("gui_synth.settings"))


def is_told_of_a_slip(user):
    user.click(user.find("gui_synth.rows_field", QAbstractSpinBox))
    user.press("Ctrl+A")
    user.write(str(ROWS))
    user.press("Tab", "Tab")
    user.write("amuont > 20")
    user.press("Return")
    assert any("amuont" in text for text in user.texts())
    user.shoot("2-slip")
    user.press("Ctrl+A")
    user.write("amount > 20 and channel = 'chip'")


def draws_and_looks(user):
    user.press("Ctrl+Return")
    user.find_later("gui_synth.bars.synthetic", column="amount")
    assert user.reads("gui_synth.rows", n=ROWS)
    assert user.reads("gui_synth.rows", n=3000)
    user.shoot("3-measuring")
    user.see("how faithful it is", lambda: user.reads("gui_synth.faithful"))
    assert user.find("gui_synth.rows_field", QAbstractSpinBox).text() == str(ROWS)
    user.shoot("4-synthesize", everywhere=True)
    for step, words in (
        ("roles", "gui_made.title"), ("generate", "gui_synth.rules"), ("risk", "evaluate.exact_copies.title"),
    ):
        user.click(user.find(f"gui_synth.part.{step}", QAbstractButton))
        user.see(step, lambda words=words: user.reads(words))
        user.shoot(f"4-{step}", everywhere=True)


def exports(user, out):
    user.choose_file(out, lambda: user.press("Ctrl+Shift+E"))
    title = tr("jobs.title.export", name=out.name)
    user.see("that it is written", lambda: user.reads("jobs.written", title=title, clock=""))
    user.shoot("5-exported")


def holds_what_was_asked_for(out, real):
    copy, rows = list(csv.DictReader(out.open())), list(csv.DictReader(real.open()))
    assert len(copy) == ROWS
    assert list(copy[0]) == [c for c in rows[0] if c in copy[0]]
    assert {r["channel"] for r in copy} == {"chip"}
    assert all(float(r["amount"]) > 20 for r in copy)
    assert all(len(r["amount"].partition(".")[2]) <= 2 for r in copy)
    assert all(datetime.fromisoformat(r["time"]).year == 2026 for r in copy)
    assert {r["pin_fails"] for r in copy} <= {"0", "1", "2", "3", ""}
    for name in ("payment_id", "card", "customer", "terminal"):
        assert not {r[name] for r in copy if r[name]} & {r[name] for r in rows}, f"{name}: copied"
    assert len({r["payment_id"] for r in copy}) == ROWS
