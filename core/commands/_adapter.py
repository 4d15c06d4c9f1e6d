"""From a request class to a typer command: the declaration of the request is the only one."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable
from typing import Any

import typer

from ..tasks.base import Request

__all__ = ["command_of"]


def command_of(request: type[Request], act: Callable[[Request, bool], int]) -> Callable[..., None]:
    """A function that typer turns into a command.

    Args:
        request: its fields become arguments and options, its docstring the help.
        act: (request, whether JSON is wanted) -> exit code.
    """
    hints = typing.get_type_hints(request)
    parameters = [_parameter(f, hints[f.name]) for f in dataclasses.fields(request)]
    as_json = inspect.Parameter(
        "as_json", inspect.Parameter.KEYWORD_ONLY, annotation=bool,
        default=typer.Option(False, "--json", help="Print one JSON object."),
    )

    def command(*, as_json: bool = False, **values: Any) -> None:
        given = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        raise typer.Exit(act(request(**given), as_json))

    command.__doc__ = request.__doc__
    command.__name__ = request.task
    command.__signature__ = inspect.Signature([*parameters, as_json])  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in [*parameters, as_json]}
    return command


def _parameter(field: dataclasses.Field[Any], hint: Any) -> inspect.Parameter:
    """One argument or option; KEYWORD_ONLY, since typer calls by name and defaults may precede needed ones."""
    is_many = typing.get_origin(hint) is tuple
    default: Any = field.default
    if default is dataclasses.MISSING:
        default = ...
    elif is_many:
        default = list(default)
    text, flag = field.metadata["help"], field.metadata["flag"]
    show = default not in (None, "", ..., False) and not is_many
    made = (
        typer.Argument(default, help=text, show_default=show) if flag is None
        else typer.Option(default, flag, help=text, show_default=show)
    )
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=made, annotation=list[str] if is_many else _plain(hint)
    )


def _plain(hint: Any) -> Any:
    """`str | None` as typer of every version reads it."""
    if isinstance(hint, types.UnionType):
        return typing.Optional[next(a for a in typing.get_args(hint) if a is not type(None))]  # noqa: UP045
    return hint
