"""Missing cells of rows, filled given the cells that are there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.batch import Batch
from ...encode.categories import CategoryCodec
from ...encode.column import MISSING
from ...encode.table import Encoded, TableCodec
from .components import Components
from .conditionals import conditional_normals
from .design import Design
from .sampling import drawable, fill_block, reflect

__all__ = ["impute"]

Floats = NDArray[np.float64]


def impute(
    codec: TableCodec, components: Components, batch: Batch, rng: np.random.Generator | None, size: int
) -> Batch:
    """The batch with every missing cell of a modelled column filled.

    A column of which training held no value stays as it is.

    Args:
        codec: of the rows.
        components: of the mixture.
        batch: the rows.
        rng: draws from the conditional distribution; None fills in the likeliest token and the conditional mean.
        size: rows worked on at a time.
    """
    parts = []
    for start in range(0, len(batch), size):
        part = batch.take(np.arange(start, min(start + size, len(batch))))
        parts.append(_filled(codec, components, part, rng))
    return replace(Batch.concat(parts), start=batch.start) if parts else batch


def _filled(codec: TableCodec, components: Components, batch: Batch, rng: np.random.Generator | None) -> Batch:
    encoded = codec.encode(batch)
    design = Design.of(encoded, codec)
    missing = encoded.tokens == MISSING
    log_shares = _posterior(components, design, missing)
    tables = drawable(_without_missing(components, codec), codec)
    source = np.random.default_rng(0) if rng is None else rng
    if rng is None:
        tokens, values = _likeliest(codec, tables, design, encoded, np.exp(log_shares))
    else:
        tokens, values = _drawn(codec, tables, encoded, np.exp(log_shares), rng)
    fillable = missing & np.array([bool((c.counts[1:] > 0).any()) for c in codec.columns])
    return codec.fill(batch, tokens, values, fillable, source)


def _posterior(components: Components, design: Design, missing: NDArray[np.bool_]) -> Floats:
    """(n, k) log probability of each component given the present cells; missing ones say nothing."""
    joint = components.log_joint(design)
    for j in np.flatnonzero(missing.any(axis=0)):
        rows = np.flatnonzero(missing[:, j])
        joint[rows] -= components.log_tables[:, design.places[rows, j]].T
    normed: Floats = joint - logsumexp(joint, axis=1, keepdims=True)
    return normed


def _without_missing(components: Components, codec: TableCodec) -> Components:
    tables = components.log_tables.copy()
    for j, column in enumerate(codec.columns):
        if (column.counts[1:] > 0).any():
            tables[:, codec.offsets[j] + MISSING] = -np.inf
    return replace(components, log_tables=tables)


def _likeliest(
    codec: TableCodec, components: Components, design: Design, encoded: Encoded, shares: Floats
) -> tuple[NDArray[np.int32], Floats]:
    """Likeliest tokens, and conditional means in the transformed scale."""
    means, _ = conditional_normals(components, design)
    tokens, values = encoded.tokens.copy(), encoded.values.copy()
    for j, column in enumerate(codec.columns):
        rows = np.flatnonzero(tokens[:, j] == MISSING)
        table = np.exp(components.log_tables[:, codec.offsets[j] : codec.offsets[j + 1]])
        likely = shares[rows] @ table
        if not isinstance(column, CategoryCodec):
            likely = _lump(likely, column.continuous)
        tokens[rows, j] = likely.argmax(axis=1)
        if (slot := int(codec.slots[j])) >= 0:
            loads = shares[rows] * table[:, column.continuous].sum(axis=1)
            mean = np.einsum("nk,nk->n", loads, means[rows, slot]) / np.maximum(loads.sum(axis=1), 1e-300)
            values[rows, slot] = np.where(column.continuous[tokens[rows, j]], mean, np.nan)
    return tokens, values


def _lump(likely: Floats, continuous: NDArray[np.bool_]) -> Floats:
    """Continuous tokens (hours of a day) compete together against the others, then among themselves."""
    together = likely[:, continuous].sum(axis=1, keepdims=True)
    largest = np.maximum(likely[:, continuous].max(axis=1, keepdims=True, initial=0.0), 1e-300)
    return np.where(continuous, likely * together / largest, likely)


def _drawn(
    codec: TableCodec, components: Components, encoded: Encoded, shares: Floats, rng: np.random.Generator
) -> tuple[NDArray[np.int32], Floats]:
    """One component for each row, then its tokens and values given the present ones."""
    edges = np.cumsum(shares, axis=1)
    chosen = np.minimum((rng.random((len(shares), 1)) * edges[:, -1:] > edges).sum(axis=1), shares.shape[1] - 1)
    tokens, values = encoded.tokens.copy(), _values_given(components, chosen, encoded.values, rng)
    values = np.where(np.isnan(encoded.values), reflect(values, codec.limits), encoded.values)
    for j, column in enumerate(codec.columns):
        rows = np.flatnonzero(tokens[:, j] == MISSING)
        table = np.cumsum(np.exp(components.log_tables[:, codec.offsets[j] : codec.offsets[j + 1]]), axis=1)
        own = table[chosen[rows]]
        tokens[rows, j] = (rng.random((len(rows), 1)) * own[:, -1:] >= own).sum(axis=1)
        if (slot := int(codec.slots[j])) >= 0:
            values[~column.continuous[tokens[:, j]], slot] = np.nan
    return tokens, values


def _values_given(components: Components, chosen: NDArray[np.int64], known: Floats, rng: np.random.Generator) -> Floats:
    """(n, C) continuous values of each row's component given those it has."""
    noise = rng.standard_normal(known.shape)
    values = components.means[chosen] + np.sqrt(components.variances[chosen]) * noise
    if len(components.block):
        for c in np.unique(chosen):
            cells = np.ix_(np.flatnonzero(chosen == c), components.block)
            values[cells] = fill_block(components, int(c), known[cells], rng)
    return values
