"""Heaps: numbers that are rounded pile up on multiples of ten, of fifty, of a thousand.

Values that enough subjects hold are kept as they are, each as often as it was: the column's curve has a step there. How
round any other value is follows its size, and nothing else: within each of a column's bins the shares of values that
are multiples of each step are kept. A drawn value is moved to the nearest multiple of a step drawn with these shares.
So amounts that people round stay round as often as they were, and numbers kept to so many digits keep them.

Reference: Heitjan and Rubin, "Inference from coarse data via multiple imputation with application to age heaping"
(1990).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...encode.subjects import is_held

__all__ = ["Heaps"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_TIMES = (5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)
_LEAST_EXCESS = 1.25
_LEAST_SHARE = 0.01
_LEAST_VALUES = 200
_LEAST_HOLDERS = 2
_MOST_HELD = 1_000
_CLOSE = 1e-6  # in steps: what decimals leave of a multiple


@dataclass(frozen=True, eq=False)
class Heaps:
    """How round one column's values are.

    Args:
        unit: all values are multiples of it.
        steps: (g,) ascending, each a multiple of the one before and of the unit.
        edges: (b - 1,) ascending bounds between bins.
        shares: (b, g + 1) of each bin's values that are multiples of no step, of the first and not the second, ...
        held: (m,) ascending values that enough subjects hold; the shares are of the others.
    """

    unit: float
    steps: Floats
    edges: Floats
    shares: Floats
    held: Floats

    @classmethod
    def of(
        cls, values: Floats, decimals: int | None, edges: Floats, subjects: Ints, fewest: int
    ) -> Heaps | None:
        """How round a column's values are; None where they do not pile up.

        Args:
            values: (n,) of training.
            decimals: they are rounded to; None: not at all.
            edges: (b - 1,) ascending bounds between bins.
            subjects: (n,) who holds each value.
            fewest: subjects that a share stands for; one made of fewer is left out.
        """
        if decimals is None or len(values) < _LEAST_VALUES:
            return None
        unit = 10.0**-decimals
        held = _held(values, subjects, fewest)
        loose = ~np.isin(values, held)
        values, subjects = values[loose], subjects[loose]
        empty = cls(unit, _steps(values, unit), edges, np.zeros((len(edges) + 1, 0)), held)
        if not len(empty.steps) and not len(held):
            return None
        width = len(empty.steps) + 1
        places = np.searchsorted(edges, values, side="right") * width + empty.which(values)
        places = places[is_held(places, subjects, fewest)]
        counts = np.bincount(places, minlength=(len(edges) + 1) * width).reshape(-1, width).astype(np.float64)
        counts[:, 0] += counts.sum(axis=1) == 0
        return replace(empty, shares=counts / counts.sum(axis=1, keepdims=True))

    def nearest(self, values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """(n,) the held value next to each, and whether it is rounded to that."""
        if not len(self.held):
            return values, np.zeros(len(values), dtype=bool)
        near = self.held[np.searchsorted((self.held[1:] + self.held[:-1]) / 2, values)]
        return near, np.abs(values - near) <= self.unit * (0.5 + _CLOSE)

    def which(self, values: Floats) -> Ints:
        """(n,) how many of the steps, from the finest on, a value is a multiple of; 0: it is not round."""
        out = np.zeros(len(values), dtype=np.int64)
        for place, step in enumerate(self.steps):
            out[_is_multiple(values, float(step))] = place + 1
        return out

    def log_weights(self, values: Floats) -> Floats:
        """(n,) what the log density of a value gains because only some values nearby are as round as it is.

        Exact for a density that is flat over the coarsest step around the value.
        """
        which = self.which(values)
        shares = self.shares[np.searchsorted(self.edges, values, side="right"), which]
        weights: Floats = np.log(np.maximum(shares, _CLOSE)) + self._log_room[which]
        return np.where(self.nearest(values)[1], 0.0, weights)

    @cached_property
    def _log_room(self) -> Floats:
        """(g + 1,) log of how many units of the scale each value of a heap stands for."""
        room: Floats = -np.log(self.unit / self._finer - self.unit / self._coarser)
        return room

    @cached_property
    def _finer(self) -> Floats:
        return np.concatenate([[self.unit], self.steps])

    @cached_property
    def _coarser(self) -> Floats:
        return np.concatenate([self.steps, [np.inf]])

    def place(self, values: Floats, low: float, high: float, rng: np.random.Generator) -> Floats:
        """(n,) drawn values moved to heaps, and off them, within [low, high]."""
        cumulated = np.cumsum(self.shares, axis=1)[np.searchsorted(self.edges, values, side="right")]
        which = np.minimum((rng.random(len(values))[:, None] > cumulated).sum(axis=1), len(self.steps))
        step, coarser = self._finer[which], self._coarser[which]
        lowest, highest = np.ceil(low / step - _CLOSE), np.floor(high / step + _CLOSE)
        nearest = np.clip(np.round(values / step), lowest, highest)
        side = np.where(values / step >= nearest, 1.0, -1.0)
        side = np.where((nearest + side >= lowest) & (nearest + side <= highest), side, -side)
        nearest = np.where(_is_multiple(nearest * step, coarser), nearest + side, nearest)
        placed = np.where((lowest <= highest) & ~self.nearest(nearest * step)[1], nearest * step, values)
        held, is_held_one = self.nearest(values)
        return np.clip(np.where(is_held_one, held, placed), low, high)

    def state(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "unit": self.unit, "steps": self.steps.tolist(), "edges": self.edges.tolist(),
            "shares": self.shares.tolist(), "held": self.held.tolist(),
        }

    @classmethod
    def load(cls, plain: Mapping[str, Any]) -> Heaps:
        """What `state` wrote."""
        return cls(float(plain["unit"]), *(np.array(plain[k]) for k in ("steps", "edges", "shares", "held")))


def _held(values: Floats, subjects: Ints, fewest: int) -> Floats:
    """(m,) ascending values that enough subjects hold, the most frequent of very many."""
    found, counts = np.unique(values[is_held(values, subjects, max(fewest, _LEAST_HOLDERS))], return_counts=True)
    held: Floats = np.sort(found[np.argsort(-counts, kind="stable")[:_MOST_HELD]])
    return held


def _steps(values: Floats, unit: float) -> Floats:
    """(g,) steps that more values fall on than the step before explains."""
    found: list[float] = []
    if len(values) < _LEAST_VALUES:
        return np.zeros(0)
    largest = float(np.quantile(np.abs(values), 0.9))
    finer, share = unit, 1.0
    for step in (unit * t for t in _TIMES):
        own = float(_is_multiple(values, step).mean())
        if step <= largest and own >= _LEAST_SHARE and own > _LEAST_EXCESS * share * finer / step:
            found.append(step)
            finer, share = step, own
    return np.array(found)


def _is_multiple(values: Floats, step: Floats | float) -> NDArray[np.bool_]:
    ratio = values / step
    near: NDArray[np.bool_] = (np.abs(ratio - np.round(ratio)) < _CLOSE) & np.isfinite(step)
    return near
