"""A question to the model as the user writes it: a text for each set cell, and the condition that it means.

A category reads `fuel`, `fuel | travel` or the word for missing; a number or date `12`, `12..140`, `12..`, `..140`,
`> 12`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from core.data.conditions import Condition, Test
from core.data.schema import ColumnSpec, Kind, Schema

from ..text import tr

__all__ = ["is_coded", "question_of", "tests_of"]

_CODED: Final = (Kind.CATEGORY, Kind.BOOLEAN)
_COMPARED: Final = re.compile(r"(>=|<=|>|<|=)\s*(.+)")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
_LAST_EXACT: Final = 2**53


def is_coded(spec: ColumnSpec) -> bool:
    """Whether its values are chosen from a list."""
    return spec.kind in _CODED


def question_of(cells: Mapping[str, str], schema: Schema) -> Condition:
    """The condition that set cells mean together.

    Raises:
        SchemaError: a text that is no value or range of its column.
    """
    known = {spec.name: spec for spec in schema}
    tests = (test for name, text in cells.items() if name in known for test in tests_of(known[name], text))
    return Condition(tuple(tests)).check(schema)


def tests_of(spec: ColumnSpec, text: str) -> tuple[Test, ...]:
    """What the text of one cell asks; none for an empty one.

    Raises:
        SchemaError: no value or range of that column.
    """
    if not text.strip():
        return ()
    if text.strip() == tr("gui_model.missing"):
        return (Test(spec.name, "is missing"),)
    tests = _choice(spec, text) if is_coded(spec) else _span(spec, text.strip())
    return Condition(tests).check(Schema((spec,))).tests


def _choice(spec: ColumnSpec, text: str) -> tuple[Test, ...]:
    """One value as it stands, blanks at its ends included, or several between bars."""
    values = tuple(part.strip() for part in text.split(" | "))
    return (Test(spec.name, "in", values),) if len(values) > 1 else (Test(spec.name, "=", (text,)),)


def _span(spec: ColumnSpec, text: str) -> tuple[Test, ...]:
    if found := _COMPARED.fullmatch(text):
        return (Test(spec.name, found[1], (_value(spec, found[2]),)),)
    if ".." not in text:
        return (Test(spec.name, "=", (_value(spec, text),)),)
    low, _, high = text.partition("..")
    ends = ((">=", low), ("<=", high))
    return tuple(Test(spec.name, op, (_value(spec, end),)) for op, end in ends if end.strip())


def _value(spec: ColumnSpec, text: str) -> str | float:
    """A number as one, so that it reads without quotes in a command; what is none is refused later, with its column."""
    text = text.strip()
    if spec.kind is Kind.DATETIME:
        return text
    plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    try:
        number = float(plain)
    except ValueError:
        return plain
    return number if abs(number) < _LAST_EXACT else plain
