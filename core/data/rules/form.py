"""Texts have a form: two letters and four digits, a postcode, a code with dashes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...words import Message, message
from ..batch import CODED, Batch
from ..schema import Kind
from ._view import View
from .base import DIRTY, Marks, Rule

__all__ = ["RULE", "Form"]

_LEAST = 12  # distinct texts
_REPEATED = 20  # rows a text has on average at most: a list of known values says more than their form
_MOST_FORMS = 3
_RUNS = re.compile(r"[0-9]+|[A-Z]+|[a-z]+|[^0-9A-Za-z]", re.ASCII)
_CLASSES = (("0", "9", "[0-9]"), ("A", "Z", "[A-Z]"), ("a", "z", "[a-z]"))


@dataclass(frozen=True)
class Form(Rule):
    """Every text of a column has one of a few forms.

    Args:
        column: the column.
        pattern: regular expression that the whole text matches.
        example: a made text of that form: 9 for digits, A and a for letters.
    """

    column: str
    pattern: str
    example: str
    key: ClassVar[str] = "form"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one."""
        return (self.column,)

    @classmethod
    def find(cls, view: View) -> list[Form]:
        """Columns of many texts of few forms that hold digits or marks: plain words have none to keep."""
        return [rule for spec in view.schema
                if spec.is_modelled and spec.kind in CODED and spec.kind is not Kind.BOOLEAN
                and (rule := _made(view, spec.name)) is not None]

    def broken(self, batch: Batch) -> Marks:
        """Texts of another form."""
        column = batch[self.column].compact()
        fits = re.compile(self.pattern)
        good = np.array([fits.fullmatch(text) is not None for text in column.categories] or [True], dtype=bool)
        found: Marks = self.applies(batch) & ~good[np.where(column.present, column.values, 0)]
        return found

    def sentence(self) -> Message:
        """What the texts look like."""
        return message("rules.form", column=self.column, example=self.example)


def _made(view: View, name: str) -> Form | None:
    column = view.batch[name].compact()
    held = column.values[column.present]
    rows = np.bincount(held, minlength=len(column.categories))
    used = np.flatnonzero(rows)
    if len(used) < max(_LEAST, len(held) // _REPEATED):
        return None
    forms: Counter[str] = Counter()
    for place in used.tolist():
        forms[_form(column.categories[place])] += int(rows[place])
    common, covered = [], 0
    for form, times in forms.most_common(_MOST_FORMS):
        if covered < (1 - DIRTY) * len(held):
            common.append(form)
            covered += times
    if covered < (1 - DIRTY) * len(held) or not all(re.search(r"[^A-Za-z ]", form) for form in common):
        return None
    return Form(name, "|".join(_pattern(form) for form in common), " / ".join(common))


def _form(text: str) -> str:
    """`AB-129` -> `AA-999`."""
    return _RUNS.sub(lambda run: next(
        (mark * len(run[0]) for first, last, mark in (("0", "9", "9"), ("A", "Z", "A"), ("a", "z", "a"))
         if first <= run[0][0] <= last), run[0]), text)


def _pattern(form: str) -> str:
    """`AA9` -> `[A-Z]{2}[0-9]`."""
    def one(run: re.Match[str]) -> str:
        for first, last, written in _CLASSES:
            if first <= run[0][0] <= last:
                return written + (f"{{{len(run[0])}}}" if len(run[0]) > 1 else "")
        return re.escape(run[0])

    return _RUNS.sub(one, form)


RULE = Form
