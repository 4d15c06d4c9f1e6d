"""Reasons in words: "amount 9,400; given category = grocery the model expected 12 to 140".

They come from the model's own conditional probabilities, never from a z-score beside it. A cell's *excess*
(models/base, `Cells`) is its surprise above what is usual, so that neither columns with many values nor rare values
that go well with the rest of their row lead every list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch, Missing
from ..data.schema import LOG_SECONDS, TIMES, Schema
from ..models.base import Cells, Expected, Explains, Fitted, Relates
from ..words import Message, message
from .repair import leading
from .wording import ALMOST_SURE, expected_message, value_texts

__all__ = ["EMBER", "Reason", "given_columns", "headline", "reasons"]

EMBER = 2.5
"""Nats of excess from which a cell counts as surprising on its own (e^2.5 = 12 times rarer than usual)."""

_NOTABLE = 0.5
"""Nats of excess below which a cell counts as expected."""

_LEADING = 0.6
"""Nats of excess that the first reason must have to be told as one; else no cell stands out alone."""

_RELEVANT = 1.0
"""Nats that knowing another column must add to the surprise before it is named as the reason's context."""

_FIXED = 0.5
"""Nats of usual surprise below which the rest of the row nearly fixes a cell."""

_MOST_HIDDEN = 60

_ABOUT_ENTITY = {LOG_SECONDS: "gap", TIMES: "habit"}
"""Sentences about columns derived from an entity's earlier rows."""


@dataclass(frozen=True)
class Reason:
    """One surprising cell.

    Args:
        column: its name.
        value: the value seen, as text, or the word for its absence.
        surprise: nats, -log p(cell | rest of the row).
        excess: nats above what is usual for such a value in such a place; orders reasons.
        expected: what the model expected, as numbers.
        expected_text: the same in words.
        message: the reason as a sentence.
        partner: the column it disagrees with, where each of the two nearly fixes the other; "" for none.
        fall: how far the row's score falls when the cell is as expected; None where that was not tried.
    """

    column: str
    value: str | Message
    surprise: float
    excess: float
    expected: Expected
    expected_text: Message
    message: Message
    partner: str = ""
    fall: float | None = None

    @property
    def is_surprising(self) -> bool:
        """Whether the cell stands out on its own."""
        return self.excess >= EMBER


def reasons(
    cells: Cells,
    batch: Batch,
    schema: Schema,
    *,
    top: int | None = 4,
    given: Sequence[Sequence[str]] | None = None,
    fallen: NDArray[np.float64] | None = None,
) -> list[list[Reason]]:
    """The most surprising cells of each row: the leading one, then by excess.

    Args:
        cells: (k, d) answers of the explaining model.
        batch: the k rows.
        schema: their columns.
        top: reasons a row; None = all d columns.
        given: for each row the other columns that make its first reason surprising, from `given_columns`.
        fallen: (k, d) how far repairs bring the score down, from `repair.falls`.

    Returns:
        k lists.
    """
    ahead = cells.excess.copy()
    if ahead.size:
        ahead[np.arange(len(ahead)), leading(cells, fallen)] = np.inf
    order = np.argsort(-ahead, axis=1, kind="stable")[:, :top]
    told = _Told(cells, batch, schema, fallen)
    out = []
    for row, columns in enumerate(order.tolist()):
        context = tuple(given[row]) if given else ()
        out.append([told.reason(row, j, context if place == 0 else ()) for place, j in enumerate(columns)])
    return out


@dataclass(frozen=True, eq=False)
class _Told:
    """Puts cells into words; remembers the texts of a column, which all rows of a page share."""

    cells: Cells
    batch: Batch
    schema: Schema
    fallen: NDArray[np.float64] | None = None
    texts: dict[str, list[str | Message]] = field(default_factory=dict)

    @cached_property
    def excess(self) -> NDArray[np.float64]:
        """(k, d) of all cells."""
        return self.cells.excess

    def reason(self, row: int, j: int, context: tuple[str, ...]) -> Reason:
        """The reason that cell j of a row gives; `context` are the columns named as what makes it surprising."""
        name, expected = self.cells.columns[j], self.cells.expected[row][j]
        surprise = float(self.cells.surprise[row, j])
        excess = float(self.excess[row, j])
        value, wanted = self.value(name, row), expected_message(expected, self.schema[name], self.batch, row)
        said: dict[str, Any] = {"column": name, "value": value, "expected": wanted, **self._derived(name)}
        key = self._key(name, row, expected)
        partner = self._partner(row, j, context)
        if excess < _NOTABLE:
            key = f"{key}_as_expected" if "entity" in said else "as_expected"
        elif partner:
            key, said["other"], said["other_value"] = "pair", partner, self.value(partner, row)
        elif context:
            key += "_given"
            said["given"] = _join([message("detect.given", column=c, value=self.value(c, row)) for c in context])
        sentence = message(f"detect.reason.{key}", **said)
        return Reason(name, value, surprise, excess, expected, wanted, sentence, partner, self._fall(row, j))

    def _fall(self, row: int, j: int) -> float | None:
        """How far the score falls with this cell, where that was tried."""
        fall = np.nan if self.fallen is None else float(self.fallen[row, j])
        return None if np.isnan(fall) else fall

    def _key(self, name: str, row: int, expected: Expected) -> str:
        """Which sentence tells a cell that is not as expected."""
        about = _ABOUT_ENTITY.get(self.schema[name].storage)
        if about:
            return about if self.batch[name].present[row] else f"{about}_first"
        if _is_inside(expected, self.batch, name, row):
            return "inside"
        return "alone" if len(self.cells.columns) == 1 else "outside"

    def _derived(self, name: str) -> dict[str, Any]:
        """Whose earlier rows a derived column comes from, and what it compares."""
        spec = self.schema[name]
        return dict(spec.reason.values) if spec.storage in _ABOUT_ENTITY and spec.reason else {}

    def _partner(self, row: int, j: int, context: tuple[str, ...]) -> str:
        """The one column whose cell makes this one surprising, where either cell nearly follows from the other.

        Then either may be the wrong one, and saying so of one alone would be a guess.
        """
        if len(context) != 1 or context[0] not in self.cells.columns:
            return ""
        both = [j, self.cells.columns.index(context[0])]
        is_fixed = (self.cells.typical[row, both] < _FIXED).all()
        return context[0] if is_fixed and (self.excess[row, both] >= EMBER).all() else ""

    def value(self, name: str, row: int) -> str | Message:
        """A row's value of a column, as text."""
        if name not in self.texts:
            self.texts[name] = value_texts(self.batch[name], self.schema[name])
        return self.texts[name][row]


def _is_inside(expected: Expected, batch: Batch, name: str, row: int) -> bool:
    """Whether the value lies within the expected range and is surprising all the same (a gap between two humps)."""
    if expected.low is None or expected.high is None or not batch[name].present[row]:
        return False
    if expected.values and expected.values[0][1] >= ALMOST_SURE:
        return False
    return bool(expected.low <= float(batch[name].values[row]) <= expected.high)


def _join(parts: list[Message]) -> Message:
    return parts[0] if len(parts) == 1 else message("detect.and", first=parts[0], second=parts[1])


def headline(found: Sequence[Reason], *, is_usual: bool = False) -> Message:
    """One sentence for a row: its first reason, and that another cell stands out too, or that none does alone.

    A row that scores no higher than the typical one (`is_usual`) is not said to be an unusual combination.
    """
    if not found:
        return message("detect.headline.none")
    first = found[0]
    if first.excess < _LEADING and is_usual:
        return message("detect.headline.usual")
    if first.excess < _LEADING:
        return message("detect.headline.combination", column=first.column, value=first.value)
    others = [
        r for r in found[1:] if r.is_surprising and r.excess >= first.excess / 2 and r.column != first.partner
    ]
    if not others:
        return first.message
    return message(
        "detect.headline.two", first=first.message, column=others[0].column, value=others[0].value,
        expected=others[0].expected_text,
    )


def given_columns(
    explains: Explains, batch: Batch, cells: Cells, most: int = 2, main: NDArray[np.int64] | None = None
) -> list[tuple[str, ...]]:
    """For each row, the other columns without which its leading cell would be less surprising.

    A model that relates its cells is asked; of any other each column is hidden in turn and the cell asked again: what
    it loses in surprise is what that column contributed. That costs d calls for k rows, so it is meant for the rows of
    a page, and beyond 60 columns nothing is named.

    Args:
        explains: the model that gave `cells`.
        batch: the k rows.
        cells: its answer for them.
        most: columns a row, most relevant first.
        main: (k,) which cell of each row is asked about; None: the one of most excess.

    Returns:
        k tuples; empty where no single column matters.
    """
    if not batch.rows:
        return []
    main = leading(cells) if main is None else main
    if isinstance(explains, Relates) and isinstance(explains, Fitted):
        at = np.array([explains.columns.index(c) for c in cells.columns])
        lost = explains.context(batch, at[main])[:, at]
    elif len(cells.columns) <= _MOST_HIDDEN:
        lost = _lost_when_hidden(explains, batch, cells, main)
    else:
        return [()] * batch.rows
    lost[np.arange(batch.rows), main] = -np.inf
    return [_relevant(lost[r], cells.columns, most, batch, r) for r in range(batch.rows)]


def _lost_when_hidden(
    explains: Explains, batch: Batch, cells: Cells, main: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(k, d) surprise that each row's main cell loses without each other column."""
    rows = np.arange(batch.rows)
    lost = np.zeros(cells.surprise.shape)
    for j, name in enumerate(cells.columns):
        if name not in batch.columns or not (main != j).any():
            continue
        hidden = explains.cells(_without(batch, name))
        hidden = hidden.without(set(hidden.columns) - set(cells.columns))
        lost[:, j] = cells.surprise[rows, main] - hidden.surprise[rows, main]
    return lost


def _relevant(
    lost: NDArray[np.float64], columns: tuple[str, ...], most: int, batch: Batch, row: int
) -> tuple[str, ...]:
    order = [int(j) for j in np.argsort(-lost, kind="stable")[:most]]
    named = [j for j in order if lost[j] >= _RELEVANT and batch[columns[j]].present[row]]
    if len(named) == 2 and lost[named[1]] < lost[named[0]] / 2:
        named = named[:1]
    return tuple(columns[j] for j in named)


def _without(batch: Batch, name: str) -> Batch:
    """The batch with one column missing everywhere."""
    column = batch[name]
    hidden = np.full(len(column), Missing.NULL, dtype=np.uint8)
    return batch.with_columns({name: replace(column, values=np.zeros_like(column.values), missing=hidden)})
