"""New rows from a mixture: ancestral sampling (component, tokens, continuous values), exact also under conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.batch import Batch
from ...data.conditions import Condition, Either, Where
from ...encode.categories import CategoryCodec
from ...encode.column import MISSING
from ...encode.table import RELEASE, TableCodec
from ...errors import FitError
from ...stats.normals import draw_between
from ..rejection import is_probable, until_enough
from .components import Components
from .evidence import Evidence, Tested

__all__ = ["draw", "drawable", "fill_block", "pick", "reflect"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BATCH = 65_536


def draw(
    codec: TableCodec, components: Components, n: int, condition: Where, rng: np.random.Generator
) -> Iterator[Batch]:
    """Batches that hold n rows together; of several alternatives the rows that satisfy any are kept.

    Raises:
        FitError: the condition names an unknown column or value, or is too improbable to be drawn; for a copy: it
            asks for values that too few subjects hold.
    """
    components = drawable(components, codec)
    parts = Either.of(condition).parts
    found = [Evidence.of(part, codec, components) for part in parts]  # refuses unknown columns and values
    if codec.purpose == RELEASE and all(np.isneginf(own.log_probability) for own in found):
        raise FitError("models.too_few_hold", condition=condition.to_text())
    given = parts[0] if len(parts) == 1 else Condition()
    evidence = Evidence.of(given, codec, components)
    level = evidence.log_probability
    if not is_probable(level - evidence.log_rounding, len(evidence.tested)):
        raise FitError("models.improbable", condition=condition.to_text(), probability=float(np.exp(level)))
    sampler = _Sampler(_decoder(codec, given), components, evidence)
    yield from until_enough(lambda size: sampler.propose(size, rng), n, condition, size=_BATCH)


def drawable(components: Components, codec: TableCodec) -> Components:
    """Components that give nothing to tokens never seen in training: their back-off mass is for scoring only.

    A column of which nothing was learned (all its values are infinite) is drawn as missing.
    """
    tables = components.log_tables.copy()
    for j, column in enumerate(codec.columns):
        own = slice(codec.offsets[j], codec.offsets[j + 1])
        never = column.counts == 0
        never[MISSING] &= not never.all()
        tables[:, own][:, never] = -np.inf
        tables[:, own] -= logsumexp(tables[:, own], axis=1, keepdims=True)
    return replace(components, log_tables=tables)


def _decoder(codec: TableCodec, condition: Condition) -> TableCodec:
    """The codec that decodes rare categories to those the condition allows."""
    columns = list(codec.columns)
    for j, column in enumerate(columns):
        tests = [t for t in condition.tests if t.column == column.name]
        if tests and isinstance(column, CategoryCodec):
            columns[j] = column.only(tests)
    return TableCodec(tuple(columns))


@dataclass(frozen=True, eq=False)
class _Sampler:
    """Proposes rows that satisfy the evidence except for its rejected columns."""

    codec: TableCodec
    components: Components
    evidence: Evidence

    def propose(self, m: int, rng: np.random.Generator) -> Batch:
        """At most m rows."""
        weights = np.exp(self.evidence.log_weights - self.evidence.log_probability)
        sizes = rng.multinomial(min(m, _BATCH), weights / weights.sum())
        tokens = np.zeros((int(sizes.sum()), len(self.codec.columns)), dtype=np.int32)
        values = np.full((len(tokens), len(self.codec.floating)), np.nan)
        start = 0
        for c, size in enumerate(sizes):
            rows = slice(start, start + int(size))
            tokens[rows], values[rows] = self._component(c, int(size), rng)
            start += int(size)
        keep = np.flatnonzero(self._accepted(tokens, values))
        order = rng.permutation(keep)
        tokens, values = tokens[order], values[order]
        free = np.setdiff1d(np.arange(values.shape[1]), [t.slot for t in self.evidence.tested])
        values[:, free] = reflect(values[:, free], self.codec.limits[:, free])
        return self.codec.decode(tokens, values, rng)

    def _component(self, c: int, size: int, rng: np.random.Generator) -> tuple[NDArray[np.int32], Floats]:
        """Tokens and continuous values of rows of component c."""
        components, codec = self.components, self.codec
        tokens = np.zeros((size, len(codec.columns)), dtype=np.int32)
        chosen = {t.column: self._pieces(c, i, size, rng) for i, t in enumerate(self.evidence.tested)}
        for j in range(len(codec.columns)):
            if j in chosen:
                continue
            table = np.exp(components.log_tables[c, codec.offsets[j] : codec.offsets[j + 1]])
            tokens[:, j] = pick(table, size, rng)
        values = components.means[c] + np.sqrt(components.variances[c]) * rng.standard_normal(
            (size, components.means.shape[1])
        )
        self._place_tested(c, tokens, values, chosen, rng)
        self._place_block(c, values, chosen, rng)
        for j in codec.floating:
            values[~codec.columns[j].continuous[tokens[:, j]], codec.slots[j]] = np.nan
        return tokens, values

    def _pieces(self, c: int, i: int, size: int, rng: np.random.Generator) -> Ints:
        """(size,) which piece of a tested column each row gets."""
        weights = self.evidence.piece_weights[i][c]
        return pick(np.exp(weights - weights.max()), size, rng)

    def _place_tested(
        self, c: int, tokens: NDArray[np.int32], values: Floats, chosen: dict[int, Ints], rng: np.random.Generator
    ) -> None:
        """Tokens of the tested columns, and their values outside the block."""
        for tested in self.evidence.tested:
            which = chosen[tested.column]
            pieces = tested.pieces
            if tested in self.evidence.rejected:
                found = np.array(list(dict.fromkeys(p.token for p in pieces)), dtype=np.int32)
                tokens[:, tested.column] = found[which]
                continue
            tokens[:, tested.column] = np.array([p.token for p in pieces], dtype=np.int32)[which]
            if tested.slot >= 0 and tested.place < 0:
                mean, sd = self.components.means[c, tested.slot], np.sqrt(self.components.variances[c, tested.slot])
                values[:, tested.slot] = _bounded(tested, which, np.full(len(which), mean), float(sd), rng)

    def _place_block(self, c: int, values: Floats, chosen: dict[int, Ints], rng: np.random.Generator) -> None:
        """Continuous values of the block: fixed ones, then the bounded one, then the others given these."""
        components, evidence = self.components, self.evidence
        block = components.block
        if not len(block):
            return
        known = np.full((len(values), len(block)), np.nan)
        for tested in evidence.fixed:
            known[:, tested.place] = tested.pieces[0].low
        if evidence.bounded is not None:
            tested = evidence.bounded
            which = chosen[tested.column]
            mean, sd = _conditional(components, c, known, tested.place)
            drawn = _bounded(tested, which, mean, sd, rng)
            is_bounded = np.array([np.isfinite([p.low, p.high]).any() for p in tested.pieces])[which]
            known[:, tested.place] = np.where(is_bounded, drawn, np.nan)
        values[:, block] = fill_block(components, c, known, rng)

    def _accepted(self, tokens: NDArray[np.int32], values: Floats) -> NDArray[np.bool_]:
        """(m,) rows whose rejected columns lie within their bounds."""
        keep = np.ones(len(tokens), dtype=bool)
        for tested in self.evidence.rejected:
            inside = np.zeros(len(tokens), dtype=bool)
            y = values[:, tested.slot]
            for piece in tested.pieces:
                has = tokens[:, tested.column] == piece.token
                free = not np.isfinite([piece.low, piece.high]).any()
                inside |= has & (free | ((y >= piece.low) & (y <= piece.high)))
            keep &= inside
        return keep


def pick(weights: Floats, size: int, rng: np.random.Generator) -> Ints:
    """(size,) positions drawn in proportion to weights."""
    edges = np.cumsum(weights)
    found = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    last: Ints = np.minimum(found, np.flatnonzero(weights)[-1]).astype(np.int64)
    return last


def reflect(values: Floats, limits: Floats) -> Floats:
    """Values beyond the range of training, folded back into it.

    Args:
        values: (n, C), NaN kept.
        limits: (2, C).
    """
    low, high = limits
    out = np.where(values < low, 2 * low - values, values)
    out = np.where(out > high, 2 * high - out, out)
    return np.where(np.isnan(values), np.nan, np.clip(out, low, high))


def _bounded(tested: Tested, which: Ints, mean: Floats, sd: float, rng: np.random.Generator) -> Floats:
    """(m,) values of each row's piece: a normal cut to the piece's bounds."""
    low = np.array([p.low for p in tested.pieces])[which]
    high = np.array([p.high for p in tested.pieces])[which]
    return draw_between(mean, sd, low, high, rng.random(len(mean)))


def _conditional(components: Components, c: int, known: Floats, place: int) -> tuple[Floats, float]:
    """Mean (m,) and standard deviation of one value of the block given the known ones, the same in all rows."""
    at = np.flatnonzero(~np.isnan(known[0])) if len(known) else np.zeros(0, dtype=np.int64)
    mean, covariance = components.means[c, components.block], components.covariances[c]
    slope = np.linalg.solve(covariance[np.ix_(at, at)], covariance[at, place]) if len(at) else np.zeros(0)
    variance = covariance[place, place] - covariance[place, at] @ slope
    return mean[place] + (known[:, at] - mean[at]) @ slope, float(np.sqrt(variance))


def fill_block(components: Components, c: int, known: Floats, rng: np.random.Generator) -> Floats:
    """(m, B) the block's values: the known ones, the others drawn given them.

    A joint draw is moved by the regression on the known values (Matheron's rule), so rows may know different ones.
    """
    mean, covariance = components.means[c, components.block], components.covariances[c]
    out: Floats = mean + rng.standard_normal(known.shape) @ np.linalg.cholesky(covariance).T
    patterns, group = np.unique(~np.isnan(known), axis=0, return_inverse=True)
    for p, pattern in enumerate(patterns):
        at = np.flatnonzero(pattern)
        rows = np.flatnonzero(group.ravel() == p)
        if len(at) and len(rows):
            slope = np.linalg.solve(covariance[np.ix_(at, at)], covariance[at])  # (known, B)
            out[rows] += (known[np.ix_(rows, at)] - out[np.ix_(rows, at)]) @ slope
            out[np.ix_(rows, at)] = known[np.ix_(rows, at)]
    return out
