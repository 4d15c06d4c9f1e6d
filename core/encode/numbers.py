"""Codec of numbers and integers: repeated values as tokens, the rest as one continuous value.

A number column mixes atoms (0, 40 hours, 999 for "unknown") with a smooth rest. An atom is a value that holds at
least 1 % of the cells and four times what the values next to it hold. A column of at most 32 values, each repeated,
is all atoms; a value it never had is measured by one wide normal density, the same for every component.

For release an atom needs k subjects. Where that leaves under 1 % of a column of atoms, these values are dropped: a
curve through a few strays among whole steps would be told from them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Column, Missing, nearest_whole
from ..data.conditions import Test
from ..data.schema import ColumnSpec, Kind
from .column import MISSING, EncodedColumn, Grain, Piece
from .curves import Curve, robust_scale, within_reach
from .subjects import extremes, grouped, is_held

__all__ = ["NumberCodec", "intervals"]

_SPIKE_SHARE = 0.01
_MAX_SPIKES = 64
_UNROUNDED = 1e-6  # a single value of an unrounded column weighs as an interval of this many scales

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NumberCodec:
    """Tokens: missing, the atoms in ascending order, any other value.

    Args:
        name: of the column.
        kind: number or integer.
        atoms: (a,) values with a token each.
        counts: (a + 2,) training cells per token.
        curve: from other values to y, or None where all training cells were atoms.
        centre, scale: of the other values (of all values where there is no curve).
        low, high: range of the other values; of a codec for release, of their means over subjects.
        decimals: digits kept on decoding; None = all.
    """

    name: str
    kind: Kind
    atoms: Floats
    counts: NDArray[np.int64]
    curve: Curve | None
    centre: float
    scale: float
    low: float
    high: float
    decimals: int | None

    @classmethod
    def fit(
        cls, spec: ColumnSpec, values: Floats, missing: int, transform: str, grain: Grain = Grain(), *,  # noqa: B008
        subjects: NDArray[np.int64] | None = None,
    ) -> NumberCodec:
        """From a sample of the column.

        Args:
            spec: the column.
            values: (n,) present values; infinite ones are left out, and none counts as further out than 1e300.
            missing: cells without a value.
            transform: "standard" or "normal".
            grain: how finely values are told apart.
            subjects: (n,) who holds each; None: each another one.
        """
        whose = np.arange(len(values), dtype=np.int64) if subjects is None else subjects
        finite = np.isfinite(values)
        if not finite.any():
            missing += len(values)  # nothing but infinity: drawn as missing
        values, whose = within_reach(values[finite]), whose[finite]
        found = _atoms(values, grain)
        atoms = np.intersect1d(found, values[is_held(values, whose, grain.subjects)])
        where = np.searchsorted(atoms, values)
        is_atom = _equal_at(atoms, where, values)
        rest = values[~is_atom]
        counts = np.concatenate([[missing], np.bincount(where[is_atom], minlength=len(atoms)), [len(rest)]])
        decimals = 0 if spec.kind is Kind.INTEGER else spec.decimals
        strays = len(rest) < _SPIKE_SHARE * len(values) and np.isin(rest, found).all()
        kept = rest[:0] if strays else grouped(rest, whose[~is_atom], grain.subjects)
        if not len(kept):
            centre, scale = _wide(atoms)
            counts[-1] = 0  # there may be others, but too few to draw
            return cls(spec.name, spec.kind, atoms, counts, None, centre, scale, centre, centre, decimals)
        curve = Curve.normal(kept, grain.knots) if transform == "normal" else Curve.standard(kept)
        centre, scale = robust_scale(kept)
        ends = float(kept.min()), float(kept.max())
        return cls(spec.name, spec.kind, atoms, counts, curve, centre, scale, *ends, decimals)

    def holding(self, values: Floats, subjects: NDArray[np.int64], fewest: int) -> NumberCodec:
        """The codec that draws no repeated value that fewer subjects hold, and none beyond ends that so many reach.

        Args:
            values: (n,) present values of a sample.
            subjects: (n,) who holds each.
            fewest: subjects.
        """
        finite = np.isfinite(values)
        values, subjects = within_reach(values[finite]), subjects[finite]
        is_atom = _equal_at(self.atoms, np.searchsorted(self.atoms, values), values)
        repeated = values[is_atom]
        held = repeated[is_held(repeated, subjects[is_atom], fewest)]
        reached = extremes(values[~is_atom], subjects[~is_atom], fewest)
        drawn = np.concatenate([[True], np.isin(self.atoms, held), [reached is not None]])
        low, high = reached or (self.low, self.high)
        return replace(self, counts=self.counts * drawn, low=low, high=high)

    @property
    def log_scale(self) -> float:
        """Log of the spread of the continuous part, in the column's units."""
        return float(np.log(self.scale))

    @cached_property
    def density(self) -> NDArray[np.bool_]:
        """(tokens,) only other values are measured by a density."""
        return np.equal(np.arange(len(self.counts)), len(self.counts) - 1)

    @cached_property
    def continuous(self) -> NDArray[np.bool_]:
        """(tokens,) other values have a continuous value when there is a curve."""
        has_curve = self.curve is not None
        return self.density & has_curve

    @property
    def limits(self) -> tuple[float, float]:
        """Range of y in training."""
        if self.curve is None:
            return -np.inf, np.inf
        low, high = self.curve.forward(np.array([self.low, self.high]))
        return float(low), float(high)

    def encode(self, column: Column) -> EncodedColumn:
        """Cells to tokens and continuous values."""
        x = within_reach(column.values.astype(np.float64))
        where = np.searchsorted(self.atoms, x)
        tokens = np.where(_equal_at(self.atoms, where, x), where + 1, len(self.atoms) + 1)
        tokens = np.where(column.present, tokens, MISSING).astype(np.int32)
        values, base = np.full(len(x), np.nan), np.zeros(len(x))
        rest = tokens == len(self.atoms) + 1
        if self.curve is None:
            base[rest] = _log_normal(np.clip((x[rest] - self.centre) / self.scale, -1e9, 1e9))
        else:
            values[rest] = self.curve.forward(x[rest])
            base[rest] = self.curve.log_slope(x[rest]) + self.log_scale
        return EncodedColumn(tokens, values, base)

    def decode(self, tokens: NDArray[np.int32], values: Floats, rng: np.random.Generator) -> Column:  # noqa: ARG002
        """Tokens and continuous values to cells, rounded as the column is."""
        padded = np.concatenate([[0.0], self.atoms, [self.centre]])
        x = padded[tokens]
        if self.curve is not None:
            rest = (tokens == len(self.atoms) + 1) & ~np.isnan(values)
            x[rest] = self._round(self.curve.inverse(values[rest]))
        missing = np.where(tokens == MISSING, Missing.NULL, Missing.PRESENT).astype(np.uint8)
        if self.kind is Kind.INTEGER:
            return Column(self.kind, nearest_whole(x), missing)
        return Column(self.kind, x, missing)

    def _round(self, x: Floats) -> Floats:
        return x if self.decimals is None else np.round(x, self.decimals)

    def pieces(self, tests: Sequence[Test]) -> list[Piece]:
        """Atoms that pass, and intervals of y whose rounded values pass."""
        found = [Piece(MISSING)] if all(t.passes_missing for t in tests) else []
        if any(t.op == "is missing" for t in tests):
            return found
        for low, high in intervals(tests, self.kind):
            inside = np.flatnonzero((self.atoms >= low) & (self.atoms < high))
            found += [Piece(int(t) + 1) for t in inside]
            found += self._rest(low, high)
        return found

    def _rest(self, low: float, high: float) -> list[Piece]:
        """The continuous part of [low, high)."""
        if self.curve is None:
            return []
        token, step = len(self.atoms) + 1, 0.0 if self.decimals is None else 10.0**-self.decimals
        if step:  # whole steps inside, each standing for half a step to both sides
            low, high = np.ceil(low / step) * step, (np.ceil(high / step) - 1) * step
        else:
            high = float(np.nextafter(high, -np.inf))
        if low > high:
            return []
        if low == high:
            x = np.array([low])
            weight = float(self.curve.log_slope(x)[0]) + np.log(step or self.scale * _UNROUNDED)
            y = float(self.curve.forward(x)[0])
            return [Piece(token, y, y, base=weight)]
        ends = self.curve.forward(np.array([low - step / 2, high + step / 2]))
        return [Piece(token, float(ends[0]), float(ends[1]))]

    def texts(self) -> list[str | None]:
        """(tokens,) atoms as they read."""
        return [None, *(_text(a) for a in self.atoms), None]

    @property
    def places(self) -> Floats:
        """(tokens,) y of each atom (x itself without a curve); NaN for the other tokens."""
        at = self.atoms if self.curve is None else self.curve.forward(self.atoms)
        return np.concatenate([[np.nan], at, [np.nan]])

    def show(self, y: Floats, *, end: int = 0) -> Floats:  # noqa: ARG002 - dates need the end
        """(n,) values that places or continuous values stand for, rounded as the column is."""
        return self._round(y if self.curve is None else self.curve.inverse(y))

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """JSON and arrays."""
        plain = {"codec": "number", "kind": str(self.kind), "decimals": self.decimals, "curve": self.curve is not None}
        numbers = np.array([self.centre, self.scale, self.low, self.high])
        arrays = {f"{self.name}.atoms": self.atoms, f"{self.name}.counts": self.counts, f"{self.name}.range": numbers}
        return plain, {**arrays, **(self.curve.state(self.name) if self.curve else {})}

    @classmethod
    def load(cls, name: str, data: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> NumberCodec:
        """The codec that `state` wrote."""
        centre, scale, low, high = (float(v) for v in arrays[f"{name}.range"])
        curve = Curve.load(name, arrays) if data["curve"] else None
        return cls(
            name, Kind(data["kind"]), arrays[f"{name}.atoms"], arrays[f"{name}.counts"], curve,
            centre, scale, low, high, data["decimals"],
        )


def intervals(tests: Sequence[Test], kind: Kind) -> list[tuple[float, float]]:
    """The disjoint half-open intervals [low, high) of values that pass all tests, ascending."""
    found = [(-np.inf, np.inf)]
    for test in tests:
        parts = _spans(test, kind)
        met = [(max(a, c), min(b, d)) for a, b in found for c, d in parts]
        found = [(low, high) for low, high in met if low < high]
    return found


def _spans(test: Test, kind: Kind) -> list[tuple[float, float]]:
    """The intervals of values that pass one test, ascending."""
    if test.op == "is present":
        return [(-np.inf, np.inf)]
    if test.op in ("in", "!="):
        points = sorted({Test(test.column, "=", (v,)).bounds(kind) for v in test.values})
        if test.op == "in":
            return points
        return [(-np.inf, points[0][0]), (points[0][1], np.inf)]
    return [test.bounds(kind)]


def _atoms(values: Floats, grain: Grain) -> Floats:
    """Ascending values that get a token of their own."""
    levels, counts = np.unique(values, return_counts=True)
    n = len(values)
    if len(levels) <= 1 or (len(levels) <= grain.few and n >= grain.repeats * len(levels)):
        return levels
    common = np.flatnonzero(counts >= max(_SPIKE_SHARE * n, 5))
    if not len(common) or not grain.spikes:
        return levels[:0]
    around = common[:, None] + np.array([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5])  # (a, 10)
    inside = (around >= 0) & (around < len(levels))
    near = np.where(inside, counts[np.clip(around, 0, len(levels) - 1)], np.nan)
    spikes = common[counts[common] >= grain.sharp * np.nanmedian(near, axis=1)]
    most = spikes[np.argsort(-counts[spikes], kind="stable")[:_MAX_SPIKES]]
    return levels[np.sort(most)]


def _wide(values: Floats) -> tuple[float, float]:
    """Centre and a spread twice the range, for values never seen."""
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    return low / 2 + high / 2, 2 * max(high - low, 1e-6 * abs(high), 1e-12) if high > low else max(abs(high), 1.0)


def _equal_at(atoms: Floats, where: NDArray[np.int64], x: Floats) -> NDArray[np.bool_]:
    if not len(atoms):
        return np.zeros(len(x), dtype=bool)
    return np.equal(atoms[np.minimum(where, len(atoms) - 1)], x)


def _log_normal(z: Floats) -> Floats:
    log_density: Floats = -0.5 * z * z - 0.5 * np.log(2 * np.pi)
    return log_density


def _text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
