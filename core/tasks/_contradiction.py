"""Conditions that no row could ever satisfy, or that no row of a model does: told before any work begins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..data.batch import CODED
from ..data.conditions import Condition, Either, Test, Where
from ..data.schema import ColumnSpec, Kind, Schema
from ..errors import FitError, SchemaError
from ..models.base import Answers

if TYPE_CHECKING:
    from ..models.bundle import Bundle

__all__ = ["check_drawable", "check_possible", "is_possible"]

_BARE = ("is missing", "is present")
_OPEN = frozenset({"<", "<=", ">", ">=", "!=", *_BARE})
_LEAST = math.log(1e-9)
"""Log probability that the tests on a column need by themselves."""


def check_possible(where: Where, schema: Schema) -> None:
    """Refuse tests on one column that exclude each other, such as `amount > 5 and amount < 3`.

    Raises:
        SchemaError: they do, in every alternative.
    """
    found = [_contradiction(part, schema) for part in Either.of(where).parts]
    if found[0] and all(found):
        raise SchemaError("ask.contradiction", column=found[0][0].column, tests=Condition(found[0]).to_text())


def is_possible(where: Where, schema: Schema) -> bool:
    """Whether in some alternative the tests on each column leave it a value."""
    return not all(_contradiction(part, schema) for part in Either.of(where).parts)


def check_drawable(where: Where, bundle: Bundle, facts: Mapping[str, Any], *, within: bool = False) -> None:
    """Refuse at once what the marginals rule out: tests on a column that fewer than one row in a billion passes.

    Args:
        where: names as the schema writes them.
        bundle: the fit.
        facts: learned with it.
        within: whether the model that will draw keeps to the ranges of the facts, whatever is asked.

    Raises:
        SchemaError: the tests exclude each other.
        FitError: they are as improbable as that, in every alternative.
    """
    check_possible(where, bundle.schema)
    ranges = facts.get("ranges", {})
    found = [_improbable(part, bundle, ranges if within else {}) for part in Either.of(where).parts]
    if found[0] is None or None in found:
        return
    tests, level = found[0]
    name, probability = tests[0].column, math.exp(level)
    told = {"column": name, "condition": Condition(tests).to_text(), "probability": probability}
    ends = ranges.get(name)
    if ends is None or bundle.schema[name].kind is Kind.DATETIME:
        raise FitError("synth.impossible", **told)
    raise FitError("synth.out_of_range", **told, low=ends[0], high=ends[1])


def _improbable(
    where: Condition, bundle: Bundle, ranges: Mapping[str, Any]
) -> tuple[tuple[Test, ...], float] | None:
    """The tests on the first column that hardly a row passes, and their log probability."""
    for name in where.columns:
        tests, spec = tuple(t for t in where.tests if t.column == name), bundle.schema[name]
        if name in ranges and not _reaches(tests, spec.kind, *ranges[name]):
            return tests, -math.inf
        if (level := _level(tests, spec, bundle)) < _LEAST:
            return tests, level
    return None


def _reaches(tests: Sequence[Test], kind: Kind, low: float, high: float) -> bool:
    """Whether a value in [low, high], or a missing cell, passes."""
    from ..encode.numbers import intervals

    if all(t.op in _BARE for t in tests):
        return True
    return any(a <= high and low < b for a, b in intervals(tests, kind))


def _level(tests: tuple[Test, ...], spec: ColumnSpec, bundle: Bundle) -> float:
    """Log probability of the tests on a column; 0 where no probability is known."""
    model = bundle.draws
    if not isinstance(model, Answers) or not spec.is_modelled:
        return 0.0
    if spec.kind is Kind.NUMBER and not _OPEN.issuperset(t.op for t in tests):
        return 0.0  # a single point of a continuous column has a density, which is no probability
    return model.log_prob(Condition(tests)).value


def _contradiction(where: Condition, schema: Schema) -> tuple[Test, ...]:
    """The tests on the first column whose tests exclude each other."""
    for name in where.columns:
        tests = tuple(t for t in where.tests if t.column == name)
        if len(tests) > 1 and _exclude(tests, schema[name].kind):
            return tests
    return ()


def _exclude(tests: Sequence[Test], kind: Kind) -> bool:
    ops = {t.op for t in tests}
    if "is missing" in ops:
        return ops != {"is missing"}
    told = [t for t in tests if t.op not in _BARE]
    return _no_value_left(told, kind) if kind in CODED else _no_range_left(told, kind)


def _no_value_left(tests: Sequence[Test], kind: Kind) -> bool:
    """Whether no category passes all of `=`, `!=` and `in`."""
    wanted = [t.texts(kind) for t in tests if t.op != "!="]
    barred = frozenset().union(*(t.texts(kind) for t in tests if t.op == "!="))
    return bool(wanted) and not frozenset.intersection(*wanted) - barred


def _no_range_left(tests: Sequence[Test], kind: Kind) -> bool:
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
