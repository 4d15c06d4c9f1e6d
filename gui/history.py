"""Undo and redo of anything: a list of done commands, each a pair of functions and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Command", "History"]


@dataclass(frozen=True)
class Command:
    """Something the user did: its words, how to take it back, how to do it again."""

    text: str
    undo: Callable[[], object]
    redo: Callable[[], object]


class History:
    """Done commands and undone ones."""

    def __init__(self, most: int = 200) -> None:
        self._done: list[Command] = []
        self._undone: list[Command] = []
        self._most = most

    def add(self, command: Command) -> None:
        """Note what was just done; what was undone before can no longer be redone."""
        self._done = [*self._done, command][-self._most :]
        self._undone.clear()

    @property
    def undoable(self) -> Command | None:
        """What undo would take back."""
        return self._done[-1] if self._done else None

    @property
    def redoable(self) -> Command | None:
        """What redo would do again."""
        return self._undone[-1] if self._undone else None

    def undo(self) -> Command | None:
        """Take back the last command."""
        if not self._done:
            return None
        command = self._done[-1]
        command.undo()  # when it raises, nothing was taken back
        self._undone.append(self._done.pop())
        return command

    def redo(self) -> Command | None:
        """Do the last undone command again."""
        if not self._undone:
            return None
        command = self._undone[-1]
        command.redo()
        self._done.append(self._undone.pop())
        return command

    def clear(self) -> None:
        """Forget everything: another project is open."""
        self._done.clear()
        self._undone.clear()
