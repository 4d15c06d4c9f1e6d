"""Rows as points for distances: scaled numbers, one-hot categories, a mismatch of weight one where they are many.

The squared distance of two rows is the sum over columns of
- number, integer, date: squared difference of z; a missing value stands at the middle and is 1 away from one that is
  there. z is (x - median) / spread or (x - mean) / standard deviation, clipped at 50, or a normal score, clipped at 12;
- category: 0 when equal or both missing, else 1; a value never seen differs from all.

Columns become coordinates of a Euclidean space where that costs little; what is the same distance to every reference
row becomes an offset, and categories with many values are compared code by code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column
from ..data.schema import Kind, Role, Schema
from .curves import Curve, robust_scale, within_reach
from .dates import fold
from .lookups import NULL, places_among

__all__ = ["SPACES", "DenseCodec", "Points"]

SPACES = ("robust", "standard", "normal")
"""How numbers are scaled: by median and quartiles, by mean and standard deviation, or to normal scores."""

_CLIP = 50.0
_CLIP_NORMAL = 12.0
_MOST_ONE_HOT = 16
_CACHED_CELLS = 200_000  # differences held at a time: they stay in the processor's cache
_ROOT_HALF = float(np.sqrt(0.5))

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points:
    """n rows.

    Args:
        x: (n, D) coordinates.
        codes: (n, W) int32 codes of categories with many values; -1 missing, -2 never seen.
        offset: (n,) squared distance to every reference row that coordinates do not show.
    """

    x: Floats
    codes: NDArray[np.int32]
    offset: Floats

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: NDArray[Any]) -> Points:
        """These rows."""
        return Points(self.x[rows], self.codes[rows], self.offset[rows])

    def squares_to(self, others: Points, index: NDArray[np.int64]) -> Floats:
        """(n, k) exact squared distances to the others at `index` (n, k): of differences, not of products."""
        out = np.empty(index.shape)
        size = max(_CACHED_CELLS // max(index.shape[1] * self.x.shape[1], 1), 1)
        for start in range(0, len(index), size):
            rows = slice(start, start + size)
            away = others.x[index[rows]]  # (rows, k, D)
            away -= self.x[rows, None, :]
            np.einsum("nkd,nkd->nk", away, away, out=out[rows])
        out += self.offset[:, None]
        for j in range(self.codes.shape[1]):
            out += self.codes[:, j, None] != others.codes[index, j]
        return out


@dataclass(frozen=True, eq=False)
class DenseCodec:
    """How columns become coordinates.

    Args:
        names: the columns, in order.
        plain: name -> (centre, spread) of numbers and dates.
        curves: name -> curve to normal scores, where numbers are scaled so.
        few: name -> values of categories with a coordinate each.
        many: name -> values of categories compared by code.
        gaps: columns with missing cells in the reference; these have a coordinate for it.
        times: name -> first and last moment of columns that say when a row happened; see `dates.fold`.
    """

    names: tuple[str, ...]
    plain: Mapping[str, tuple[float, float]]
    few: Mapping[str, tuple[str, ...]]
    many: Mapping[str, tuple[str, ...]]
    gaps: frozenset[str]
    times: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)

    @classmethod
    def fit(cls, sample: Batch, schema: Schema, space: str = "robust") -> DenseCodec:
        """From reference rows, numbers scaled as `space` says."""
        plain: dict[str, tuple[float, float]] = {}
        curves: dict[str, Curve] = {}
        few: dict[str, tuple[str, ...]] = {}
        many: dict[str, tuple[str, ...]] = {}
        gaps: set[str] = set()
        times: dict[str, tuple[int, int]] = {}
        for name in schema.modelled:
            column = sample[name]
            present = column.present
            if not present.all():
                gaps.add(name)
            if column.kind in CODED:
                used = np.unique(column.values[present])
                values = tuple(sorted(column.categories[c] for c in used))
                (few if len(values) <= _MOST_ONE_HOT else many)[name] = values
            else:
                if column.kind is Kind.DATETIME and schema[name].role is Role.TIME and present.any():
                    times[name] = int(column.values[present].min()), int(column.values[present].max())
                x = column.values[present].astype(np.float64)
                x = within_reach(x[np.isfinite(x)])
                plain[name] = _scale(x, space)
                if space == "normal" and len(x):
                    curves[name] = Curve.normal(x)
        return cls(schema.modelled, plain, few, many, frozenset(gaps), times, curves)

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns that have codes, in order."""
        return tuple(name for name in self.names if name not in self.plain)

    def z(self, batch: Batch) -> Floats:
        """(n, columns of numbers and dates) clipped z, NaN where missing or where the batch lacks the column."""
        columns = [
            self._scaled(name, batch[name]) if name in batch.columns else np.full(len(batch), np.nan)
            for name in self.names if name in self.plain
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((len(batch), 0))

    def codes(self, batch: Batch) -> NDArray[np.int32]:
        """(n, columns of categories) places of the values; -1 missing, -2 never seen."""
        found = [
            _codes(batch.columns.get(name), self.few.get(name) or self.many.get(name, ()), len(batch))
            for name in self.categories
        ]
        return np.stack(found, axis=1) if found else np.zeros((len(batch), 0), dtype=np.int32)

    def encode(self, batch: Batch) -> Points:
        """Rows to points. A column the batch lacks is missing in every row."""
        n = len(batch)
        offset = np.zeros(n)
        coordinates: list[Floats] = []
        codes = np.full((n, len(self.many)), NULL, dtype=np.int32)
        place = {name: i for i, name in enumerate(self.many)}
        for name in self.names:
            column = batch.columns.get(name)
            if name in self.many:
                codes[:, place[name]] = _codes(column, self.many[name], n)
                continue
            own, unshown = self._z(name, column, n) if name in self.plain else self._one_hot(name, column, n)
            coordinates.append(own)
            offset += unshown
        x = np.concatenate([np.zeros((n, 0)), *coordinates], axis=1)
        return Points(x, codes, offset)

    def _z(self, name: str, column: Column | None, n: int) -> tuple[Floats, Floats]:
        """(n, 1 or 2) clipped z and gap, and what every missing cell adds where the reference has no gap."""
        if column is None:
            z, gap = np.zeros(n), np.ones(n)
        else:
            z = self._scaled(name, column)
            gap = np.isnan(z).astype(np.float64)
            z = np.where(np.isnan(z), 0.0, z)
        return (np.stack([z, gap], axis=1), np.zeros(n)) if name in self.gaps else (z[:, None], gap)

    def _scaled(self, name: str, column: Column) -> Floats:
        """(n,) clipped z, NaN where missing."""
        values = fold(column.values, *self.times[name]) if name in self.times else column.values
        x = within_reach(values.astype(np.float64))
        if name in self.curves:
            z = np.clip(self.curves[name].forward(x), -_CLIP_NORMAL, _CLIP_NORMAL)
        else:
            centre, spread = self.plain[name]
            z = np.clip((x - centre) / spread, -_CLIP, _CLIP)
        return np.where(column.present, z, np.nan)

    def _one_hot(self, name: str, column: Column | None, n: int) -> tuple[Floats, Floats]:
        """(n, values) sqrt(1/2) at each row's value, missing last; a value without a place is 1/2 further from all."""
        values = self.few[name]
        codes = _codes(column, values, n)
        if name in self.gaps:
            codes = np.where(codes == NULL, len(values), codes)
        hot = np.zeros((n, len(values) + (name in self.gaps)))
        rows = np.flatnonzero(codes >= 0)
        hot[rows, codes[rows]] = _ROOT_HALF
        return hot, np.where(codes < 0, 0.5, 0.0)

    def state(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "names": list(self.names), "plain": {k: list(v) for k, v in self.plain.items()},
            "few": {k: list(v) for k, v in self.few.items()}, "many": {k: list(v) for k, v in self.many.items()},
            "gaps": sorted(self.gaps), "times": {k: list(v) for k, v in self.times.items()},
            "curves": {k: [c.x.tolist(), c.y.tolist(), c.low, c.high] for k, c in self.curves.items()},
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> DenseCodec:
        """The codec that `state` wrote."""
        plain = {k: (float(a), float(b)) for k, (a, b) in data["plain"].items()}
        few, many = ({k: tuple(v) for k, v in data[part].items()} for part in ("few", "many"))
        times = {k: (int(a), int(b)) for k, (a, b) in data["times"].items()}
        curves = {k: Curve(np.array(x), np.array(y), a, b) for k, (x, y, a, b) in data.get("curves", {}).items()}
        return cls(tuple(data["names"]), plain, few, many, frozenset(data["gaps"]), times, curves)


def _scale(x: Floats, space: str) -> tuple[float, float]:
    """Centre and spread of a column's finite values."""
    if not len(x):
        return 0.0, 1.0
    if space != "standard":
        return robust_scale(x)
    widest = float(np.abs(x).max()) or 1.0
    part = x / widest  # squares of huge numbers stay finite
    centre, spread = float(part.mean()), float(part.std())
    if spread <= max(abs(centre), 1e-3) * 1e-12:
        return centre * widest, max(abs(centre) * widest * 1e-6, 1.0)
    return centre * widest, spread * widest


def _codes(column: Column | None, values: tuple[str, ...], n: int) -> NDArray[np.int32]:
    """(n,) places among `values`; -1 missing, -2 none of them."""
    if column is None:
        return np.full(n, NULL, dtype=np.int32)
    found: NDArray[np.int32] = places_among(column.categories, values)[
        np.where(column.present, column.values, len(column.categories))]
    return found
