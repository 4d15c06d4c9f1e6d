"""Match: read next month's file as last month's fit expects it, and say every difference before anything is scored.

One rule for each difference: a column that is gone shows as missing and is left out of scores and reasons; one that
is empty reads as missing; one that was renamed is found by its
spelling or by what it holds; one of another kind is converted where its values parse; a new column is left out; new
categories are named. When more than half of what the fit learned from is gone, or more than half of a column does not
parse, the file is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RefusedError
from ..words import Message, message
from ._pairs import pair_columns
from .batch import CODED, Batch, Column
from .recast import Recast, null_column
from .schema import Kind, Role, Schema
from .source import Source, Wrapped

__all__ = ["Match", "MatchedSource", "match", "there"]

_NAMED = 5


@dataclass(frozen=True)
class Match:
    """A source read under the schema of a fit.

    Args:
        source: its rows, with every column of the fit.
        notes: all differences, one message each, to be shown before scoring.
        problems: those notes that make scores worth less: columns that are gone, values that did not parse.
    """

    source: Source
    notes: tuple[Message, ...]
    problems: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class MatchedSource(Wrapped):
    """Another source's rows under the schema of a fit.

    Args:
        inner: the source as it was read.
        schema: of the fit.
        names: column of the fit -> column of `inner`, or None where there is none.
        known: categories the fit knows.
    """

    schema: Schema
    names: Mapping[str, str | None]
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def gone(self) -> frozenset[str]:
        """Columns of the fit that the inner source lacks: they show as missing in every row."""
        return frozenset(name for name, inner in self.names.items() if inner is None)

    @property
    def fingerprint(self) -> str:
        """The inner source's own while its columns are read as they are; else of source and mapping."""
        inner = self.inner.schema
        if all(n == s and inner[s].kind is self.schema[n].kind for n, s in self.names.items() if s is not None):
            return self.inner.fingerprint
        parts = [self.inner.fingerprint, *(f"{n}\0{s}\0{self.schema[n].kind}" for n, s in self.names.items())]
        return hashlib.blake2b("\1".join(parts).encode(), digest_size=16).hexdigest()

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Batch]:
        """All rows in order."""
        wanted = self.schema.names if columns is None else tuple(columns)
        for batch in self.inner.batches(self._inner_names(wanted), size):
            yield self._read(batch, wanted)

    def take(self, index: NDArray[np.int64], columns: Sequence[str] | None = None) -> Batch:
        """The rows at these positions."""
        wanted = self.schema.names if columns is None else tuple(columns)
        return self._read(self.inner.take(index, self._inner_names(wanted)), wanted)

    def subset(self, index: NDArray[np.int64]) -> MatchedSource:
        """These rows alone."""
        return replace(self, inner=self.inner.subset(index))

    def with_schema(self, schema: Schema) -> MatchedSource:
        """The same rows under another schema with the same names."""
        return replace(self, schema=schema, names={n: self.names.get(n) for n in schema.names})

    def convert(self, name: str, column: Column) -> Column:
        """The cells of a column of the inner source as the fit's column of that name."""
        return self._recasts[name].column(column)

    @cached_property
    def _recasts(self) -> dict[str, Recast]:
        return {c.name: Recast(c, self.known.get(c.name, frozenset())) for c in self.schema}

    def _inner_names(self, wanted: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(s for n in wanted if (s := self.names.get(n)) is not None))

    def _read(self, batch: Batch, wanted: Sequence[str]) -> Batch:
        columns = {}
        for name in wanted:
            inner = self.names.get(name)
            absent = null_column(self.schema[name].kind, batch.rows)
            columns[name] = absent if inner is None else self.convert(name, batch[inner])
        return Batch(columns, batch.rows, batch.start)


def match(
    fit_schema: Schema, known: Mapping[str, frozenset[str]], source: Source, *, partly: bool = False
) -> Match:
    """Read a source as a fit expects it.

    Args:
        fit_schema: columns of the table the fit learned from.
        known: category column -> texts the fit has seen.
        source: another table.
        partly: whether it may have few of the columns, such as a form that is filled in.

    Raises:
        RefusedError: more than half of the columns the fit learned from are gone, or more than half of the values of
            one of them cannot be read as its kind.
    """
    names, renamed = pair_columns(fit_schema, known, source)
    matched = MatchedSource(source, fit_schema, names, known)
    gone = _gone(fit_schema, names, partly=partly)
    unnamed = [n for n in fit_schema.with_role(Role.ID, Role.ENTITY) if names[n] is None]
    blank = _blank(matched)
    problems = [message("data.match_missing", columns=gone)] if gone else []
    problems += [message("data.match_blank", columns=blank)] if blank else []
    notes = problems + ([message("data.match_unnamed", columns=unnamed)] if unnamed else [])
    notes += [message("data.match_renamed", column=n, now=str(names[n])) for n in renamed]
    for name in (n for n in fit_schema.names if n not in blank):
        found, is_problem = _retyped(matched, name)
        notes += found
        problems += found if is_problem else []
    notes += _new_columns(source.schema, names)
    for name in fit_schema.modelled:
        notes += _new_categories(matched, name)
    return Match(matched, tuple(notes), tuple(problems))


def there(source: Source, names: Sequence[str]) -> tuple[str, ...]:
    """Those of these columns that the source's own rows have: what models are asked about."""
    gone: frozenset[str] = getattr(source, "gone", frozenset())
    return tuple(n for n in names if n in source.schema.names and n not in gone)


def _gone(schema: Schema, names: Mapping[str, str | None], *, partly: bool) -> list[str]:
    """Columns the fit learned from that are not there."""
    learned = [n for n in schema.modelled if names[n] is None]
    if len(learned) > len(schema.modelled) * (1 if partly else 0.5) - partly:
        raise RefusedError(
            "data.match_refused", columns=learned[:_NAMED], count=len(learned), learned=len(schema.modelled)
        )
    return learned


def _blank(matched: MatchedSource) -> list[str]:
    """Columns the fit learned from that are there without a single value."""
    def has_value(inner: str) -> bool:
        return any(batch[inner].present.any() for batch in matched.inner.batches([inner]))

    return [n for n in matched.schema.modelled if (inner := matched.names[n]) is not None and not has_value(inner)]


def _retyped(matched: MatchedSource, name: str) -> tuple[list[Message], bool]:
    """A note when a column changed its kind, and whether values were lost by it."""
    inner = matched.names[name]
    if inner is None:
        return [], False
    was, now = matched.schema[name].kind, matched.inner.schema[inner].kind
    if _is_harmless(was, now):
        return [], False
    held = lost = 0
    for batch in matched.inner.batches([inner]):
        held += int(batch[inner].present.sum())
        lost += int((batch[inner].present & ~matched.convert(name, batch[inner]).present).sum())
    if 2 * lost > held and matched.schema[name].is_modelled:
        raise RefusedError("data.match_kind", column=name, was=str(was), now=str(now), lost=lost, held=held)
    key = "data.match_retyped" if lost else "data.match_converted"
    return [message(key, column=name, was=str(was), now=str(now), lost=lost, held=held)], lost > 0


def _is_harmless(was: Kind, now: Kind) -> bool:
    """Whether every value of kind `now` can be read as `was` without a word."""
    texts = was in CODED and now in CODED and was is not Kind.BOOLEAN
    return was is now or texts or (was is Kind.NUMBER and now is Kind.INTEGER)


def _new_columns(schema: Schema, names: Mapping[str, str | None]) -> list[Message]:
    used = set(names.values())
    new = [n for n in schema.names if n not in used]
    return [message("data.match_new", columns=new[:_NAMED], count=len(new))] if new else []


def _new_categories(matched: MatchedSource, name: str) -> list[Message]:
    """A note that names categories the fit has never seen, commonest first."""
    known = matched.known.get(name)
    if known is None or matched.names[name] is None or matched.schema[name].kind not in CODED:
        return []
    counts: dict[str, int] = {}
    for batch in matched.batches([name]):
        column: Any = batch[name]
        used = np.bincount(column.values[column.present], minlength=len(column.categories))
        for code in np.flatnonzero(used).tolist():
            text = column.categories[code]
            if text not in known:
                counts[text] = counts.get(text, 0) + int(used[code])
    if not counts:
        return []
    first = sorted(counts, key=lambda c: (-counts[c], c))[:_NAMED]
    return [message("data.match_categories", column=name, count=len(counts), rows=sum(counts.values()), first=first)]
