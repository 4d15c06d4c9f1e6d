"""Codec of a table: its columns' codecs side by side, fitted on a bounded sample and saved with the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column, Missing
from ..data.schema import ColumnSpec, Kind, Role
from ..data.source import Source
from ..errors import FitError
from ..run import Run
from .categories import CategoryCodec
from .column import MISSING, EncodedColumn, Grain
from .dates import DateCodec
from .numbers import NumberCodec
from .subjects import Subjects, held_texts

__all__ = ["ANALYSIS", "RELEASE", "SUBJECTS", "Encoded", "TableCodec", "absent", "sample_rows"]

SUBJECTS = 5
"""Those that hold any value a copy shows, at least."""

ANALYSIS, RELEASE = "analysis", "release"
"""What a codec is for: it keeps rare values and real ranges, or nothing that fewer than k subjects hold."""

Codec = CategoryCodec | NumberCodec | DateCodec
_CODECS: dict[str, type[Codec]] = {"category": CategoryCodec, "number": NumberCodec, "date": DateCodec}


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows as numbers.

    Args:
        tokens: (n, d) int32, one a column.
        values: (n, C) continuous values, NaN where absent.
        base: (n, d) nats that no hypothesis changes.
    """

    tokens: NDArray[np.int32]
    values: NDArray[np.float64]
    base: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.tokens)

    def take(self, rows: NDArray[Any] | slice) -> Encoded:
        """These rows."""
        return Encoded(self.tokens[rows], self.values[rows], self.base[rows])


@dataclass(frozen=True, eq=False)
class TableCodec:
    """Rows <-> tokens and continuous values.

    Args:
        columns: a codec per modelled column.
        purpose: "analysis" or "release"; what a model for one needs never comes from a codec for the other.
    """

    columns: tuple[Codec, ...]
    purpose: str = ANALYSIS

    @classmethod
    def fit(
        cls, source: Source, sample: Batch, transform: str, run: Run, grain: Grain = Grain(), *,  # noqa: B008
        subjects: Subjects | None = None,
    ) -> TableCodec:
        """Fit every column: numbers and dates on the sample, counts of categories on all rows.

        Args:
            source: the training rows.
            sample: some of them.
            transform: "standard" or "normal", for numbers and dates.
            run: for cancelling.
            grain: how finely numbers are told apart.
            subjects: whom rows are about; needed for release, where `grain.subjects` of them must hold a value.
        """
        coded = [c.name for c in source.schema if c.is_modelled and c.kind in CODED]
        totals = _count(source, coded, run)
        held = held_texts(source, coded, subjects.rows, grain.subjects, run) if subjects else {}
        whose = subjects.sampled if subjects else np.arange(len(sample), dtype=np.int64)
        codecs: list[Codec] = []
        for spec in (c for c in source.schema if c.is_modelled):
            run.check()
            if spec.kind in CODED:
                counts = totals[spec.name]
                kept = {text: n for text, n in counts.items() if not subjects or text in held[spec.name]}
                codecs.append(CategoryCodec.fit(spec, kept, source.rows - sum(counts.values())))
            else:
                codecs.append(_fit_plain(spec, sample[spec.name], transform, grain, whose))
        return cls(tuple(codecs), RELEASE if grain.subjects else ANALYSIS)

    def holding(self, source: Source, rows: NDArray[np.int64], fewest: int, run: Run) -> TableCodec:
        """The codec for release with the same tokens: it draws no value that fewer than `fewest` subjects hold.

        Args:
            source: the training rows.
            rows: ascending positions of those by which numbers and dates are judged.
            fewest: subjects.
            run: for cancelling.
        """
        coded = [c for c in self.columns if isinstance(c, CategoryCodec)]
        plain = [c.name for c in self.columns if not isinstance(c, CategoryCodec)]
        sample, subjects = source.take(rows, plain), Subjects.of(source, rows, fewest)
        if source.schema.with_role(Role.ENTITY):
            held = held_texts(source, [c.name for c in coded], subjects.rows, fewest, run)
        else:  # every row is about somebody else
            held = {c.name: {text for text, n in c.seen.items() if n >= fewest} for c in coded}
        columns: list[Codec] = []
        for codec in self.columns:
            run.check()
            if isinstance(codec, CategoryCodec):
                columns.append(codec.holding(held[codec.name]))
            else:
                column = sample[codec.name]
                present = column.values[column.present].astype(np.int64 if isinstance(codec, DateCodec) else np.float64)
                columns.append(codec.holding(present, subjects.sampled[column.present], fewest))
        return TableCodec(tuple(columns), RELEASE)

    def shows(self, column: str) -> frozenset[str]:
        """The values of a category or boolean column that are drawn."""
        codec = self.columns[self.names.index(column)]
        seen = codec.seen if isinstance(codec, CategoryCodec) else {}
        return frozenset(text for text, n in seen.items() if n)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(c.name for c in self.columns)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """(d + 1,) first place of each column's tokens when all are laid end to end; the last entry is their number."""
        return np.concatenate([[0], np.cumsum([len(c.counts) for c in self.columns])]).astype(np.int64)

    @cached_property
    def slots(self) -> NDArray[np.int64]:
        """(d,) place of each column's continuous value, -1 where it has none."""
        has = np.array([bool(c.continuous.any()) for c in self.columns], dtype=bool)
        return np.where(has, np.cumsum(has) - 1, -1).astype(np.int64)

    @cached_property
    def floating(self) -> NDArray[np.int64]:
        """(C,) columns with a continuous value."""
        return np.flatnonzero(self.slots >= 0)

    @cached_property
    def limits(self) -> NDArray[np.float64]:
        """(2, C) range of the continuous values in training."""
        return np.array([self.columns[j].limits for j in self.floating]).reshape(-1, 2).T

    @cached_property
    def log_scales(self) -> NDArray[np.float64]:
        """(d,) log of each column's scale in its own units."""
        return np.array([c.log_scale for c in self.columns])

    def encode(self, batch: Batch) -> Encoded:
        """Rows to numbers. A column the batch lacks is missing in every row."""
        n, d = len(batch), len(self.columns)
        tokens, values = np.zeros((n, d), dtype=np.int32), np.full((n, len(self.floating)), np.nan)
        base = np.zeros((n, d))
        for j, codec in enumerate(self.columns):
            found = batch.columns.get(codec.name)
            cells = codec.encode(found) if found is not None else absent(n)
            tokens[:, j], base[:, j] = cells.tokens, cells.base
            if self.slots[j] >= 0:
                values[:, self.slots[j]] = cells.values
        return Encoded(tokens, values, base)

    def decode(self, tokens: NDArray[np.int32], values: NDArray[np.float64], rng: np.random.Generator) -> Batch:
        """Numbers to rows."""
        nothing = np.full(len(tokens), np.nan)
        columns = {}
        for j, codec in enumerate(self.columns):
            own = values[:, self.slots[j]] if self.slots[j] >= 0 else nothing
            columns[codec.name] = codec.decode(tokens[:, j], own, rng)
        return Batch(columns, len(tokens))

    def fill(
        self, batch: Batch, tokens: NDArray[np.int32], values: NDArray[np.float64], missing: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> Batch:
        """The batch with the cells at `missing` (n, d) decoded from numbers, the others as they are."""
        filled = self.decode(tokens, values, rng)
        columns = {
            c.name: filled[c.name].over(batch.columns.get(c.name), missing[:, j])
            for j, c in enumerate(self.columns) if missing[:, j].any()
        }
        return batch.with_columns(columns)

    def densities(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        """(n, d) which cells are measured by a density per scale."""
        return np.stack([c.density[tokens[:, j]] for j, c in enumerate(self.columns)], axis=1)

    def state(self) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
        """JSON and arrays; arrays are named by the column's position."""
        plain, arrays = [], {}
        for j, codec in enumerate(self.columns):
            json, own = codec.state()
            plain.append({"name": codec.name, "purpose": self.purpose, **json})
            arrays.update({f"codec.{j}{k.removeprefix(codec.name)}": v for k, v in own.items()})
        return plain, arrays

    @classmethod
    def load(
        cls, plain: Sequence[Mapping[str, Any]], arrays: Mapping[str, NDArray[Any]], purpose: str = ANALYSIS
    ) -> TableCodec:
        """The codec that `state` wrote.

        Raises:
            FitError: it is for another purpose.
        """
        if found := {data["purpose"] for data in plain} - {purpose}:
            raise FitError("models.purpose", got=found.pop(), known=purpose)
        codecs = []
        for j, data in enumerate(plain):
            prefix = f"codec.{j}."
            own = {f"{data['name']}.{k.removeprefix(prefix)}": v for k, v in arrays.items() if k.startswith(prefix)}
            codecs.append(_CODECS[data["codec"]].load(data["name"], data, own))
        return cls(tuple(codecs), purpose)


def absent(n: int) -> EncodedColumn:
    """A column of n missing cells."""
    return EncodedColumn(np.full(n, MISSING, dtype=np.int32), np.full(n, np.nan), np.zeros(n))


def sample_rows(source: Source, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Ascending positions of at most `most` rows, drawn without repetition.

    Raises:
        FitError: there are no rows, or no column to learn from.
    """
    if source.rows == 0:
        raise FitError("models.no_rows", name=source.name)
    if not source.schema.modelled:
        raise FitError("models.no_columns", name=source.name)
    if source.rows <= most:
        return np.arange(source.rows, dtype=np.int64)
    return np.sort(rng.choice(source.rows, size=most, replace=False)).astype(np.int64)


def _fit_plain(
    spec: ColumnSpec, column: Column, transform: str, grain: Grain, subjects: NDArray[np.int64]
) -> Codec:
    present, whose = column.values[column.present], subjects[column.present]
    missing = len(column) - len(present)
    if spec.kind is Kind.DATETIME:
        return DateCodec.fit(spec, present, missing, transform, grain, subjects=whose)
    return NumberCodec.fit(spec, present.astype(np.float64), missing, transform, grain, subjects=whose)


def _count(source: Source, names: Sequence[str], run: Run) -> dict[str, Counter[str]]:
    """Present cells per category, over all rows."""
    totals: dict[str, Counter[str]] = {name: Counter() for name in names}
    for batch in source.batches(names) if names else ():
        run.check()
        for name in names:
            column = batch[name]
            codes = column.values[column.missing == Missing.PRESENT]
            counts = np.bincount(codes, minlength=len(column.categories))
            used = np.flatnonzero(counts)
            totals[name].update({column.categories[i]: int(counts[i]) for i in used})
    return totals
