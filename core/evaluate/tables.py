"""Bring three tables together for an evaluation: which columns can be compared, coded alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..data.batch import CODED, Batch, Column
from ..data.schema import ColumnSpec, Kind, Role, Schema
from ..errors import SchemaError
from ..words import Message, message
from .base import Tables

__all__ = ["Prepared", "is_compared", "prepare"]

_COMPARED = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.CATEGORY, Kind.BOOLEAN, Kind.DATETIME})
_NEVER = frozenset({Role.ID, Role.ENTITY, Role.IGNORE})
_FEWEST = 10


@dataclass(frozen=True, eq=False)
class Prepared:
    """Tables to evaluate, and what was left out.

    Args:
        tables: the three tables.
        notes: columns left out, with the reason.
    """

    tables: Tables
    notes: tuple[Message, ...]


def prepare(train: Batch, holdout: Batch, synthetic: Batch, schema: Schema, target: str | None = None) -> Prepared:
    """Keep the columns all three have and code their categories alike.

    Ids, entities, free text and ignored columns are never compared: a copy writes them anew. Labels are compared where
    the copy has them.

    Args:
        train: rows the model learned from.
        holdout: real rows it never saw.
        synthetic: rows of the copy.
        schema: of the real tables.
        target: column for downstream utility.

    Raises:
        SchemaError: too few rows, no column left, or a target that is not compared.
    """
    for name, batch in (("train", train), ("holdout", holdout), ("synthetic", synthetic)):
        if batch.rows < _FEWEST:
            raise SchemaError("evaluate.rows", table=message(f"evaluate.table.{name}"), rows=batch.rows, least=_FEWEST)
    kept, left_out = _columns(schema, (train, holdout, synthetic))
    if not kept:
        raise SchemaError("evaluate.no_columns")
    if target is not None and schema[target].name not in {c.name for c in kept}:
        raise SchemaError("evaluate.target", column=target, known=[c.name for c in kept])
    parts = [_aligned(b, kept) for b in (train, holdout, synthetic)]
    whole = Batch.concat([Batch(b.columns, b.rows) for b in parts])
    ends = np.cumsum([0, *(b.rows for b in parts)])
    cut = [whole.take(np.arange(a, b)) for a, b in pairwise(ends)]
    return Prepared(Tables(cut[0], cut[1], cut[2], Schema(tuple(kept)), target), tuple(left_out))


def is_compared(spec: ColumnSpec) -> bool:
    """Whether a column's cells say something about a person: ids, entities and free text are written anew in a copy."""
    return spec.role not in _NEVER and spec.kind in _COMPARED


def _columns(schema: Schema, batches: tuple[Batch, Batch, Batch]) -> tuple[list[ColumnSpec], list[Message]]:
    kept: list[ColumnSpec] = []
    notes: dict[str, list[str]] = {}
    for spec in schema:
        if not is_compared(spec):
            continue
        if any(spec.name not in b.columns for b in batches):
            notes.setdefault("absent", []).append(spec.name)
        elif not batches[2][spec.name].present.any() and batches[0][spec.name].present.any():
            notes.setdefault("withheld", []).append(spec.name)
        else:
            kept.append(spec)
    return kept, [message(f"evaluate.left_out.{why}", columns=names) for why, names in notes.items()]


def _aligned(batch: Batch, kept: list[ColumnSpec]) -> Batch:
    return Batch({c.name: _as_kind(batch[c.name], c) for c in kept}, batch.rows)


def _as_kind(column: Column, spec: ColumnSpec) -> Column:
    """The column as the kind of the real table; whole numbers and numbers are one kind here.

    Raises:
        SchemaError: they are of different kinds, such as text and number.
    """
    if spec.kind in CODED and column.kind in CODED:
        return replace(column, kind=spec.kind)
    if spec.kind in (Kind.NUMBER, Kind.INTEGER) and column.kind in (Kind.NUMBER, Kind.INTEGER):
        return Column(Kind.NUMBER, column.values.astype(np.float64), column.missing)
    if spec.kind is column.kind:
        return column
    raise SchemaError("evaluate.kinds", column=spec.name, real=str(spec.kind), synthetic=str(column.kind))
