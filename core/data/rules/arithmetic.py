"""A column is calculated from others: a total from its parts, an amount from quantity and price, a tax from a net.

Every pair and triple of number columns is tried on a sample, all at once; totals of more parts are found by a robust
linear fit (least absolute deviations, which dirty rows do not bend) whose slopes must all be one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...words import Message, message
from ..batch import Batch, Column, nearest_whole
from ..schema import Kind
from ._lad import parts_of
from ._view import View
from .base import DIRTY, Marks, Rule

__all__ = ["RULE", "Arithmetic"]

_MOST = 40
_TRIED = 300  # rows that every triple is tried on
_ALIVE = 0.05  # least share of rows in which each part matters
_CLOSE = 1e-6
_LEAST = 50

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Arithmetic(Rule):
    """`result` is the sum, the product or a fixed multiple of `parts`.

    Args:
        result: the calculated column.
        parts: columns it is calculated from.
        how: "sum", "product" or "factor" (of one part).
        factor: what the part is multiplied by; 1 for the others.
        decimals: of the result, which is rounded to them; -1 where it is not rounded.
    """

    result: str
    parts: tuple[str, ...]
    how: str
    factor: float
    decimals: int
    key: ClassVar[str] = "arithmetic"

    @property
    def columns(self) -> tuple[str, ...]:
        """Parts first."""
        return (*self.parts, self.result)

    @classmethod
    def find(cls, view: View) -> list[Arithmetic]:
        """Multiples, sums and products of two, and totals of more; one rule for each result."""
        names = view.numbers[:_MOST]
        values = {name: view.floats(name) for name in names}
        tried = [name for name in names if np.isfinite(values[name]).sum() >= _LEAST]
        found: dict[str, Arithmetic] = {}
        for rule in _candidates(view, tried, values):
            is_known = any(set(rule.columns) <= set(other.columns) for other in found.values())
            if rule.result not in found and not is_known and _holds(rule, view):
                found[rule.result] = rule
        return list(found.values())

    def broken(self, batch: Batch) -> Marks:
        """Not what the parts give, rounding allowed for."""
        now, should = batch[self.result].floats(), self._given(batch)
        with np.errstate(invalid="ignore", over="ignore"):
            return self.applies(batch) & ~(np.abs(now - should) <= self._tolerance(should))

    def mended(self, batch: Batch, rng: np.random.Generator) -> Batch:  # noqa: ARG002
        """The result is calculated anew."""
        wrong, own = self.broken(batch), batch[self.result]
        should: Floats = np.where(wrong, self._given(batch), 0.0)
        rounded: Floats = should if self.decimals < 0 else np.round(should, self.decimals) + 0.0
        fresh = nearest_whole(rounded) if own.kind is Kind.INTEGER else rounded
        column = Column(own.kind, np.where(wrong, fresh, own.values).astype(own.values.dtype), own.missing)
        return batch.with_columns({self.result: column})

    def sentence(self) -> Message:
        """The formula."""
        return message(f"rules.arithmetic.{self.how}", result=self.result, parts=list(self.parts), factor=self.factor)

    def _given(self, batch: Batch) -> Floats:
        parts = np.stack([batch[name].floats() for name in self.parts])
        with np.errstate(invalid="ignore", over="ignore"):
            given: Floats = parts.prod(axis=0) if self.how == "product" else parts.sum(axis=0) * self.factor
        return given

    def _tolerance(self, should: Floats) -> Floats:
        if self.decimals < 0:
            return _CLOSE * np.abs(should) + 1e-12
        return 0.501 * 10.0**-self.decimals + 1e-9 * np.abs(should)


def _candidates(view: View, names: list[str], values: dict[str, Floats]) -> Iterator[Arithmetic]:
    tried = _alive_rows(names, values)
    for a, c in ((a, c) for a in names for c in names if a != c):
        if (factor := _factor(tried[a], tried[c])) is not None:
            yield _rule(view, c, (a,), "factor", factor)
    for c in names:
        for how, (a, b) in _pairs(names, tried, c):
            yield _rule(view, c, (a, b), how)
    for c in names:
        if parts := parts_of(c, names, tried):
            yield _rule(view, c, parts, "sum")


def _rule(view: View, result: str, parts: tuple[str, ...], how: str, factor: float = 1.0) -> Arithmetic:
    spec = view.spec(result)
    decimals = 0 if spec.kind is Kind.INTEGER else -1 if spec.decimals is None else spec.decimals
    return Arithmetic(result, parts, how, factor, decimals)


def _alive_rows(names: list[str], values: dict[str, Floats]) -> dict[str, Floats]:
    """A few rows, spread evenly, in which no number is missing if there are such, else any."""
    whole = np.flatnonzero(np.logical_and.reduce([np.isfinite(values[n]) for n in names])) if names else np.array([])
    index = whole if len(whole) >= _LEAST else np.arange(len(next(iter(values.values()), [])))
    chosen = index[np.linspace(0, len(index) - 1, min(_TRIED, len(index))).astype(np.int64)] if len(index) else index
    return {name: values[name][chosen.astype(np.int64)] for name in names}


def _factor(a: Floats, c: Floats) -> float | None:
    """A number other than 0 with three or four digits that c is of a in nearly all rows."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = c / a
    held = np.isfinite(ratio) & (a != 0) & (c != 0)
    if held.sum() < _LEAST:
        return None
    large = np.abs(a) >= np.quantile(np.abs(a[held]), 0.5)  # where rounding of the result says least
    guess = float(f"{np.median(ratio[held & large]):.4g}")
    return guess if np.mean(np.abs(ratio[held] - guess) <= 0.01 * abs(guess)) >= 1 - 5 * DIRTY else None


def _pairs(names: list[str], tried: dict[str, Floats], c: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Pairs whose sum or product is the column, to a thousandth of its spread, in nearly all rows tried."""
    pairs = list(combinations([n for n in names if n != c], 2))
    if not pairs:
        return
    a, b = (np.stack([tried[pair[i]] for pair in pairs]) for i in (0, 1))  # (pairs, rows)
    spread = float(np.nanstd(tried[c])) or 1.0
    for how, made in (("sum", a + b), ("product", a * b)):
        close = np.mean(~(np.abs(made - tried[c]) > 1e-2 * spread), axis=1) >= 1 - 2 * DIRTY
        yield from ((how, pairs[i]) for i in np.flatnonzero(close).tolist())


def _holds(rule: Arithmetic, view: View) -> bool:
    """In nearly all rows, with every part at work in some, and not by all being 0 or 1."""
    applies = rule.applies(view.batch)
    if applies.sum() < _LEAST or rule.broken(view.batch).sum() > DIRTY * applies.sum():
        return False
    idle = 1.0 if rule.how == "product" else 0.0
    parts = [view.floats(name)[applies] for name in rule.parts]
    result = view.floats(rule.result)[applies]
    at_work = [np.mean((p != idle) & (result != 0)) >= _ALIVE for p in parts]
    return all(at_work) and len(np.unique(result)) > 2 and all(len(np.unique(p)) > 1 for p in parts)


RULE = Arithmetic
