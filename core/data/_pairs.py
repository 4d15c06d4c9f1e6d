"""Which column of another file is which column of a fit: by name, by spelling, by content, by place."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .batch import CODED
from .schema import ColumnSpec, Kind, Role, Schema
from .source import Source

__all__ = ["pair_columns"]

_ALIKE = 0.9
_COVERED = 0.5


def pair_columns(
    fit_schema: Schema, known: Mapping[str, frozenset[str]], source: Source
) -> tuple[dict[str, str | None], list[str]]:
    """Pair the columns of a fit with those of a source.

    Returns:
        fit column -> source column or None, and the fit columns that go by another name now. Spelling forgives case,
        blanks and punctuation; content compares sets of categories; a single column left over on both sides, of one
        kind and at one place, is taken for renamed. Labels and ignored columns are paired by name alone.
    """
    names: dict[str, str | None] = {c.name: c.name if c.name in source.schema.names else None for c in fit_schema}
    renamed: list[str] = []
    for rule in (_by_spelling, _by_content, _by_place):
        open_fit = [c for c in fit_schema if names[c.name] is None and c.role not in (Role.LABEL, Role.IGNORE)]
        open_source = [c for c in source.schema if c.name not in names.values()]
        if not open_fit or not open_source:
            break
        found = _unambiguous(rule(open_fit, open_source, known, source, fit_schema))
        names.update(found)
        renamed += found
    return names, renamed


Pairs = list[tuple[str, str]]


def _unambiguous(pairs: Pairs) -> dict[str, str]:
    """Pairs whose two members occur in no other pair."""
    fits, sources = [f for f, _ in pairs], [s for _, s in pairs]
    return {f: s for f, s in pairs if fits.count(f) == 1 and sources.count(s) == 1}


def _by_spelling(
    fit: list[ColumnSpec], other: list[ColumnSpec], _known: Mapping[str, frozenset[str]], _source: Source, _all: Schema
) -> Pairs:
    return [(f.name, o.name) for f in fit for o in other if _plain(f.name) == _plain(o.name) != ""]


def _by_content(
    fit: list[ColumnSpec], other: list[ColumnSpec], known: Mapping[str, frozenset[str]], source: Source, _all: Schema
) -> Pairs:
    held = {o.name: _used(source, o.name) for o in other if o.kind in CODED}
    pairs = []
    for f in fit:
        wanted = known.get(f.name, frozenset())
        for name, found in held.items():
            common = len(wanted & found)
            if common >= 2 and common >= _ALIKE * len(found) and common >= _COVERED * len(wanted):
                pairs.append((f.name, name))
    return pairs


def _by_place(
    fit: list[ColumnSpec], other: list[ColumnSpec], _known: Mapping[str, frozenset[str]], source: Source, schema: Schema
) -> Pairs:
    if len(fit) != 1 or len(other) != 1 or fit[0].kind in CODED or not _same_sort(fit[0].kind, other[0].kind):
        return []
    same_place = schema.names.index(fit[0].name) == source.schema.names.index(other[0].name)
    return [(fit[0].name, other[0].name)] if same_place and len(schema) == len(source.schema) else []


def _same_sort(a: Kind, b: Kind) -> bool:
    return a is b or {a, b} <= {Kind.NUMBER, Kind.INTEGER}


def _used(source: Source, name: str) -> frozenset[str]:
    found: set[str] = set()
    for batch in source.batches([name]):
        column = batch[name]
        found.update(column.categories[i] for i in np.unique(column.values[column.present]).tolist())
    return frozenset(found)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
