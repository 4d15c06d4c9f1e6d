"""Alternatives made disjoint, so that their probabilities add up and a row is drawn from exactly one of them.

What is new in an alternative, beside those before it, is cut into conditions that no row satisfies two of:
A or B = A, and B without A; and B without (s and t) = B and not s, and B and s and not t. The opposite of a comparison
passes missing cells too (`Test.or_missing`), so that the opposite of a test is a condition on the same column.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SchemaError
from .conditions import Condition, Either, Test, Where

__all__ = ["disjoint"]

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MOST = 1_024


def disjoint(where: Where) -> tuple[Condition, ...]:
    """Conditions of which each row that satisfies `where` satisfies exactly one, and other rows none.

    Raises:
        SchemaError: they would be too many.
    """
    parts = Either.of(where).parts
    found: list[Condition] = []
    for i, part in enumerate(parts):
        new = [part.tests]
        for before in parts[:i]:
            new = [rest for tests in new for rest in _without(tests, before)]
            if len(found) + len(new) > _MOST:
                raise SchemaError("data.condition_overlaps", text=where.to_text(), most=_MOST)
        found += [Condition(tests) for tests in new]
    return tuple(found)


def _without(tests: tuple[Test, ...], other: Condition) -> list[tuple[Test, ...]]:
    """What of a condition is not in another, as disjoint conditions."""
    found, within = [], tests
    for test in other.tests:
        if test in within:  # its opposite cannot hold beside it
            continue
        found.append((*within, *_opposite(test)))
        within = (*within, test)
    return [own for own in found if not _is_empty(own)]


def _opposite(test: Test) -> Sequence[Test]:
    """Tests on the same column that together hold wherever the test does not."""
    if test.op == "is missing":
        return [Test(test.column, "is present")]
    if test.op == "is present":
        return [Test(test.column, "is missing")]
    if test.op == "in":
        return [Test(test.column, "!=", (value,), not test.or_missing) for value in test.values]
    return [Test(test.column, _OPPOSITE[test.op], test.values, not test.or_missing)]


def _is_empty(tests: Sequence[Test]) -> bool:
    """Whether a cell would have to be missing and present at once."""
    gone = {t.column for t in tests if t.op == "is missing"}
    return any(t.column in gone and not t.passes_missing for t in tests)
