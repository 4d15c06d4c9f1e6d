"""How a row is called on a card or in a list: title, subtitle, amount and time, chosen by the roles of the columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.schema import Kind, Role, Schema
from ..words import Message, message

if TYPE_CHECKING:
    from ..data.batch import Batch
    from ..data.cells import Cell
    from ._runs import OpenRun

__all__ = ["Naming", "items", "line"]

_CALLED = re.compile(
    r"(^|_)(merchant|vendor|payee|supplier|shop|product|item|title|name|company|customer)(_name)?$", re.IGNORECASE
)
_SORTED = re.compile(r"(^|_)(category|type|kind|class|channel|method)($|_)", re.IGNORECASE)
_SHOWN = 12
_CODED = (Kind.CATEGORY, Kind.BOOLEAN)

_LONGEST = 80  # characters of a title


@dataclass(frozen=True)
class Naming:
    """Which columns say what a row is.

    Args:
        title: column whose value is the title; None, or a missing value, calls a row by its number.
        subtitle: columns of the line below it.
        amount, time: columns, or None.
        shown: columns a list has room for.
    """

    title: str | None
    subtitle: tuple[str, ...]
    amount: str | None
    time: str | None
    shown: tuple[str, ...]

    @classmethod
    def of(cls, schema: Schema) -> Naming:
        """By role first, then by name, then by kind."""
        ids, entities = schema.with_role(Role.ID), schema.with_role(Role.ENTITY)
        kept = [c for c in schema if c.role not in (Role.IGNORE, Role.LABEL)]
        texts = [c.name for c in kept if c.kind in (Kind.CATEGORY, Kind.TEXT)]
        called = [n for n in texts if _CALLED.search(n)]
        title = next(iter([*called, *ids, *entities]), None)
        time = next(iter(schema.with_role(Role.TIME)), None)
        amount = next(iter(schema.with_role(Role.AMOUNT)), None)
        coded = [c.name for c in kept if c.kind in _CODED and c.role is Role.FEATURE]
        coded.sort(key=lambda n: _SORTED.search(n) is None)
        below = [*ids[:1], *([time] if time else []), *entities[:1], *[n for n in coded if n != title][:1]]
        first = [n for n in (*ids, title, amount, time, *entities, *coded) if n]
        rest = [c.name for c in kept if c.kind is not Kind.TEXT]
        shown = tuple(dict.fromkeys([*first, *rest]))[:_SHOWN]
        return cls(title, tuple(n for n in dict.fromkeys(below) if n != title), amount, time, shown)

    def cards(self, batch: Batch, rows: NDArray[np.int64], schema: Schema) -> list[dict[str, Any]]:
        """Title, subtitle, amount and time of each row, as text; the title of a row without a name is a message."""
        from ..data.cells import cell_texts

        names = {n for n in (self.title, self.amount, self.time, *self.subtitle) if n}
        texts = {n: [_text(c) for c in cell_texts(batch[n], schema[n])] for n in names}
        return [self._card(texts, at, int(row), schema) for at, row in enumerate(rows)]

    def _card(self, texts: dict[str, list[str]], at: int, row: int, schema: Schema) -> dict[str, Any]:
        parts = [_named(n, texts[n][at], schema) for n in self.subtitle if texts[n][at]]
        return {
            "title": (self.title and _named(self.title, texts[self.title][at], schema)) or _row(row).to_json(),
            "subtitle": " · ".join(parts),
            "amount": texts[self.amount][at] if self.amount else "",
            "time": texts[self.time][at] if self.time else "",
        }


def items(run: OpenRun, rows: NDArray[np.int64], shown: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What a list shows of each row, without reasons: key, rank, score, p-value, card and cells.

    Args:
        run: the score run.
        rows: (k,) positions in its source.
        shown: columns of the cells; none: those that say most.
    """
    from ..data.cells import display
    from ..data.keys import case_keys

    naming, scores = Naming.of(run.schema), run.scores
    batch = run.take(rows)
    cards = naming.cards(batch, rows, run.schema)
    cells: list[list[Cell]] = display(batch.select(shown or naming.shown), run.schema)
    keys = case_keys(run.source, rows)
    return [
        {
            "row": int(row), "key": keys[at], "rank": int(scores.rank[row]), "score": float(scores.score[row]),
            "p_value": None if np.isnan(scores.p_value[row]) else float(scores.p_value[row]),
            "in_sample": bool(scores.in_sample[row]), "cells": cells[at], **cards[at],
            "readings": {
                name: {"nats": float(nats[row]), "every": max(len(nats) // int(count[row]), 1)}
                for name, (nats, count) in run.readings.items()
            },
        }
        for at, row in enumerate(rows)
    ]


def _text(cell: Cell) -> str:
    """A cell as a name: one that holds a page of text is cut."""
    text = cell if isinstance(cell, str) else ""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def line(card: dict[str, Any]) -> list[Any]:
    """What a row is in a line: title, amount and time, those there are; each a text or a message."""
    return [part for part in (card["title"], card["amount"], card["time"]) if part]


def _row(row: int) -> Message:
    return message("tasks.row", row=row + 1)


def _named(name: str, text: str, schema: Schema) -> str:
    """`card 7731`: a number alone says nothing."""
    return f"{name} {text}" if schema[name].role in (Role.ENTITY, Role.ID) and text.isdigit() else text
