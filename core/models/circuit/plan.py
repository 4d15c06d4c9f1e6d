"""Choosing a generator's wiring from a sample: order, contexts, copies, regressors and what is left for the tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ...encode.curves import Curve
from ...encode.numbers import NumberCodec
from ...encode.table import Encoded, TableCodec
from .heaps import Heaps
from .relations import bins_of, chow_liu, mutual_information
from .tree import Layout, Rows
from .wiring import AMOUNT, Wiring, features_of, is_copy, wired_rows

__all__ = ["money_space", "residual_strengths", "wire"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_FEW_NUMBERS = 10
_MOST_REGRESSORS = 5
_LEAST_GAIN = 0.004
_LEAST_COPIED = 0.08
_MOST_CONTEXT = 16
_LEAST_CONTEXT = 0.01
_SKEWED = 1.5
_KNOTS = 256
_BINS = 32
_SCORES = ndtri((np.arange(2_000) + 0.5) / 2_000)  # a normal's quantiles


def money_space(codec: TableCodec) -> TableCodec:
    """The codec with skewed money-like columns in arcsinh(x / s), one s for all of them.

    In that space proportions of amounts are straight lines of slope one. Money-like: at most two decimals, values in
    the hundreds and more, a tail one and a half times as far out as a normal's. Read off the codec's own curves, so
    that no more of the rows is kept than the codec has.
    """
    columns = list(codec.columns)
    found: dict[int, Floats] = {}
    for j, column in enumerate(columns):
        if isinstance(column, NumberCodec) and column.curve is not None and column.decimals in (0, 1, 2):
            x = column.curve.inverse(_SCORES)
            if column.counts[-1] > _KNOTS and np.median(np.abs(x)) >= AMOUNT and _tail(x) > _SKEWED:
                found[j] = x
    if not found:
        return codec
    unit = max(min(float(np.median(np.abs(x))) for x in found.values()) / 10, 1.0)
    for j in found:
        column = columns[j]
        assert isinstance(column, NumberCodec)
        columns[j] = replace(column, curve=_arcsinh(column.low, column.high, unit))
    return replace(codec, columns=tuple(columns))


def _tail(x: Floats) -> float:
    """How far out the 99.5 % quantile lies, in those a normal of the same quartile would have."""
    middle, quarter, end = np.quantile(x, [0.5, 0.75, 0.995])
    return float((end - middle) / max(quarter - middle, 1e-12) / 3.82)


def _arcsinh(low: float, high: float, unit: float) -> Curve:
    """arcsinh(x / unit) through knots that lie close."""
    y = np.linspace(np.arcsinh(low / unit) - 0.5, np.arcsinh(high / unit) + 0.5, _KNOTS)
    at = unit * np.sinh(y)
    return Curve(at, y, float(1 / np.hypot(unit, at[0])), float(1 / np.hypot(unit, at[-1])))


def wire(codec: TableCodec, encoded: Encoded, subjects: Ints, fewest: int) -> Wiring:
    """The wiring that a sample of rows asks for; shares of round values stand for so many of the (n,) subjects."""
    rows = Rows.of(encoded, Layout.of(codec))
    strengths = mutual_information(*bins_of(Layout.of(codec), rows))
    order = _order(codec, strengths)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    copies = _copies(codec, encoded, strengths)
    order = _sources_first(order, copies)
    rank[order] = np.arange(len(order))
    contexts = _contexts(codec, strengths, rank)
    regressors = _regressors(codec, encoded, strengths, rank)
    heaps = _heaps(codec, encoded, copies, subjects, fewest)
    unset = Wiring(codec, order, contexts, copies, regressors, heaps, np.zeros(0, dtype=np.int64))
    return replace(unset, counts=_counts(unset, encoded))


def _order(codec: TableCodec, strengths: Floats) -> Ints:
    """Columns without a continuous value first, then the others along their own tree."""
    floating = codec.floating
    plain = np.flatnonzero(codec.slots < 0)
    walk = chow_liu(strengths[np.ix_(floating, floating)]).order if len(floating) else floating
    return np.concatenate([plain, floating[walk]]).astype(np.int64)


def _copies(codec: TableCodec, encoded: Encoded, strengths: Floats) -> Ints:
    """For each number column the one it repeats exactly in at least 8 % of the rows.

    The column that is tied less to the others repeats the one tied more; the other way round copies ruin the draws.
    """
    out = np.full(len(codec.columns), -1, dtype=np.int64)
    floating = [int(j) for j in codec.floating if isinstance(codec.columns[j], NumberCodec)]
    tied = {j: float(np.sort(strengths[j, [i for i in floating if i != j]])[-2:].sum()) for j in floating}
    for j in floating:
        stronger = [k for k in floating if tied[k] > tied[j]]
        shares = [(float(is_copy(codec, encoded, j, k).mean()), k) for k in stronger]
        best = max(shares, default=(0.0, -1))
        if best[0] >= _LEAST_COPIED:
            out[j] = best[1]
    return out


def _sources_first(order: Ints, copies: Ints) -> Ints:
    """The order, copies moved behind what they repeat."""
    placed: list[int] = []
    waiting = [int(j) for j in order]
    while waiting:
        ready = next(j for j in waiting if copies[j] < 0 or int(copies[j]) in placed)
        placed.append(ready)
        waiting.remove(ready)
    return np.array(placed, dtype=np.int64)


def _contexts(codec: TableCodec, strengths: Floats, rank: Ints) -> Ints:
    """For each number column with tokens besides, the earlier column of few tokens that says most about it."""
    out = np.full(len(codec.columns), -1, dtype=np.int64)
    few = [j for j, c in enumerate(codec.columns) if codec.slots[j] < 0 and 2 < len(c.counts) <= _MOST_CONTEXT]
    for j in codec.floating:
        if len(codec.columns[j].counts) <= 2:
            continue
        best = max(((float(strengths[j, k]), k) for k in few if rank[k] < rank[j]), default=(0.0, -1))
        if best[0] > _LEAST_CONTEXT:
            out[j] = best[1]
    return out


def _regressors(codec: TableCodec, encoded: Encoded, strengths: Floats, rank: Ints) -> tuple[Ints, ...]:
    """For each continuous value the features of earlier columns: all of few, else those that explain most.

    Of many, numbers of few values are left to the tree; and the one of many repeated values that says most always
    counts: along a chain of values that follow one another a bound they all share (the limit of a card) explains little
    at each step and is lost at the end.
    """
    features = features_of(codec, encoded).astype(np.float64)
    useful = features.std(axis=0) > 1e-6
    found = []
    for slot, j in enumerate(codec.floating):
        earlier = [k for k in range(len(codec.columns)) if rank[k] < rank[j]]
        columns = [k for k in earlier if useful[2 * k]]
        rows = np.flatnonzero(codec.columns[j].continuous[encoded.tokens[:, j]])
        if len(codec.floating) > _FEW_NUMBERS or len(columns) > _FEW_NUMBERS:
            columns = [k for k in columns if codec.slots[k] >= 0 or len(codec.columns[k].counts) > _MOST_CONTEXT]
            bound = max(((strengths[j, k], k) for k in columns if codec.slots[k] < 0), default=(0.0, -1))
            columns = _forward(features[rows], encoded.values[rows, slot], columns)
            columns += [bound[1]] if bound[0] > _LEAST_CONTEXT and bound[1] not in columns else []
        wanted = [f for k in columns for f in (2 * k, 2 * k + 1) if useful[f]]
        found.append(np.array(wanted, dtype=np.int64))
    return tuple(found)


def _forward(features: Floats, y: Floats, columns: list[int]) -> list[int]:
    """At most five columns, each the one that explains most of what the others left, while that is .4 % of it."""
    chosen: list[int] = []
    left = y - y.mean()
    while len(chosen) < _MOST_REGRESSORS and len(y) > 50:
        before = float(left @ left)
        best: tuple[float, int, Floats] | None = None
        for k in columns:
            if k in chosen:
                continue
            tried = _residual(features, y, [*chosen, k])
            if best is None or float(tried @ tried) < best[0]:
                best = float(tried @ tried), k, tried
        if best is None or before - best[0] < _LEAST_GAIN * before:
            break
        chosen.append(best[1])
        left = best[2]
    return chosen


def _residual(features: Floats, y: Floats, columns: list[int]) -> Floats:
    """What a least-squares fit on these columns leaves."""
    x = features[:, [f for k in columns for f in (2 * k, 2 * k + 1)]]
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    gram = x.T @ x + 1e-6 * len(x) * np.eye(x.shape[1])
    left: Floats = y - x @ np.linalg.solve(gram, x.T @ y)
    return left


def _heaps(
    codec: TableCodec, encoded: Encoded, copies: Ints, subjects: Ints, fewest: int
) -> tuple[Heaps | None, ...]:
    """How round each continuous value is that repeats no other cell, in bins read off its curve."""
    found = []
    for slot, j in enumerate(codec.floating):
        column = codec.columns[j]
        heaps = None
        if isinstance(column, NumberCodec) and column.curve is not None:
            has = column.continuous[encoded.tokens[:, j]]
            if copies[j] >= 0:
                has &= ~is_copy(codec, encoded, int(j), int(copies[j]))
            edges = column.curve.inverse(np.linspace(*column.limits, _BINS + 1)[1:-1])
            heaps = Heaps.of(column.show(encoded.values[has, slot]), column.decimals, edges, subjects[has], fewest)
        found.append(heaps)
    return tuple(found)


def _counts(wiring: Wiring, encoded: Encoded) -> Ints:
    """(V,) how often each token of the layout occurs, 0 for those that the codec never draws."""
    size = int((wiring.tokens * wiring.tables).sum())
    empty = replace(wiring, counts=np.zeros(size, dtype=np.int64))
    places = wired_rows(empty, encoded).places
    counts: Ints = np.bincount(places.ravel(), minlength=size)
    for j, column in enumerate(wiring.codec.columns):
        never = np.append(column.counts == 0, np.zeros(int(wiring.copies[j] >= 0), dtype=bool))
        counts[empty.layout.tokens(j)][np.tile(never, wiring.tables[j])] = 0
    return counts


def residual_strengths(wiring: Wiring, encoded: Encoded) -> Floats:
    """(d, d) what is left for the tree to carry once regressions have their part.

    Continuous values are replaced by the residuals of their regression on all states together. Between two such
    columns only their tokens count: the rest of their tie is the regression's. Where neither has tokens their tie
    counts as it is, since the tree then has nothing else to carry, and regressions differ along it.
    """
    codec = wiring.codec
    features = features_of(codec, encoded).astype(np.float64)
    values = encoded.values.copy()
    for slot, j in enumerate(codec.floating):
        rows = np.flatnonzero(codec.columns[j].continuous[encoded.tokens[:, j]])
        columns = sorted({int(f) // 2 for f in wiring.regressors[slot]})
        if len(rows) and columns:
            values[rows, slot] = _residual(features[rows], encoded.values[rows, slot], columns)
    layout = Layout.of(codec)
    whole, rest, tokens = (
        mutual_information(*bins_of(layout, Rows.of(Encoded(encoded.tokens, v, encoded.base), layout)))
        for v in (encoded.values, values, np.where(np.isnan(values), np.nan, 0.0))
    )
    floats, plain = (np.zeros(len(codec.columns), dtype=bool) for _ in range(2))
    floats[codec.floating] = True
    plain[codec.floating] = [len(codec.columns[j].counts) <= 2 for j in codec.floating]
    between = np.where(plain[:, None] & plain[None, :], whole, tokens)
    return np.where(floats[:, None] & floats[None, :], between, rest)
