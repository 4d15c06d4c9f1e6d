"""Checks of plain request fields, with the messages that parameters have."""

from __future__ import annotations

from ..params import Spec

__all__ = ["count", "one_of", "page"]

_MOST = 1_000_000_000


def count(name: str, value: int, low: int = 0, high: int = _MOST) -> int:
    """A whole number in [low, high].

    Raises:
        ParameterError: it is not.
    """
    return int(Spec(name, "int", low, "", low=low, high=high).check(value))


def one_of(name: str, value: str, *choices: str) -> str:
    """One of a few words.

    Raises:
        ParameterError: it is not.
    """
    return str(Spec(name, "choice", choices[0], "", choices=choices).check(value))


def page(start: int, rows: int) -> slice:
    """Positions of a page.

    Raises:
        ParameterError: it begins before the first row.
    """
    first = count("start", start)
    return slice(first, first + count("count", rows))
