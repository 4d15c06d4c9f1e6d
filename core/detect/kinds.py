"""Kinds of anomalies, made from a table's own rows: what an engine would have to find.

Each kind changes copies of ordinary rows. Real anomalies may be of none of these kinds; what is found of them says how
an engine sees this table, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column, Missing, nearest_whole
from ..data.schema import Kind

__all__ = ["GROUPED", "KINDS", "TOGETHER", "Plain", "inject"]

_WIDER = 0.2  # how much the box of the training rows is widened
_NEAR = 10
_LOCAL = 2.5  # deviations of the nearest rows
_FAR = 4.0  # deviations from the middle
_TIGHT = 0.05
_MINUTE = 60.0  # seconds in which the next row of a burst comes

Floats = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Plain:
    """Rows as plain numbers.

    Args:
        x: (n, d) values, or codes of categories; NaN where missing.
        coded: (d,) which columns are categories.
        since: (d,) which are the gap since the entity's last row, in log10 of seconds.
    """

    x: Floats
    coded: NDArray[np.bool_]
    since: NDArray[np.bool_]

    @classmethod
    def of(cls, batch: Batch, since: Collection[str] = ()) -> Plain:
        """The batch's columns side by side."""
        columns = list(batch.columns.values())
        x = np.stack([c.floats() for c in columns], axis=1)
        spans = np.isfinite(x) | np.isnan(x)
        coded, gaps = [c.kind in CODED for c in columns], [name in since for name in batch.columns]
        return cls(np.where(spans, x, np.nan), np.array(coded, dtype=bool), np.array(gaps, dtype=bool))

    def batch(self, like: Batch) -> Batch:
        """These rows as columns of the same kinds."""
        columns = {name: _column(c, self.x[:, j]) for j, (name, c) in enumerate(like.columns.items())}
        return Batch(columns, len(self.x))

    def spread(self) -> tuple[Floats, Floats]:
        """Middle and deviation of each column; codes as they are."""
        with np.errstate(invalid="ignore"):
            present = np.where(np.isnan(self.x).all(axis=0), 0.0, self.x)
            largest = np.maximum(np.nanmax(np.abs(present), axis=0), 1e-300)  # squares of huge numbers stay finite
            middle, spread = np.nanmedian(present, axis=0), largest * np.nanstd(present / largest, axis=0)
        return middle, np.where(spread > 0, spread, 1.0)


def inject(kind: str, batch: Batch, count: int, rng: Rng, since: Collection[str] = ()) -> Batch:
    """Rows that are anomalous in one way.

    Args:
        kind: one of `KINDS`.
        batch: ordinary rows that they are made from.
        count: how many.
        rng: for all choices.
        since: columns that hold the gap since the entity's last row: short within a burst.
    """
    rows = Plain.of(batch.select(batch.columns), since)
    base = rng.choice(len(rows.x), count, replace=len(rows.x) < count)
    return replace(rows, x=_MAKERS[kind](rows, base, rng)).batch(batch)


def _everywhere(rows: Plain, base: NDArray[np.int64], rng: Rng) -> Floats:
    """Global: each cell anywhere in the widened box, categories as likely as each other."""
    low, high = _ends(rows)
    wider = np.where(rows.coded, 0.0, _WIDER * (high - low))
    found: Floats = low - wider + rng.random((len(base), len(low))) * (high - low + 2 * wider)
    return np.where(rows.coded, np.floor(low + rng.random(found.shape) * (high - low + 1)), found)


def _beside(rows: Plain, base: NDArray[np.int64], rng: Rng) -> Floats:
    """Local: numbers moved by some deviations of the nearest rows; without numbers, as a broken dependency."""
    if rows.coded.all():
        return _broken(rows, base, rng)
    middle, spread = rows.spread()
    z = np.where(rows.coded, 0.0, (np.nan_to_num(rows.x, nan=0.0) - np.where(rows.coded, 0, middle)) / spread)
    out = rows.x[base].copy()
    for i, row in enumerate(base.tolist()):
        near = np.argpartition(((z - z[row]) ** 2).sum(axis=1), min(_NEAR, len(z) - 1))[: _NEAR + 1]
        local = z[near].std(axis=0) * spread
        out[i] += np.where(rows.coded, 0.0, _LOCAL * local * rng.choice([-1.0, 1.0], size=len(local)))
    return out


def _broken(rows: Plain, base: NDArray[np.int64], rng: Rng) -> Floats:
    """Broken dependency: half of the columns from another row."""
    other = rows.x[rng.choice(len(rows.x), len(base))]
    keys = rng.random(other.shape)
    swapped = keys < np.median(keys, axis=1, keepdims=True)
    found: Floats = np.where(swapped, other, rows.x[base])
    return found


def _clump(rows: Plain, base: NDArray[np.int64], rng: Rng) -> Floats:
    """Cluster: one tight clump far from the middle."""
    middle, spread = rows.spread()
    moved = rng.random(len(middle)) < 0.5
    moved[rng.integers(len(middle))] = True
    place = middle + _FAR * spread * moved * rng.choice([-1.0, 1.0], size=len(middle))
    noise = _TIGHT * spread * rng.standard_normal((len(base), len(middle)))
    found: Floats = np.where(rows.coded, rows.x[base[0]], place + noise)
    return found


def _turned(rows: Plain, base: NDArray[np.int64], rng: Rng) -> Floats:
    """Contextual: one cell at the other end of its column, ordinary in itself; of a category another value."""
    out = rows.x[base].copy()
    ordered = np.sort(rows.x, axis=0)  # NaN last
    there = (~np.isnan(rows.x)).sum(axis=0)
    for i, j in enumerate(rng.integers(rows.x.shape[1], size=len(base)).tolist()):
        if not there[j] or np.isnan(out[i, j]):
            continue
        if rows.coded[j]:
            out[i, j] = ordered[rng.integers(there[j]), j]
        else:
            rank = int(np.searchsorted(ordered[: there[j], j], out[i, j]))
            out[i, j] = ordered[there[j] - 1 - min(rank, there[j] - 1), j]
    return out


def _burst(rows: Plain, base: NDArray[np.int64], rng: Rng) -> Floats:
    """Collective: one ordinary row many times over, each copy all but the same and soon after the one before."""
    _, spread = rows.spread()
    noise = 0.01 * spread * rng.standard_normal((len(base), len(spread)))
    found: Floats = np.where(rows.coded, rows.x[base[0]], rows.x[base[0]] + noise)
    if rows.since.any():
        found[1:, rows.since] = np.log10(1 + (_MINUTE - 1) * rng.random((len(base) - 1, int(rows.since.sum()))))
    return found


def _one_cell(rows: Plain, base: NDArray[np.int64], rng: Rng) -> Floats:
    """One-cell error: one or two numbers beyond their range; without numbers, one cell of any value."""
    out = rows.x[base].copy()
    low, high = _ends(rows)
    numbers = np.flatnonzero(~rows.coded)
    for i in range(len(base)):
        if not len(numbers):
            j = rng.integers(len(low))
            out[i, j] = np.floor(low[j] + rng.random() * (high[j] - low[j] + 1))
            continue
        for j in rng.choice(numbers, min(int(rng.integers(1, 3)), len(numbers)), replace=False):
            beyond = (0.1 + 0.4 * rng.random()) * max(high[j] - low[j], 1e-9)
            out[i, j] = high[j] + beyond if rng.random() < 0.5 else low[j] - beyond
    return out


_MAKERS: dict[str, Callable[[Plain, NDArray[np.int64], Rng], Floats]] = {
    "global": _everywhere, "local": _beside, "dependency": _broken, "cluster": _clump, "contextual": _turned,
    "collective": _burst, "cell": _one_cell,
}
KINDS = tuple(_MAKERS)
"""Every kind there is."""

GROUPED = ("cluster", "collective")
"""Kinds whose rows are made together, at one place: they are found together or not at all."""

TOGETHER = ("dependency", "contextual")
"""Kinds that a single column cannot show."""


def _ends(rows: Plain) -> tuple[Floats, Floats]:
    """Smallest and largest value of each column; 0 where all are missing."""
    none = np.isnan(rows.x).all(axis=0)
    present = np.where(none, 0.0, rows.x)
    return np.nanmin(present, axis=0), np.nanmax(present, axis=0)


def _column(like: Column, values: Floats) -> Column:
    """Plain numbers as a column of the same kind."""
    missing = np.where(np.isnan(values), Missing.NULL, Missing.PRESENT).astype(np.uint8)
    known = np.where(np.isnan(values), 0.0, values)
    if like.kind in CODED:
        return replace(like, values=known.astype(np.int32), missing=missing)
    if like.kind is Kind.NUMBER:
        return replace(like, values=known, missing=missing)
    return replace(like, values=nearest_whole(known), missing=missing)
