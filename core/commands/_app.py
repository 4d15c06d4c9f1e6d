"""The whole command line: one command per task, and errors in three lines."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from functools import cache
from typing import Any

import typer

from ..errors import Cancelled, LikenessError, ParameterError, fault
from ..jobs.messages import plain
from ..tasks.base import TASKS, Request
from ..words import words
from ._adapter import command_of
from ._execute import execute
from .base import SHOWS, Show, visible

__all__ = ["main"]

_USAGE: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
"""Typer brings its own click or uses the one that is installed: its base of usage errors either way."""


def main(words: list[str]) -> int:
    """Act on the words of a command line.

    Returns:
        Exit code: 0 done, 1 answered no (verify), 2 error, 3 refused, 130 stopped.
    """
    try:
        return _dispatch(words)
    except Cancelled as stopped:
        _say(stopped)
        return 130
    except LikenessError as error:
        _say(error)
        return 2
    except BrokenPipeError:  # the reader of our output has gone, as in `| head`: no error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # told as what it is
        if os.environ.get("LIKENESS_DEBUG"):
            raise
        _say(fault(error))
        return 2


def _dispatch(words: list[str]) -> int:
    try:
        code = _command().main(args=words, prog_name="python main.py", standalone_mode=False)
        sys.stdout.flush()  # here, where a reader that has gone can still be told from an error
    except _USAGE as wrong:
        problem = str(wrong.format_message()).rstrip(".")
        context = getattr(wrong, "ctx", None)
        path = context.command_path if context else "python main.py"
        raise ParameterError("commands.usage", problem=problem, command=path) from None
    except (typer.Abort, KeyboardInterrupt):
        raise Cancelled from None
    return int(code or 0)


@cache
def _command() -> Any:
    """The click command of all tasks; built once a process."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    groups: dict[str, typer.Typer] = {}
    app.callback()(_about)
    app.command("open", help="Open the window on a project or a table.")(_open)
    for _, task in TASKS.items():  # noqa: PERF102 - a Registry is no mapping
        *group, name = task.request.words()
        parent = app
        if group:
            parent = groups.setdefault(group[0], typer.Typer(rich_markup_mode=None, no_args_is_help=True))
        parent.command(name, help=task.request.__doc__, rich_help_panel=None)(command_of(task.request, _act))
    for name, group_app in groups.items():
        app.add_typer(group_app, name=name, help=f"Commands of a {name}.")
    return typer.main.get_command(app)


def _about() -> None:
    """Likeness finds the records that do not belong, says why, and makes new ones that do.

    Without a command, the window opens.
    """


def _open(file: str = typer.Argument(help="Project or table.")) -> None:
    """Only for the help: the window is opened before commands are looked at."""


def _act(request: Request, as_json: bool) -> int:
    """Run a request and print its result."""
    _check_filled(request)
    show = _show_of(request.task)
    result = execute(request)
    if as_json:
        print(json.dumps(plain(result), ensure_ascii=False))
    else:
        for line in show.lines(result):
            print(visible(line))
    return show.code(result)


def _check_filled(request: Request) -> None:
    """Refuse `--out ""`, which a shell makes of a variable that is not set, instead of doing without.

    Raises:
        ParameterError: a text that is needed, or was given, is empty.
    """
    for field in dataclasses.fields(request):
        if getattr(request, field.name) == "" != field.default:
            problem = words().text("commands.blank", name=field.metadata["flag"] or field.name.upper())
            command = " ".join(("python main.py", *request.words()))
            raise ParameterError("commands.usage", problem=problem, command=command)


def _show_of(task: str) -> Show:
    """How a result is shown; JSON for a task that has no page of its own here."""
    return SHOWS.get(task) if task in SHOWS.keys() else Show(_as_json)  # noqa: SIM118 - a Registry is no mapping


def _as_json(result: dict[str, Any]) -> list[str]:
    return [json.dumps(plain(result), ensure_ascii=False, indent=2)]


def _say(error: LikenessError) -> None:
    """Three lines on stderr: what, why, fix."""
    for line in error.lines():
        print(visible(line), file=sys.stderr)

