"""Somebody who asks the model: sets cells, reads how probable they are, follows the tree, draws rows like that."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QTableView, QWidget

from gui.text import tr

pytestmark = pytest.mark.journey


def test_asker_sets_cells_and_draws_rows_like_them(user, payments):
    user.start()
    learns_the_payments(user, payments)
    before = reads_every_row(user)
    sets_a_category(user, before)
    follows_a_line_of_the_tree(user)
    is_told_of_a_slip(user)
    takes_a_cell_back(user)
    draws_rows_like_that(user)
    begins_with_a_row(user)
    user.quit()


def learns_the_payments(user, file):
    user.choose_file(file, lambda: user.press("1"))
    user.see("the table", lambda: user.reads("gui_data.count_all", rows=3000))
    user.press("Ctrl+4")
    user.see("that there is no model yet", lambda: user.reads("gui_model.no_fit"))
    user.press("Ctrl+3", "Ctrl+Return", "Ctrl+Return")
    user.see("ranked rows", lambda: user.reads("gui_detect.review", count=100))


def reads_every_row(user):
    user.press("Ctrl+4")
    user.see("that nothing is set", lambda: user.reads("gui_model.nothing_set"))
    user.see("the cards", lambda: card(user, "amount"))
    assert {"100%"} <= set(user.texts())
    return card(user, "amount")


def sets_a_category(user, before):
    cell = field(user, "category")
    user.click(cell)
    user.write("trav")
    user.press("Down", "Return")
    user.see("how many rows agree", lambda: agreeing(user))
    assert cell.text() == "travel", "the list offers what holds the letters"
    share = agreeing(user)
    assert 0.01 < share < 0.2
    assert abs(probability(user) - share) < 0.25 * share, "the model's share of such rows is about that of the table's"
    user.see("another distribution", lambda: card(user, "amount") != before)
    assert not card(user, "category"), "what is set is not asked"
    user.shoot("1-category", everywhere=True)


def follows_a_line_of_the_tree(user):
    tree = user.find("gui_model.tree")
    node = next(b for b in tree.findChildren(QAbstractButton) if b.text() == "amount")
    at = node.geometry()
    user.click(tree, QPoint(at.left() - 4, at.center().y()))
    was = probability(user)
    user.write("> 200")
    user.press("Return")
    user.see("a rarer answer", lambda: probability(user) < was)
    assert field(user, "amount").text() == "> 200"
    assert tr("gui_model.node_set", column="amount", value="> 200") in node.accessibleName()


def is_told_of_a_slip(user):
    cell, was = field(user, "amount"), probability(user)
    user.click(cell)
    user.press("Ctrl+A")
    user.write("much")
    user.press("Return")
    user.see("what was wrong", lambda: any("much" in text for text in user.texts()))
    assert probability(user) == was, "the last answer stays in sight"
    user.shoot("2-slip")


def takes_a_cell_back(user):
    user.press("Escape", "Ctrl+Z", "Ctrl+Z")
    user.see("the cell as it was before", lambda: field(user, "amount").text() == "")
    user.see("the answer to it", lambda: probability(user) > 0.01)


def draws_rows_like_that(user):
    user.press("Escape", "D")
    grid = user.find_later("gui_model.rows", QTableView)
    place = user.column_named(grid, "category")
    drawn = [user.row(grid, i) for i in range(10)]
    assert {row[place] for row in drawn} == {"travel"}
    user.shoot("3-drawn", everywhere=True)
    user.press("D")
    user.see("ten other rows", lambda: [user.row(grid, i) for i in range(10)] != drawn)
    user.click(user.find("gui_model.close_rows", QAbstractButton))
    assert not grid.isVisible()


def begins_with_a_row(user):
    fill = user.find("gui_model.fill", QAbstractButton)
    user.choose_entry(tr("gui_model.from_detect", place=1), lambda: user.click(fill))
    user.see("its cells", lambda: field(user, "merchant").text())
    user.see("what was expected instead", lambda: any("; expected " in text for text in user.texts()))
    user.shoot("4-from-a-row")


def field(user, column):
    """Where a cell is set."""
    return user.find("gui_model.cell", QLineEdit, column=column)


def card(user, column):
    """What a card tells of a column, its bars' heights too; "" while there is none."""
    shown = [w for w in user.window.findChildren(QWidget) if w.isVisible()]
    found = [w for w in shown if w.accessibleName().startswith(f"{column}: ")]
    return found[0].accessibleName() if found else ""


def probability(user):
    """The number in large figures."""
    found = [m for text in user.texts() if (m := re.fullmatch(r"([\d.]+)%", text))]
    return float(found[0][1]) / 100


def agreeing(user):
    """Share of the table's rows that agree; 0 before it is said."""
    said = re.escape(tr("gui_model.agree", agree=0, rows=3000, share="#")).replace("0\\ of", r"(\d+)\ of").replace(
        r"\#", ".*")
    found = [m for text in user.texts() if (m := re.fullmatch(said, text))]
    return int(found[0][1]) / 3000 if found else 0.0
