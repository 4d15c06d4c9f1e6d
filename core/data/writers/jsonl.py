"""JSON Lines: one object a row, UTF-8.

JSON has no NaN, which becomes null, and no infinity, which becomes 1e999: a valid number that parsers read as infinity.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...run import Run
from ..batch import CODED, Batch, Column, Missing
from ..schema import ColumnSpec, Kind, Schema
from ._arrow import texts

__all__ = ["WRITER"]


class JsonLines:
    """Writes JSON Lines."""

    suffixes = (".jsonl", ".ndjson")

    def write(
        self, path: Path, batches: Iterable[Batch], schema: Schema, run: Run,
        about: Mapping[str, str],  # noqa: ARG002 - a line of text is a row
    ) -> int:
        """Write all rows; a missing cell is null, so that every object has every key."""
        rows = 0
        with path.open("w", encoding="utf-8", newline="") as file:
            for batch in batches:
                run.check()
                file.writelines(_lines(batch, schema))
                rows += batch.rows
        return rows


def _lines(batch: Batch, schema: Schema) -> list[str]:
    if not len(schema):
        return ["{}\n"] * batch.rows
    kind = pa.large_string()
    fields = []
    for spec in schema:
        name = pa.scalar(f"{json.dumps(spec.name)}: ", kind)
        value = pc.fill_null(_values(batch[spec.name], spec), "null")
        fields.append(pc.binary_join_element_wise(name, value, pa.scalar("", kind)))
    return [f"{{{line}}}\n" for line in pc.binary_join_element_wise(*fields, pa.scalar(", ", kind)).to_pylist()]


def _values(column: Column, spec: ColumnSpec) -> pa.Array:
    """(n,) JSON texts, null where NULL."""
    if column.kind in CODED:
        column = column.compact()
        bare = spec.storage == "bool" and set(column.categories) <= {"true", "false"}
        known = column.categories if bare else tuple(json.dumps(c) for c in column.categories)
        coded = Column(column.kind, column.values, column.missing, known)
        found = texts(coded, spec)
        return pc.if_else(pa.array(np.equal(column.missing, Missing.EMPTY)), '""', found)
    found = _masked_texts(column, spec)
    if column.kind is Kind.DATETIME:
        quote, nothing = pa.scalar('"', found.type), pa.scalar("", found.type)
        return pc.binary_join_element_wise(quote, found, quote, nothing)
    return pc.replace_substring(found, "inf", "1e999")


def _masked_texts(column: Column, spec: ColumnSpec) -> pa.Array:
    """(n,) texts, null wherever there is no value."""
    found = texts(column, spec)
    return found if column.present.all() else pc.if_else(pa.array(column.present), found, pa.scalar(None, found.type))


WRITER = JsonLines()
