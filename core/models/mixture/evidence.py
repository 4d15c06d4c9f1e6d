"""A condition as evidence: how probable it is under each component, and what it leaves to draw.

Tests on different columns are independent within a component, except on continuous values of the block. There, single
values are conditioned on exactly, one bounded column (the least probable) exactly given those, and further bounded
columns are left to rejection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.conditions import Condition, Test
from ...encode.column import Piece
from ...encode.table import TableCodec
from ...errors import FitError
from ...stats.normals import log_mass
from .components import Components
from .normals import density

__all__ = ["Evidence", "Tested"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tested:
    """One tested column.

    Args:
        column: its position.
        slot: of its continuous value, -1 for none.
        place: of that value in the block, -1 for none.
        pieces: what is allowed.
    """

    column: int
    slot: int
    place: int
    pieces: tuple[Piece, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether one continuous value is all that is allowed."""
        return self.slot >= 0 and len(self.pieces) == 1 and self.pieces[0].is_point

    @property
    def is_bounded(self) -> bool:
        """Whether it bounds a continuous value of the block without fixing it."""
        return self.place >= 0 and not self.is_fixed and any(np.isfinite([p.low, p.high]).any() for p in self.pieces)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a condition says about a mixture.

    Args:
        tested: the tested columns.
        fixed: those whose value in the block is fixed.
        bounded: the bounded column of the block that is treated exactly, or None.
        rejected: further bounded columns of the block.
        log_weights: (k,) log of component weight times probability of the condition, rejection left out.
        piece_weights: for each tested column (k, pieces) log weights.
    """

    tested: tuple[Tested, ...]
    fixed: tuple[Tested, ...]
    bounded: Tested | None
    rejected: tuple[Tested, ...]
    log_weights: Floats
    piece_weights: tuple[Floats, ...]

    @classmethod
    def of(cls, condition: Condition, codec: TableCodec, components: Components) -> Evidence:
        """The evidence of a condition.

        Raises:
            FitError: a column or value that the codec does not know.
        """
        tested = tuple(_tested(name, tests, codec, components) for name, tests in _by_column(condition).items())
        fixed = tuple(t for t in tested if t.is_fixed and t.place >= 0)
        given = _Given(components, fixed)
        weights = {t.column: _weigh(t, codec, components, given) for t in tested if t not in fixed}
        bounded = [t for t in tested if t.is_bounded]
        bounded.sort(key=lambda t: float(logsumexp(weights[t.column])))
        for late in bounded[1:]:
            weights[late.column] = _weigh(_unbounded(late), codec, components, given)
        log_weights = components.log_weights + given.log_density(codec)
        for own in weights.values():
            log_weights = log_weights + logsumexp(own, axis=1)
        nothing = np.zeros((len(components), 1))
        return cls(
            tested, fixed, bounded[0] if bounded else None, tuple(bounded[1:]), log_weights,
            tuple(weights.get(t.column, nothing) for t in tested),
        )

    @property
    def log_probability(self) -> float:
        """Log probability of the condition; an upper bound where columns are left to rejection."""
        return float(logsumexp(self.log_weights))

    @property
    def log_rounding(self) -> float:
        """The part of it that only says how finely single values are measured."""
        return sum(p.base for t in self.tested for p in t.pieces if t.is_fixed)


class _Given:
    """The block's normals after its fixed values."""

    def __init__(self, components: Components, fixed: Sequence[Tested]) -> None:
        self.components = components
        self.fixed = tuple(fixed)
        self.places = np.array([t.place for t in fixed], dtype=np.int64)
        self.values = np.array([t.pieces[0].low for t in fixed])

    def normal(self, place: int) -> tuple[Floats, Floats]:
        """(k,) mean and variance of a value of the block given the fixed ones."""
        components, at = self.components, self.places
        slot = components.block[place]
        means, variances = components.means[:, slot].copy(), components.covariances[:, place, place].copy()
        for c in range(len(components) if len(at) else 0):
            covariance = components.covariances[c]
            slope = np.linalg.solve(covariance[np.ix_(at, at)], covariance[at, place])
            means[c] += (self.values - components.means[c, components.block[at]]) @ slope
            variances[c] -= covariance[place, at] @ slope
        return means, variances

    def log_density(self, codec: TableCodec) -> Floats:
        """(k,) of the fixed values and their tokens."""
        out = np.zeros(len(self.components))
        for i, tested in enumerate(self.fixed):
            before = _Given(self.components, self.fixed[:i])
            piece = tested.pieces[0]
            mean, variance = before.normal(tested.place)
            place = codec.offsets[tested.column] + piece.token
            out += density(np.array(piece.low), mean, variance) + piece.base
            out += self.components.log_tables[:, place]
        return out


def _by_column(condition: Condition) -> dict[str, list[Test]]:
    found: dict[str, list[Test]] = {}
    for test in condition.tests:
        found.setdefault(test.column, []).append(test)
    return found


def _tested(name: str, tests: Sequence[Test], codec: TableCodec, components: Components) -> Tested:
    if name not in codec.names:
        raise FitError("models.condition_column", column=name, known=list(codec.names[:12]))
    column = codec.names.index(name)
    slot = int(codec.slots[column])
    places = np.flatnonzero(components.block == slot)
    limits = codec.columns[column].limits
    pieces = tuple(p.reached(limits) for p in codec.columns[column].pieces(tests))
    return Tested(column, slot, int(places[0]) if slot >= 0 and len(places) else -1, pieces)


def _unbounded(tested: Tested) -> Tested:
    """The same tokens without bounds: what is proposed before rejection."""
    tokens = dict.fromkeys(p.token for p in tested.pieces)
    return replace(tested, pieces=tuple(Piece(t) for t in tokens))


def _weigh(tested: Tested, codec: TableCodec, components: Components, given: _Given) -> Floats:
    """(k, pieces) log probability of each piece under each component."""
    out = np.full((len(components), max(len(tested.pieces), 1)), -np.inf)
    if tested.place >= 0:
        means, variances = given.normal(tested.place)
    elif tested.slot >= 0:
        means, variances = components.means[:, tested.slot], components.variances[:, tested.slot]
    for i, piece in enumerate(tested.pieces):
        out[:, i] = components.log_tables[:, codec.offsets[tested.column] + piece.token] + np.log(piece.share)
        if piece.is_point:
            out[:, i] += density(np.array(piece.low), means, variances) + piece.base
        elif np.isfinite([piece.low, piece.high]).any():
            sd = np.sqrt(variances)
            out[:, i] += log_mass((piece.low - means) / sd, (piece.high - means) / sd)
    return out
