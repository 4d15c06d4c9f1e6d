"""Errors a user can act on. Each carries three messages: what happened, why, and how to mend it.

LikenessError
├── DataError            a file or table that cannot be read or used
│   ├── ReadError        the file itself: missing, truncated, wrong format, no permission
│   └── SchemaError      a column, kind, role or condition that does not fit the data
├── ParameterError       a parameter or argument outside its declared domain
├── FitError             a model that cannot be fitted to these rows, or cannot answer what was asked
├── ProjectError         a project file that cannot be opened or written
│   ├── ForeignProject   not a Likeness project
│   ├── NewerProject     written by a later version (opens read-only)
│   ├── DamagedProject   corrupt, or changed outside Likeness
│   └── LeaseHeld        another window holds the right to write
├── RefusedError         the request is understood and refused because its assumption fails
├── JobError             the calculation process stopped
└── Cancelled            the user stopped it; nothing was written
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .words import Message, words

__all__ = [
    "Cancelled", "DamagedProject", "DataError", "FitError", "ForeignProject", "JobError", "LeaseHeld", "LikenessError",
    "NewerProject", "ParameterError", "ProjectError", "ReadError", "RefusedError", "SchemaError", "error_from_json",
    "fault",
]


class LikenessError(Exception):
    """Base of all errors shown to a user.

    Args:
        key: catalogue key; `<key>.what`, `<key>.why` and `<key>.fix` are its three templates.
        values: the values the templates name (file, place, limits); never whole rows of data.
    """

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values: Mapping[str, Any] = values

    @property
    def messages(self) -> tuple[Message, Message, Message]:
        """What, why and fix, as messages."""
        what, why, fix = (Message(f"{self.key}.{part}", self.values) for part in ("what", "why", "fix"))
        return what, why, fix

    def lines(self, locale: str = "en") -> tuple[str, str, str]:
        """What, why and fix, as text."""
        catalogue = words(locale)
        what, why, fix = (catalogue.text(m) for m in self.messages)
        return what, why, fix

    def to_json(self) -> dict[str, Any]:
        """What a worker sends to its parent."""
        return {"type": type(self).__name__, **Message(self.key, self.values).to_json()}

    def __str__(self) -> str:
        return "\n".join(self.lines())


class DataError(LikenessError):
    """A file or table that cannot be read or used."""


class ReadError(DataError):
    """The file itself: missing, truncated, of another format, not permitted."""


class SchemaError(DataError):
    """A column, kind, role or condition that does not fit the data."""


class ParameterError(LikenessError):
    """A parameter or argument outside its declared domain."""


class FitError(LikenessError):
    """A model that cannot be fitted to these rows, or cannot answer what was asked."""


class ProjectError(LikenessError):
    """A project file that cannot be opened or written."""


class ForeignProject(ProjectError):
    """A file that is not a Likeness project."""


class NewerProject(ProjectError):
    """A project written by a later version."""


class DamagedProject(ProjectError):
    """A project that is corrupt or was changed outside Likeness."""


class LeaseHeld(ProjectError):
    """Another window holds the right to write."""


class RefusedError(LikenessError):
    """The request is understood and refused because its assumption fails."""


class JobError(LikenessError):
    """The calculation process stopped."""


class Cancelled(LikenessError):
    """The user stopped it; nothing was written."""

    def __init__(self, key: str = "job.cancelled", **values: Any) -> None:
        super().__init__(key, **values)


def error_from_json(data: Mapping[str, Any]) -> LikenessError:
    """The error that `to_json` described; an unknown type becomes a JobError."""
    said = Message.from_json(data)
    known: dict[str, type[LikenessError]] = {c.__name__: c for c in _tree(LikenessError)}
    return known.get(str(data.get("type")), JobError)(said.key, **said.values)


def fault(error: Exception) -> JobError:
    """What to tell of an error that nobody foresaw: the computer's memory or files, or a mistake of ours."""
    if isinstance(error, MemoryError):
        return JobError("jobs.memory")
    if isinstance(error, OSError) and error.strerror:
        return JobError("jobs.system", file=str(error.filename or ""), problem=error.strerror)
    return JobError("jobs.fault", problem=f"{type(error).__name__}: {error}")


def _tree(root: type[LikenessError]) -> list[type[LikenessError]]:
    return [root, *(c for child in root.__subclasses__() for c in _tree(child))]
