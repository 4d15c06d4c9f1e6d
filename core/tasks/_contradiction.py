"""Conditions that no row could ever satisfy, told before a model is asked."""

from __future__ import annotations

import math

from ..data.batch import CODED
from ..data.conditions import Condition, Test
from ..data.schema import Kind, Schema
from ..errors import SchemaError

__all__ = ["check_possible"]

_BARE = ("is missing", "is present")


def check_possible(where: Condition, schema: Schema) -> None:
    """Refuse tests on one column that exclude each other, such as `amount > 5 and amount < 3`.

    Raises:
        SchemaError: they do.
    """
    for name in where.columns:
        tests = [t for t in where.tests if t.column == name]
        if len(tests) > 1 and _exclude(tests, schema[name].kind):
            raise SchemaError("ask.contradiction", column=name, tests=Condition(tuple(tests)).to_text())


def _exclude(tests: list[Test], kind: Kind) -> bool:
    ops = {t.op for t in tests}
    if "is missing" in ops:
        return ops != {"is missing"}
    told = [t for t in tests if t.op not in _BARE]
    return _no_value_left(told, kind) if kind in CODED else _no_range_left(told, kind)


def _no_value_left(tests: list[Test], kind: Kind) -> bool:
    """Whether no category passes all of `=`, `!=` and `in`."""
    wanted = [t.texts(kind) for t in tests if t.op != "!="]
    barred = frozenset().union(*(t.texts(kind) for t in tests if t.op == "!="))
    return bool(wanted) and not frozenset.intersection(*wanted) - barred


def _no_range_left(tests: list[Test], kind: Kind) -> bool:
    """Whether no number or moment passes all comparisons; `!=` takes single points only, so it is left out."""
    low, high = -math.inf, math.inf
    listed: list[list[tuple[float, float]]] = []
    for test in tests:
        if test.op == "in":
            listed.append([Test(test.column, "=", (v,)).bounds(kind) for v in test.values])
        elif test.op != "!=":
            a, b = test.bounds(kind)
            low, high = max(low, a), min(high, b)
    if low >= high:
        return True
    return any(not any(max(a, low) < min(b, high) for a, b in spans) for spans in listed)
