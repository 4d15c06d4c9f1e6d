"""Marks: journal lengths and heads this user has seen, kept outside the project file.

They show what the chain itself cannot: a tail that was cut off, or a chain that was rebuilt from an earlier entry on.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ..paths import private_dir, settings_dir
from ..words import Message
from .journal import Journal, now

__all__ = ["Mark", "contradicted", "remember"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mark:
    """A journal as it was seen: entry `length` had the hash `head`."""

    length: int
    head: str
    path: str
    at: str

    def agrees(self, journal: Journal) -> bool:
        """Whether the journal still holds that entry."""
        return journal.hash_at(self.length) == self.head


def remember(project: str, path: Path, journal: Journal, length: int, head: str) -> None:
    """Note length and head. A mark goes only when the journal has grown from it, so evidence is never overwritten."""
    here = str(path.absolute())
    kept = [m for m in _marks(project) if m.path != here or not m.agrees(journal)]
    marks = [asdict(m) for m in [*kept, Mark(length, head, here, now())]]
    try:
        target = _file(project)
        draft = target.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(marks, indent=1), "utf-8")
        draft.replace(target)
    except OSError as error:  # the verdict itself is safe: a mark that lags behind is only a weaker witness
        _log.warning("head of the journal not remembered: %s", error)


def contradicted(project: str, path: Path, journal: Journal) -> list[Message]:
    """What earlier marks say against this journal: entries cut off, or others in their place.

    Marks of another path count only when nothing lies there any more: then the file was moved. Otherwise this is a
    copy, and copies may grow apart.
    """
    here = str(path.absolute())
    problems = []
    for mark in _marks(project):
        if mark.path != here and Path(mark.path).exists():
            continue
        if not mark.agrees(journal):
            key = "project.chain.cut" if mark.length > journal.length else "project.chain.rebuilt"
            problems.append(Message(key, {"length": journal.length, "seen": mark.length, "at": mark.at[:16]}))
    return problems


def _marks(project: str) -> list[Mark]:
    try:
        return [Mark(**m) for m in json.loads(_file(project).read_text("utf-8"))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        _log.warning("marks of the journal cannot be read: %s", error)
        return []


def _file(project: str) -> Path:
    return private_dir(settings_dir() / "heads") / f"{project}.json"
