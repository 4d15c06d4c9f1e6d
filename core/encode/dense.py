"""Rows as points for distances: robust z scores, one-hot categories, a mismatch of weight one where they are many.

The squared distance of two rows is the sum over columns of
- number, integer, date: squared difference of z = (x - median) / spread, clipped at 50; a missing value stands at
  the median and is 1 away from one that is there;
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
from .curves import robust_scale, within_reach
from .dates import fold

__all__ = ["DenseCodec", "Points"]

_CLIP = 50.0
_MOST_ONE_HOT = 16
_ROOT_HALF = float(np.sqrt(0.5))
_UNSEEN = -2
_NULL = -1

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
        """(n, k) exact squared distances to the others at `index` (n, k), column by column."""
        out = np.repeat(self.offset[:, None], index.shape[1], axis=1)
        for j in range(self.x.shape[1]):
            away = self.x[:, j, None] - others.x[index, j]
            out += away * away
        for j in range(self.codes.shape[1]):
            out += self.codes[:, j, None] != others.codes[index, j]
        return out


@dataclass(frozen=True, eq=False)
class DenseCodec:
    """How columns become coordinates.

    Args:
        names: the columns, in order.
        plain: name -> (centre, spread) of numbers and dates.
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

    @classmethod
    def fit(cls, sample: Batch, schema: Schema) -> DenseCodec:
        """From reference rows."""
        plain: dict[str, tuple[float, float]] = {}
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
                plain[name] = robust_scale(x) if len(x) else (0.0, 1.0)
        return cls(schema.modelled, plain, few, many, frozenset(gaps), times)

    def encode(self, batch: Batch) -> Points:
        """Rows to points. A column the batch lacks is missing in every row."""
        n = len(batch)
        offset = np.zeros(n)
        coordinates: list[Floats] = []
        codes = np.full((n, len(self.many)), _NULL, dtype=np.int32)
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
            centre, spread = self.plain[name]
            values = fold(column.values, *self.times[name]) if name in self.times else column.values
            z = np.clip((within_reach(values.astype(np.float64)) - centre) / spread, -_CLIP, _CLIP)
            z, gap = np.where(column.present, z, 0.0), np.where(column.present, 0.0, 1.0)
        return (np.stack([z, gap], axis=1), np.zeros(n)) if name in self.gaps else (z[:, None], gap)

    def _one_hot(self, name: str, column: Column | None, n: int) -> tuple[Floats, Floats]:
        """(n, values) sqrt(1/2) at each row's value, missing last; a value without a place is 1/2 further from all."""
        values = self.few[name]
        codes = _codes(column, values, n)
        if name in self.gaps:
            codes = np.where(codes == _NULL, len(values), codes)
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
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> DenseCodec:
        """The codec that `state` wrote."""
        plain = {k: (float(a), float(b)) for k, (a, b) in data["plain"].items()}
        few, many = ({k: tuple(v) for k, v in data[part].items()} for part in ("few", "many"))
        times = {k: (int(a), int(b)) for k, (a, b) in data["times"].items()}
        return cls(tuple(data["names"]), plain, few, many, frozenset(data["gaps"]), times)


def _codes(column: Column | None, values: tuple[str, ...], n: int) -> NDArray[np.int32]:
    """(n,) places among `values`; -1 missing, -2 none of them."""
    if column is None:
        return np.full(n, _NULL, dtype=np.int32)
    places = {v: i for i, v in enumerate(values)}
    lookup = np.array([*(places.get(c, _UNSEEN) for c in column.categories), _NULL], dtype=np.int32)
    return lookup[np.where(column.present, column.values, len(column.categories))]
