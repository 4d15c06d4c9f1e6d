"""Each cell given the rest of its row: surprise, entropy, and the range or values expected.

For component c, p_c(rest) = p_c(row) / p_c(cell | rest), so one pass over the row gives the weights of all components
for all d questions at once. Within a component a token does not depend on the rest; a continuous value depends on
those of its block that the row has (normals.leave_one_out).

The entropy of a token is exact; that of a continuous value, a one-dimensional mixture of normals, is taken by
Gauss-Hermite quadrature over its heaviest components. Part of the calendar and time are independent there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp, ndtr

from ...data.batch import Batch
from ...encode.categories import CategoryCodec
from ...encode.dates import DateCodec
from ...encode.numbers import NumberCodec
from ...encode.table import TableCodec
from .._expected import ExpectedRows, Foreseen, foreseen
from ..base import Cells
from .components import Components
from .design import Design
from .normals import density, leave_one_out

__all__ = ["cell_densities", "conditional_normals", "explain"]

Floats = NDArray[np.float64]

_HEAVIEST = 6
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_NODE_SHARES = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
_STEPS = 40
_LEVELS = (0.025, 0.5, 0.975)


@dataclass(frozen=True, eq=False)
class _Normals:
    """One continuous value of n rows given the rest: m normals with shares."""

    shares: Floats  # (n, m), sum 1
    means: Floats  # (n, m)
    sds: Floats  # (n, m)


def explain(codec: TableCodec, components: Components, batch: Batch) -> Cells:
    """Surprise given the rest and alone, conditional entropy and expectation of every cell of n rows."""
    encoded = codec.encode(batch)
    design = Design.of(encoded, codec, batch.columns)
    means, variances = conditional_normals(components, design)
    own = cell_densities(codec, components, design, means, variances)  # (n, d, k)
    rest = components.log_joint(design)[:, None, :] - own
    log_shares = log_softmax(rest, axis=2)  # (n, d, k): which component the rest of the row comes from
    surprise = -logsumexp(log_shares + own, axis=2) - encoded.base
    alone = -components.log_marginals(design, codec.slots) - encoded.base
    typical = np.empty_like(surprise)
    expected: list[Foreseen] = []
    for j, column in enumerate(codec.columns):
        tables = np.exp(components.log_tables[:, codec.offsets[j] : codec.offsets[j + 1]])  # (k, tokens)
        shares = np.exp(log_shares[:, j, :])
        tokens = shares @ tables  # (n, tokens)
        normals = None
        if (slot := int(codec.slots[j])) >= 0:
            loads = shares * tables[:, column.continuous].sum(axis=1)
            normals = _heaviest(loads, means[:, slot], variances[:, slot])
        typical[:, j] = _entropy(column, tokens, normals)
        expected.append(foreseen(column, tokens, partial(_quantiles, column, tokens, normals)))
    return Cells(codec.names, surprise, typical, alone, ExpectedRows([expected]))


def conditional_normals(components: Components, design: Design) -> tuple[Floats, Floats]:
    """(n, C, k) mean and variance of each continuous value given the others the row has, under each component."""
    n, (k, values) = len(design), components.means.shape
    means = np.broadcast_to(components.means.T, (n, values, k)).copy()
    variances = np.broadcast_to(components.variances.T, (n, values, k)).copy()
    block = components.block
    for pattern in design.patterns(block, width=4 * k):
        y = design.y[np.ix_(pattern.rows, block[pattern.seen])]
        own = leave_one_out(y, components.means[:, block], components.covariances, pattern.seen, pattern.gone)
        cells = np.ix_(pattern.rows, block)
        means[cells] = own[0].transpose(1, 2, 0)
        variances[cells] = own[1].T
    return means, variances


def cell_densities(
    codec: TableCodec, components: Components, design: Design, means: Floats, variances: Floats
) -> Floats:
    """(n, d, k) log p_c(cell | rest), 0 in columns the table lacks; base terms left out."""
    own = np.zeros((*design.places.shape, len(components)))
    own[:, design.kept] = np.ascontiguousarray(components.log_tables.T)[design.places[:, design.kept]]
    slots = codec.floating
    values = density(design.y[:, :, None], means, variances)
    own[:, slots, :] += np.where(design.present[:, :, None], values, 0.0)
    return own


def _heaviest(loads: Floats, means: Floats, variances: Floats) -> _Normals:
    """The components that carry nearly all of a continuous value."""
    top = np.argsort(-loads, axis=1, kind="stable")[:, :_HEAVIEST]
    kept = np.take_along_axis(loads, top, axis=1)
    kept = np.maximum(kept, 1e-300)
    return _Normals(
        kept / kept.sum(axis=1, keepdims=True),
        np.take_along_axis(means, top, axis=1),
        np.sqrt(np.take_along_axis(variances, top, axis=1)),
    )


def _entropy(column: CategoryCodec | NumberCodec | DateCodec, tokens: Floats, normals: _Normals | None) -> Floats:
    """(n,) expected surprise of a cell in nats, per scale."""
    out: Floats = -np.sum(tokens * np.log(np.maximum(tokens, 1e-300)), axis=1)
    if isinstance(column, CategoryCodec):
        out += tokens[:, -1] * column.rare_entropy
        return out
    if normals is None or column.curve is None:
        out += tokens[:, -1] * (0.5 * np.log(2 * np.pi * np.e))
        return out
    y = normals.means[:, :, None] + normals.sds[:, :, None] * _NODES  # (n, m, nodes)
    parts = density(y[:, :, :, None], normals.means[:, None, None, :], normals.sds[:, None, None, :] ** 2)
    level = logsumexp(parts + np.log(normals.shares)[:, None, None, :], axis=3)
    level = level + column.curve.log_slope_at(y) + np.log(column.scale)
    inner = -np.einsum("nm,nmq,q->n", normals.shares, level, _NODE_SHARES)
    out += tokens[:, column.continuous].sum(axis=1) * inner
    return out - tokens @ column.log_stretch if isinstance(column, DateCodec) else out


def _quantiles(
    column: CategoryCodec | NumberCodec | DateCodec, tokens: Floats, normals: _Normals | None
) -> Floats:
    """(3, n) places below which 2.5, 50 and 97.5 % of the values lie, missing and never seen ones left out."""
    assert not isinstance(column, CategoryCodec)
    atoms = np.flatnonzero(~np.isnan(column.places))
    places = column.places[atoms]
    mass = tokens[:, atoms]
    rest = tokens[:, column.continuous].sum(axis=1) if normals is not None else np.zeros(len(tokens))
    whole = mass.sum(axis=1) + rest
    ends = _ends(places, normals, len(tokens))
    cumulative = np.concatenate([np.zeros((len(tokens), 1)), np.cumsum(mass, axis=1)], axis=1)
    out = np.empty((len(_LEVELS), len(tokens)))
    each = np.arange(len(tokens))
    for i, level in enumerate(_LEVELS):
        low, high = ends[0].copy(), ends[1].copy()
        for _ in range(_STEPS):
            middle = (low + high) / 2
            below = cumulative[each, np.searchsorted(places, middle, side="right")]
            if normals is not None:
                z = (middle[:, None] - normals.means) / normals.sds
                below = below + rest * np.einsum("nm,nm->n", normals.shares, ndtr(z))
            reached = below >= level * whole
            high, low = np.where(reached, middle, high), np.where(reached, low, middle)
        out[i] = _snap(high, places)
    return out


def _ends(places: Floats, normals: _Normals | None, n: int) -> tuple[Floats, Floats]:
    """(n,) places that enclose all that can be expected."""
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    if len(places):
        low, high = np.minimum(low, places[0] - 1e-6), np.maximum(high, places[-1])
    if normals is not None:
        low = np.minimum(low, (normals.means - 9 * normals.sds).min(axis=1))
        high = np.maximum(high, (normals.means + 9 * normals.sds).max(axis=1))
    return low, high


def _snap(y: Floats, places: Floats) -> Floats:
    """The atom itself where bisection closed in on it."""
    if not len(places):
        return y
    near = places[np.clip(np.searchsorted(places, y), 0, len(places) - 1)]
    before = places[np.clip(np.searchsorted(places, y) - 1, 0, len(places) - 1)]
    closest = np.where(np.abs(near - y) < np.abs(before - y), near, before)
    return np.where(np.abs(closest - y) <= 1e-6 * (1 + np.abs(y)), closest, y)
