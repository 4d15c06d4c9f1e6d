"""A cell is missing exactly where another column says so: no spouse's income where there is no spouse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...words import Message, message
from ..batch import Batch, Missing
from ._view import View, placed
from .base import DIRTY, Marks, Rule

__all__ = ["RULE", "Absence"]

_LEAST = 20  # rows on either side
_MOST, _COLUMNS = 200, 60  # values of a column that decides; such columns


@dataclass(frozen=True)
class Absence(Rule):
    """`then` is missing where `given` has one of some values; with `always`, nowhere else.

    Args:
        given: the column that decides; its own absence counts as the value None.
        then: the column that is missing.
        where: values of `given` at which it is.
        others: its other values.
        always: whether it is present everywhere else.
    """

    given: str
    then: str
    where: tuple[Any, ...]
    others: tuple[Any, ...]
    always: bool
    key: ClassVar[str] = "absence"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one that decides first."""
        return (self.given, self.then)

    @classmethod
    def find(cls, view: View) -> list[Absence]:
        """For each column that is missing now and then, those that decide when; the one that decides best."""
        found = []
        deciders = [name for name, (_, values) in view.codes.items() if len(values) <= _MOST][:_COLUMNS]
        for spec in view.schema:
            gone = ~view.batch[spec.name].present if spec.is_modelled else np.zeros(0, bool)
            if len(gone) and DIRTY < gone.mean() < 1 - DIRTY:
                made = [rule for other in deciders if (rule := _made(view, other, spec.name, gone)) is not None]
                whole = [rule for rule in made if rule.always]
                found += (whole or made)[:1]
        return found

    def applies(self, batch: Batch) -> Marks:
        """Rows whose deciding value is known."""
        return self._should_be_gone(batch) | self._should_be_there(batch)

    def broken(self, batch: Batch) -> Marks:
        """Present where it should be missing, or missing where it should not."""
        there = batch[self.then].present
        return (self._should_be_gone(batch) & there) | (self._should_be_there(batch) & ~there)

    def mended(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """Emptied where it should be; elsewhere it takes a value of another row of the batch."""
        own = batch[self.then]
        there = own.present
        empty, fill = self._should_be_gone(batch) & there, self._should_be_there(batch) & ~there
        values, missing = own.values.copy(), own.missing.copy()
        missing[empty], values[empty] = Missing.NULL, 0
        donors = np.flatnonzero(there & ~empty)
        if len(donors):
            chosen = donors[rng.integers(len(donors), size=int(fill.sum()))]
            values[fill], missing[fill] = own.values[chosen], own.missing[chosen]
        return batch.with_columns({self.then: replace(own, values=values, missing=missing)})

    def sentence(self) -> Message:
        """When it is missing."""
        shown = [message("rules.absence.itself") if v is None else v for v in self.where]
        return message("rules.absence.always" if self.always else "rules.absence.some",
                       given=self.given, then=self.then, values=shown)

    def _should_be_gone(self, batch: Batch) -> Marks:
        return _among(batch, self.given, self.where)

    def _should_be_there(self, batch: Batch) -> Marks:
        return _among(batch, self.given, self.others) if self.always else np.zeros(batch.rows, dtype=bool)


def _among(batch: Batch, name: str, values: tuple[Any, ...]) -> Marks:
    found = placed(batch[name], [v for v in values if v is not None]) >= 0
    return found | ~batch[name].present if None in values else found


def _made(view: View, given: str, then: str, gone: Marks) -> Absence | None:
    code, values = view.codes[given]
    if given == then:
        return None
    known = [*values, None] if (code < 0).any() else list(values)
    group = np.where(code < 0, len(values), code)
    rows = np.bincount(group, minlength=len(known))
    share = np.bincount(group, weights=gone, minlength=len(known)) / np.maximum(rows, 1)
    where, there = share >= 0.5, share < 0.5
    right = np.where(where, share, 1 - share)
    wrong_there = float(((1 - right) * rows)[there].sum() / max(rows[there].sum(), 1))
    wrong_gone = float(((1 - right) * rows)[where].sum() / max(rows[where].sum(), 1))
    if rows[where].sum() < _LEAST or rows[there].sum() < _LEAST or wrong_gone > DIRTY:
        return None
    if (rows[where] < _LEAST).all() or share[there].max(initial=0) > 1 - DIRTY:
        return None
    return Absence(given, then, tuple(v for v, on in zip(known, where, strict=True) if on),
                   tuple(v for v, on in zip(known, there, strict=True) if on), wrong_there <= DIRTY)


RULE = Absence
