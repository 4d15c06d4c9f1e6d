"""Conditions: `amount > 1000 and country in ('FR', 'IE')` as our own value. Text never reaches a database as SQL.

Grammar (keywords in any case; a column is a bare word or stands in double quotes or backticks):

    either      condition { "or" condition }                 brackets as usual
    condition   test { "and" test }
    test        column ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
                column [ "not" ] "in" "(" value { "," value } ")"
                column "between" value "and" value          both ends belong to it
                column "is missing" | column "is present"
    value       number | 'text' | "text" | bare word        dates are ISO texts: '2024-03-01', '2024-03-01 10:30'

A date stands for the whole period it names: `time <= 2024-01-31` takes in the evening of the 31st, and
`time = 2024-01` is all of January. Missing cells pass no comparison, not even `!=`; `= ''` finds empty text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SchemaError
from .batch import CODED, Batch, Column, Missing
from .schema import Kind, Schema

__all__ = ["OPERATORS", "Condition", "Either", "Test", "Where", "period"]

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "is missing", "is present")

_COMPARE: dict[str, Any] = {
    "=": np.equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}
_ORDERED = ("<", "<=", ">", ">=")
_ISO = re.compile(r"\d{4}(-\d\d(-\d\d([ T]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?)?)?)?")
_LAST_EXACT = 2**53
_BARE = re.compile(r"[^\W\d]\w*")
_PERIODS = {4: "Y", 7: "M", 10: "D", 13: "h", 16: "m", 19: "s"}
_TRUTHS = {"1": "true", "yes": "true", "0": "false", "no": "false"}

Value = str | float


@dataclass(frozen=True)
class Test:
    """One comparison.

    Args:
        column: column name.
        op: one of `OPERATORS`.
        values: numbers or texts as written; one, several for "in", none for the last two.
        or_missing: whether missing cells pass too: no text states it, the opposite of a comparison needs it.
    """

    column: str
    op: str
    values: tuple[Value, ...] = ()
    or_missing: bool = False

    __test__ = False  # pytest: this is no test class

    def to_text(self) -> str:
        """As `Condition.parse` reads it."""
        name = self.column if _is_bare(self.column) else '"' + self.column.replace('"', '""') + '"'
        if not self.values and self.op != "in":
            return f"{name} {self.op}"
        texts = [_literal(v) for v in self.values]
        return f"{name} in ({', '.join(texts)})" if self.op == "in" else f"{name} {self.op} {texts[0]}"

    def bounds(self, kind: Kind) -> tuple[float, float]:
        """The half-open interval [low, high) in which a number, or a date in microseconds, passes `= < <= > >=`.

        Raises:
            SchemaError: a value that is no number or date.
        """
        low, high = _span(self.column, kind, self.values[0])
        ends = {"<": (-math.inf, low), "<=": (-math.inf, high), ">": (high, math.inf), ">=": (low, math.inf)}
        return ends.get(self.op, (low, high))

    def texts(self, kind: Kind) -> frozenset[str]:
        """The categories that the values of `=`, `!=` and `in` name, for coded kinds."""
        found = (_category(v) for v in self.values)
        return frozenset(_TRUTHS.get(t.lower(), t) for t in found) if kind is Kind.BOOLEAN else frozenset(found)

    def mask(self, column: Column) -> NDArray[np.bool_]:
        """(n,) which cells pass."""
        if self.op in ("is missing", "is present"):
            return column.present if self.op == "is present" else ~column.present
        found = self._coded(column) if column.kind in CODED else self._numeric(column)
        if self.op == "!=":
            return ~found if self.or_missing else ~found & column.present
        return found | ~column.present if self.or_missing else found

    @property
    def passes_missing(self) -> bool:
        """Whether a missing cell passes."""
        return self.or_missing or self.op == "is missing"

    def _coded(self, column: Column) -> NDArray[np.bool_]:
        wanted = self.texts(column.kind)
        passes = np.array([*(c in wanted for c in column.categories), False], dtype=bool)
        found: NDArray[np.bool_] = passes[np.where(column.present, column.values, len(column.categories))]
        return found | (column.missing == Missing.EMPTY) if "" in wanted else found

    def _numeric(self, column: Column) -> NDArray[np.bool_]:
        found = np.zeros(len(column), dtype=bool)
        op = "=" if self.op in ("in", "!=") else self.op
        for value in self.values:
            if column.kind is not Kind.DATETIME:
                found |= _COMPARE[op](column.values, _span(self.column, column.kind, value)[0])
                continue
            low, high = Test(self.column, op, (value,)).bounds(column.kind)
            found |= (column.values >= low) & (column.values < high)
        return found & column.present

    def check(self, schema: Schema) -> Test:
        """The test with the column's name as the schema writes it.

        Raises:
            SchemaError: no such column, or values that its kind cannot be compared with.
        """
        name = _column_name(self.column, schema)
        kind = schema[name].kind
        if kind in CODED and self.op in _ORDERED:
            raise SchemaError("data.condition_order", column=name, op=self.op, kind=str(kind))
        if kind not in CODED:
            for value in self.values:
                _span(name, kind, value)
        return replace(self, column=name)


@dataclass(frozen=True)
class Condition:
    """Tests joined by AND. An empty condition holds for every row."""

    tests: tuple[Test, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tests)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it reads, each once, in order."""
        return tuple(dict.fromkeys(t.column for t in self.tests))

    @classmethod
    def parse(cls, text: str) -> Condition:
        """The condition that a text states; blank text is the empty condition.

        Raises:
            SchemaError: the text is no condition; the message points at the place.
        """
        from ._grammar import tests

        return cls(tuple(Test(column, op, values) for column, op, values in tests(text)))

    def to_text(self) -> str:
        """Text that `parse` reads back to an equal condition."""
        return " and ".join(t.to_text() for t in self.tests)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain JSON."""
        return [{"column": t.column, "op": t.op, "values": list(t.values)} for t in self.tests]

    @classmethod
    def from_json(cls, data: list[Mapping[str, Any]]) -> Condition:
        """The condition that `to_json` wrote.

        Raises:
            SchemaError: an operator that is not known.
        """
        for test in data:
            if test["op"] not in OPERATORS:
                raise SchemaError("data.condition_operator", op=test["op"], known=list(OPERATORS))
        return cls(tuple(Test(str(t["column"]), str(t["op"]), tuple(t.get("values", ()))) for t in data))

    def check(self, schema: Schema) -> Condition:
        """The condition with names as the schema writes them (case is forgiven).

        Raises:
            SchemaError: a column the schema lacks, or values that its kind cannot be compared with.
        """
        return Condition(tuple(t.check(schema) for t in self.tests))

    def mask(self, batch: Batch) -> NDArray[np.bool_]:
        """(n,) which rows satisfy every test.

        Raises:
            SchemaError: the batch lacks a column.
        """
        found = np.ones(batch.rows, dtype=bool)
        for test in self.tests:
            if test.column not in batch.columns:
                raise SchemaError("schema.no_column", column=test.column, known=list(batch.columns)[:12])
            found &= test.mask(batch[test.column])
        return found


@dataclass(frozen=True)
class Either:
    """Conditions joined by OR; a row satisfies it that satisfies any of them."""

    parts: tuple[Condition, ...] = (Condition(),)

    def __bool__(self) -> bool:
        return all(self.parts)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it reads, each once, in order."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.columns))

    @classmethod
    def parse(cls, text: str) -> Either:
        """The alternatives that a text states; blank text holds for every row.

        Raises:
            SchemaError: the text is no condition; the message points at the place.
        """
        from ._grammar import alternatives

        parts = (Condition(tuple(Test(*test) for test in part)) for part in alternatives(text))
        return cls(tuple(dict.fromkeys(parts)))

    @classmethod
    def of(cls, where: Where) -> Either:
        """A condition as the only alternative; alternatives as they are."""
        return cls((where,)) if isinstance(where, Condition) else where

    def given(self, also: Condition) -> Either:
        """Each alternative with further tests."""
        return Either(tuple(Condition(part.tests + also.tests) for part in self.parts))

    def to_text(self) -> str:
        """Text that `parse` reads back to an equal value."""
        return " or ".join(part.to_text() for part in self.parts)

    def check(self, schema: Schema) -> Either:
        """With names as the schema writes them; raises as `Condition.check`."""
        return Either(tuple(part.check(schema) for part in self.parts))

    def mask(self, batch: Batch) -> NDArray[np.bool_]:
        """(n,) which rows satisfy any part; raises as `Condition.mask`."""
        found: NDArray[np.bool_] = np.logical_or.reduce([part.mask(batch) for part in self.parts])
        return found


Where = Condition | Either
"""What rows are asked for by: tests joined by AND, or alternatives of such."""


def period(text: str) -> tuple[int, int] | None:
    """Start and end (exclusive) of the period an ISO text names, in microseconds since 1970; None when it is none.

    `2024` is a year, `2024-03` a month, `2024-03-01` a day, `2024-03-01 10:30` a minute.
    """
    cleaned = text.strip().replace(" ", "T", 1)
    if not _ISO.fullmatch(cleaned):
        return None
    unit = _PERIODS.get(len(cleaned), "us")
    try:
        start = np.array([cleaned], dtype=f"datetime64[{unit}]")
    except ValueError:
        return None
    low, high = np.concatenate([start, start + 1]).astype("datetime64[us]").astype(np.int64).tolist()
    return low, high


def _column_name(name: str, schema: Schema) -> str:
    if name in schema.names:
        return name
    alike = [n for n in schema.names if n.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else schema[name].name


def _span(column: str, kind: Kind, value: Value) -> tuple[float, float]:
    """[low, high) that a value of a number or date column stands for."""
    if kind is Kind.DATETIME:
        found = period(_category(value))
        if found is None:
            raise SchemaError("data.condition_date", column=column, got=_category(value))
        return found
    text = _category(value).strip()
    if kind is Kind.INTEGER and text.lstrip("-").isdecimal():  # exact beyond what a float can hold
        return int(text), int(text) + 1
    try:
        point = float(text)
    except ValueError:
        point = math.nan
    if math.isnan(point):
        raise SchemaError("data.condition_number", column=column, got=_category(value))
    if kind is Kind.INTEGER and point.is_integer():
        return int(point), int(point) + 1
    return point, math.nextafter(point, math.inf)


def _category(value: Value) -> str:
    """A value as the text of a category: 3.0 is written 3."""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() and abs(value) <= _LAST_EXACT else repr(float(value))


def _literal(value: Value) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else _category(value)


def _is_bare(name: str) -> bool:
    return bool(_BARE.fullmatch(name)) and name.lower() not in ("and", "or", "in", "is", "not", "between")
