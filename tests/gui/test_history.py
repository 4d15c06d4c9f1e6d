"""Undo takes back what was done last; a step that fails takes nothing back and stays."""

from __future__ import annotations

import pytest

from gui.history import Command, History


def test_undo_and_redo_walk_the_same_path():
    log, history = [], History()
    for n in range(3):
        history.add(Command(str(n), lambda n=n: log.append(-n), lambda n=n: log.append(n)))
    assert [history.undo().text, history.undo().text] == ["2", "1"]
    assert history.redo().text == "1"
    assert log == [-2, -1, 1]
    history.add(Command("new", lambda: None, lambda: None))
    assert history.redoable is None, "what was undone before cannot come back over something new"


def test_a_step_that_fails_stays_to_be_undone():
    history = History()
    history.add(Command("x", lambda: 1 / 0, lambda: None))
    with pytest.raises(ZeroDivisionError):
        history.undo()
    assert history.undoable.text == "x"


def test_nothing_to_undo_is_no_error():
    assert History().undo() is None
    assert History().redo() is None
