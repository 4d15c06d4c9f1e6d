"""The analyst: a table never seen before, a ranked list with reasons, a threshold, and next month's file."""

from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QTableView

from core.paths import resources
from gui.text import tr

pytestmark = pytest.mark.journey

ROWS = 344


def test_analyst_finds_out_what_does_not_belong(user, tmp_path):
    user.start()
    opens_the_sample(user)
    changes_a_role_and_takes_it_back(user)
    answers_the_question(user)
    moves_the_threshold(user)
    reads_why(user)
    scores_next_month(user, next_month(tmp_path))
    user.quit()


def opens_the_sample(user):
    user.see("the samples", lambda: user.reads("sample.penguins.title"))
    user.shoot("1-start")
    user.click(user.find("sample.penguins.title"))
    user.see("its rows", lambda: user.row(user.find("gui_data.grid", QTableView), 0)[:2] == ["Adelie", "Torgersen"])
    user.see("its profile", lambda: user.reads("gui_data.check.no_repeats"))


def changes_a_role_and_takes_it_back(user):
    grid = user.find("gui_data.grid", QTableView)
    assert user.reads("gui_data.roles_guessed")
    user.press(*["Right"] * 4)
    assert user.inspected() == "sex"
    user.shoot("2-data", everywhere=True)
    user.press("E", "Tab", "End")
    user.see("the role that was set", lambda: user.reads("gui_data.roles_edited", count=1))
    assert user.reads("gui_data.set_by_you")
    user.press("Ctrl+Z")
    user.see("the role as it was guessed", lambda: user.reads("gui_data.roles_guessed"))
    user.press("Ctrl+Shift+Z", "Ctrl+Z")
    assert user.reads("gui_data.roles_guessed")
    user.press("C")
    user.shoot("3-columns")
    user.press("C")
    assert grid.isVisible()


def answers_the_question(user):
    user.press("Ctrl+Return")
    user.see("the question", lambda: user.reads("gui_detect.question"))
    user.click(user.find("gui_detect.clean"))
    user.shoot("4-question")
    user.press("Ctrl+Return")
    user.see("how far it is", lambda: user.find("gui_detect.progress"))
    user.shoot("5-learning")
    user.see("ranked rows", lambda: user.reads("gui_detect.review", count=100))
    user.see("the first row", lambda: user.row(user.find("gui_detect.grid", QTableView), 0)[0] == "1")


def moves_the_threshold(user):
    def flags(count: int):
        user.see(f"{count} flagged rows", lambda: user.reads("gui_detect.review", count=count))

    user.press("[", "[", "[")
    flags(103)
    user.press("]")
    flags(102)
    user.press("B")
    user.write("25")
    user.press("Return", "Escape")
    flags(25)
    plot = user.find("gui_detect.plot")
    middle = plot.height() // 2
    user.drag(plot, QPoint(plot.width() // 2, middle), QPoint(plot.width() // 4, middle))
    dragged = plot.value()
    assert ROWS > dragged > 25
    flags(dragged)
    user.press("Left", "Shift+Left", "Right")
    flags(dragged + 10)
    user.click(user.find("gui_detect.contract.fdr", QAbstractButton))
    user.see("a promise on false alarms", lambda: user.reads("gui_detect.words.fdr"))
    user.shoot("6-false-alarms")
    user.click(user.find("gui_detect.contract.budget", QAbstractButton))
    flags(dragged + 10)


def reads_why(user):
    grid = user.find("gui_detect.grid", QTableView)
    user.click(user.find("gui_detect.all_rows", QAbstractButton))
    user.click(grid.viewport(), QPoint(300, grid.rowHeight(0) // 2))
    user.press("J", "J", "K")
    user.see("row 2 in the panel", lambda: user.reads("gui_detect.rank", rank=2))
    user.see("its reasons", lambda: not user.reads("gui_detect.asking"))
    user.see("what is like it", lambda: user.reads("gui_detect.nearest"))
    assert "expected" in user.row(grid, 1)[user.column(grid, "gui_detect.col.reason")]
    user.shoot("7-detect", everywhere=True)
    user.press("?")
    user.see("the keys", lambda: user.reads("gui.keys.title"))
    user.shoot("8-keys")
    user.press("Escape")


def scores_next_month(user, file):
    export = user.find("gui_detect.export", QAbstractButton)
    entry = tr("gui_detect.score_another")
    user.choose_file(file, lambda: user.choose_entry(entry, lambda: user.click(export)))
    user.see("what differs", lambda: user.reads("gui_detect.next_title") and not user.reads("gui_detect.comparing"))
    said = " ".join(user.texts())
    assert "Elephant" in said
    assert "body_mass_g" in said
    user.shoot("9-next-month")
    user.click(user.find("gui_detect.score_with", QAbstractButton))
    grid = user.find_later("gui_detect.grid", QTableView)
    user.see("the new rows", lambda: user.row(grid, 0)[0] == "1" and "Elephant" in user.row(grid, 0))
    user.see("the reasons of the first", lambda: not user.reads("gui_detect.asking"))
    user.shoot("10-next-month-scored")


def next_month(folder):
    """Ten penguins of a new island, one of them impossible; a column renamed, another gone."""
    rows = list(csv.DictReader(resources("samples", "penguins", "penguins.csv").open()))[5:15]
    for row in rows:
        row["Body mass (g)"] = row.pop("body_mass_g")
        del row["year"]
    rows[3].update({"island": "Elephant", "flipper_length_mm": "95.0"})
    file = folder / "penguins-april.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return file
