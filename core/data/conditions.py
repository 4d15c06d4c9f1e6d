"""Conditions: `amount > 1000 and country in ('FR', 'IE')` as our own value. Text never reaches a database as SQL."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Condition", "Test"]


@dataclass(frozen=True)
class Test:
    """One comparison.

    Args:
        column: column name.
        op: "=", "!=", "<", "<=", ">", ">=", "in", "is missing" or "is present".
        values: numbers or texts as written; one, several for "in", none for the last two.
    """

    column: str
    op: str
    values: tuple[str | float, ...] = ()


@dataclass(frozen=True)
class Condition:
    """Tests joined by AND. An empty condition holds for every row."""

    tests: tuple[Test, ...] = ()
