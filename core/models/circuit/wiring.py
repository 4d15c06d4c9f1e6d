"""What a release generator's cells follow besides their hidden state, and rows laid out for it.

Columns have an order. A continuous value's mean follows features of earlier columns (regressors); a number column's
tokens follow one earlier category (its context); a value may lie on a heap of round ones; and a cell may repeat an
earlier column's value exactly (a copy). Tables of a column with a context are laid side by side, one per value of the
context, so that the engine sees more tokens and otherwise what it always sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...encode.column import MISSING
from ...encode.numbers import NumberCodec
from ...encode.table import Encoded, TableCodec
from .heaps import Heaps
from .tree import Layout, Rows

__all__ = ["AMOUNT", "Wiring", "features_of", "heap_weights", "is_copy", "wired_rows"]

AMOUNT = 100
"""Numbers whose median is at least so large are amounts: their proportions matter, not their differences."""

Floats = NDArray[Any]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Wiring:
    """How the d columns of a codec hang together.

    Args:
        codec: of the columns.
        order: (d,) in which cells are drawn.
        contexts: (d,) the column whose token chooses a column's table, -1 for none.
        copies: (d,) the column whose value a column may repeat, -1 for none.
        regressors: for each continuous value, its features.
        heaps: for each continuous value how round it is, None where values do not pile up.
        counts: (V,) training cells of each token of the layout.
        levels: for each continuous value the share of all draws below each knot of its curve; empty: unknown.
    """

    codec: TableCodec
    order: Ints
    contexts: Ints
    copies: Ints
    regressors: tuple[Ints, ...]
    heaps: tuple[Heaps | None, ...]
    counts: Ints
    levels: tuple[Floats, ...] = ()

    @cached_property
    def tokens(self) -> Ints:
        """(d,) tokens of each column in one table; a copy is one more than the codec has."""
        own = np.array([len(c.counts) for c in self.codec.columns])
        return own + (self.copies >= 0)

    @cached_property
    def tables(self) -> Ints:
        """(d,) tables of each column."""
        own = np.array([len(c.counts) for c in self.codec.columns])
        return np.where(self.contexts >= 0, own[np.maximum(self.contexts, 0)], 1)

    @cached_property
    def layout(self) -> Layout:
        """As the engine sees it."""
        sizes = self.tokens * self.tables
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        continuous = []
        for column, copy, tables in zip(self.codec.columns, self.copies, self.tables, strict=True):
            own = np.append(column.continuous, False) if copy >= 0 else column.continuous
            continuous.append(np.tile(own, tables))
        groups = [offsets[j] + self.tokens[j] * np.arange(self.tables[j]) for j in range(len(sizes))]
        return Layout(
            offsets, self.codec.slots, np.concatenate(continuous), self.counts, np.concatenate(groups), self.regressors
        )

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON and arrays; the codec's besides."""
        arrays: dict[str, NDArray[Any]] = {
            "order": self.order, "contexts": self.contexts, "copies": self.copies, "counts": self.counts,
            **{f"levels{slot}": own for slot, own in enumerate(self.levels)},
        }
        heaps = [h and h.state() for h in self.heaps]
        return {"regressors": [r.tolist() for r in self.regressors], "heaps": heaps}, arrays

    @classmethod
    def load(cls, codec: TableCodec, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Wiring:
        """The wiring that `state` wrote."""
        regressors = tuple(np.array(r, dtype=np.int64) for r in plain["regressors"])
        heaps = tuple(h and Heaps.load(h) for h in plain["heaps"])
        levels = tuple(arrays[f"levels{slot}"] for slot in range(len(regressors)) if f"levels{slot}" in arrays)
        order, contexts, copies, counts = (arrays[name] for name in ("order", "contexts", "copies", "counts"))
        return cls(codec, order, contexts, copies, regressors, heaps, counts, levels)


def features_of(codec: TableCodec, encoded: Encoded) -> Floats:
    """(n, 2 d) what regressions may use: each number's y (0 where it has none), and whether it has one.

    A repeated number of a column without a curve counts in standard deviations of its values.
    """
    out = np.zeros((len(encoded), 2 * len(codec.columns)), dtype=np.float32)
    for j, column in enumerate(codec.columns):
        tokens = encoded.tokens[:, j]
        if (slot := int(codec.slots[j])) >= 0:
            has = column.continuous[tokens]
            out[has, 2 * j] = encoded.values[has, slot]
            out[:, 2 * j + 1] = has
        elif isinstance(column, NumberCodec) and len(column.atoms):
            out[:, 2 * j] = np.concatenate([[0.0], _scores(column), [0.0]])[tokens]
            out[:, 2 * j + 1] = tokens != MISSING
    return out


def _scores(column: NumberCodec) -> Floats:
    """(atoms,) repeated values in standard deviations from their mean; amounts by the logarithm of their size."""
    weights = np.maximum(column.counts[1:-1], 1e-9)
    atoms = column.atoms / max(float(np.abs(column.atoms).max()), 1e-300)  # squares of huge numbers are infinite
    middle = float(np.median(np.abs(column.atoms)))
    if middle >= AMOUNT:
        atoms = np.arcsinh(column.atoms / (middle / 10))
    away = atoms - np.average(atoms, weights=weights)
    scores: Floats = away / (np.sqrt(np.average(away**2, weights=weights)) or 1.0)
    return scores


def wired_rows(wiring: Wiring, encoded: Encoded) -> Rows:
    """Rows as the engine reads them."""
    codec = wiring.codec
    tokens = encoded.tokens.astype(np.int64)
    for j in np.flatnonzero(wiring.copies >= 0):
        tokens[is_copy(codec, encoded, int(j), int(wiring.copies[j])), j] = wiring.tokens[j] - 1
    places = tokens + wiring.layout.offsets[:-1]
    for j in np.flatnonzero(wiring.contexts >= 0):
        places[:, j] += wiring.tokens[j] * encoded.tokens[:, wiring.contexts[j]]
    y = np.nan_to_num(encoded.values).astype(np.float32)
    return Rows(places, y, features=features_of(codec, encoded))


def heap_weights(wiring: Wiring, encoded: Encoded) -> Floats:
    """(n, d) what the log density of each cell gains because only some values of its column are as round."""
    out = np.zeros(encoded.tokens.shape)
    for slot, j in enumerate(wiring.codec.floating):
        if (heaps := wiring.heaps[slot]) is not None:
            column = wiring.codec.columns[j]
            rows = np.flatnonzero(column.continuous[encoded.tokens[:, j]])
            out[rows, j] = heaps.log_weights(column.show(encoded.values[rows, slot]))
    return out


def is_copy(codec: TableCodec, encoded: Encoded, j: int, source: int) -> NDArray[np.bool_]:
    """(n,) where a column's continuous value is exactly the source's."""
    mine, other = codec.columns[j], codec.columns[source]
    both = mine.continuous[encoded.tokens[:, j]] & other.continuous[encoded.tokens[:, source]]
    out = np.zeros(len(encoded), dtype=bool)
    rows = np.flatnonzero(both)
    a = mine.show(encoded.values[rows, codec.slots[j]])  # type: ignore[union-attr]
    b = other.show(encoded.values[rows, codec.slots[source]])  # type: ignore[union-attr]
    out[rows] = np.isclose(a, b, rtol=1e-9, atol=0.0)
    return out
