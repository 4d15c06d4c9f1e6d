"""A translator's journey: every page with real rows on it, in a language in which untranslated text stands out."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QTableView, QWidget

from gui.text import tr
from gui.widgets import KeyCap, Label, hbox, painter_of

from .plain import Data, Painted, plain_texts

pytestmark = pytest.mark.journey


def test_translator_finds_no_text_that_skipped_the_catalogue(user, few_payments, monkeypatch):
    monkeypatch.setenv("LIKENESS_LOCALE", "pseudo")
    painted, data = Painted(monkeypatch), Data(few_payments, ("amount_vs_usual",))
    found: dict[str, list[str]] = {}

    def look(place: str) -> None:
        user.shoot(place)
        found[place] = plain_texts(user.window, painted, data)

    user.start()
    look("start")
    for step in (walks_through_data, walks_through_detect, walks_through_review, walks_through_a_copy, opens_dialogs):
        step(user, few_payments, look)
    user.quit()
    plain = [f"{place}: {text!r}" for place, texts in found.items() for text in texts]
    assert not plain, "\n".join(plain)


def walks_through_data(user, file, look):
    user.choose_file(file, lambda: user.press("Ctrl+O"))
    user.see("the rows", lambda: user.row(user.find("gui_data.grid", QTableView), 0)[0])
    user.see("the profile", lambda: user.reads("gui_data.check.roles"))
    look("data")
    user.press("C")
    look("columns")
    user.press("C")


def walks_through_detect(user, file, look):
    user.press("Ctrl+Return")
    user.see("the question", lambda: user.reads("gui_detect.question"))
    look("question")
    user.press("Ctrl+Return")
    user.see("how far it is", lambda: user.find("gui_detect.progress"))
    look("learning")
    user.see("the reasons", lambda: user.reads("gui_detect.nearest"))
    look("detect")


def walks_through_review(user, file, look):
    user.press("R")
    user.see("who decides", lambda: user.reads("gui_desk.name"))
    look("name")
    user.press("Return")
    user.see("the first case", lambda: user.reads("gui_review.case_number", number=1))
    user.press("F", "N", "Space")
    user.see("a case", lambda: user.reads("gui_review.case_number", number=4))
    look("review")


def walks_through_a_copy(user, file, look):
    user.press("Ctrl+6", "Ctrl+J", "Ctrl+Return")
    user.find_later("gui_synth.bars.synthetic", column="amount")
    look("measuring")
    user.see("the report", lambda: user.reads("gui_synth.faithful"))
    user.press("Ctrl+J")
    look("copy")
    for step in ("roles", "generate", "risk"):
        user.click(user.find(f"gui_synth.part.{step}", QAbstractButton))
        look(step)


def opens_dialogs(user, file, look):
    for keys, place in (("?", "keys"), ("Ctrl+K", "palette"), ("Ctrl+,", "settings")):
        user.click(user.find("gui_review.title" if place == "keys" else "gui_data.title", QAbstractButton))
        user.press(keys)
        look(place)
        user.press("Escape")
    user.press("Ctrl+1")
    look("start again")


class Drawn(QWidget):
    def paintEvent(self, event):  # noqa: N802
        painter = painter_of(self)
        painter.drawText(0, 10, "Drawn by hand")
        painter.drawText(0, 20, tr("gui.rows", rows=12))
        painter.end()


def test_text_that_skipped_the_catalogue_is_told_from_words_and_data(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("LIKENESS_LOCALE", "pseudo")
    file = tmp_path / "shops.csv"
    file.write_text("name,town\nVolt Ltd,in\n")
    painted, window = Painted(monkeypatch), QWidget()
    qtbot.addWidget(window)
    row = hbox(window)
    for text in ("Find it", tr("gui.jobs"), "Volt Ltd", f"{tr('gui.jobs')} of Volt Ltd", "shops.csv", "12px",
                 "Ctrl+Home"):
        row.addWidget(Label(text))
    row.addWidget(KeyCap("Ctrl"))
    row.addWidget(Drawn())
    window.resize(900, 100)
    window.setToolTip("Said under the mouse")
    window.show()
    qtbot.waitExposed(window)
    window.grab()
    skipped = ["Drawn by hand", "Find it", "Said under the mouse", f"{tr('gui.jobs')} of Volt Ltd"]
    assert plain_texts(window, painted, Data(file)) == skipped
