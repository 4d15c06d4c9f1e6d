"""Tasks: one use case a file. A frozen `Request` says what is wanted; `run(request, store, run)` does it.

A request is declared once; that declaration gives its JSON (pipe, log, history), its command-line form ("copy as
command") and its parser (commands/):

    @dataclass(frozen=True)
    class SynthRequest(Request):
        task: ClassVar[str] = "synth"
        project: str = option("--project", help="Project file.")
        rows: int = option("--rows", default=1000, help="Rows to draw.")
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..errors import ParameterError
from ..registry import Registry
from ..run import Run

__all__ = ["TASKS", "Request", "Task", "argument", "option", "request_from_json"]


def argument(*, help: str, default: Any = dataclasses.MISSING) -> Any:  # noqa: A002
    """Declare a positional argument of a request."""
    return dataclasses.field(default=default, metadata={"flag": None, "help": help})


def option(flag: str, *, help: str, default: Any = dataclasses.MISSING) -> Any:  # noqa: A002
    """Declare an option of a request. Booleans are flags ("--on" or "--on/--off"); tuples repeat the option."""
    return dataclasses.field(default=default, kw_only=True, metadata={"flag": flag, "help": help})


@dataclass(frozen=True)
class Request:
    """Base of all requests. Fields hold only str, int, float, bool, None or tuples of str.

    Class attributes:
        task: name of the task's file.
        verb: its words on the command line where they differ from the task's name: "review export".
        keeps: whether it can end early with what it has, on `Signal.STOP_AND_KEEP`.
    """

    task: ClassVar[str]
    verb: ClassVar[str] = ""
    keeps: ClassVar[bool] = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object with the task's name."""
        return {"task": self.task, **{k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The request that `to_json` wrote.

        Raises:
            ParameterError: unknown fields.
        """
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "task"}
        known = [f.name for f in dataclasses.fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise ParameterError("params.unknown", name=unknown[0], known=known)
        return cls(**values)

    def journals(self) -> bool:
        """Whether the journal will tell of it, so that it needs the right to write before it begins."""
        return False

    def arguments(self) -> list[str]:
        """The command-line words that make this request; values equal to their default are left out."""
        positional, options = [], []
        for f in dataclasses.fields(self):
            value, flag = getattr(self, f.name), f.metadata.get("flag")
            if flag is None:
                positional += [] if value is None else [str(value)]
            elif value != f.default:
                options += _option(flag, value)
        if any(p.startswith("-") for p in positional):  # a file called -x.csv is not an option
            return [*self.words(), *options, "--", *positional]
        return [*self.words(), *positional, *options]

    @classmethod
    def words(cls) -> list[str]:
        """The command's words: ["fit"], ["review", "export"]."""
        return cls.verb.split() or [cls.task]

    def command(self) -> str:
        """The shell line a user can copy."""
        return shlex.join(["python", "main.py", *self.arguments()])


def _option(flag: str, value: Any) -> list[str]:
    on, _, off = flag.partition("/")
    if isinstance(value, bool):
        return [on if value else off]
    if isinstance(value, tuple):
        return [word for v in value for word in (on, str(v))]
    return [] if value is None else [on, str(value)]


@dataclass(frozen=True)
class Task:
    """What a file of this package exports as TASK.

    Args:
        request: the request's class; its docstring is the command's help.
        run: (request, store, run) -> JSON-able result. The store gives read access to the project and stages files;
            the caller adopts what was staged.
        query: answered by the query worker (short, newest wins) instead of the job worker.
    """

    request: type[Request]
    run: Callable[[Any, Any, Run], dict[str, Any]]
    query: bool = False


TASKS: Registry[Task] = Registry(__package__, "TASK")


def request_from_json(data: Mapping[str, Any]) -> Request:
    """The request of any task, from JSON."""
    return TASKS.get(str(data.get("task"))).request.from_json(data)
