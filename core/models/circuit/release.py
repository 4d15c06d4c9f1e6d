"""A fitted release generator: hidden trees whose leaves also follow other cells. Row density, ancestral draws.

What the exact circuit answers in closed form (any cells missing, any condition) this model cannot: a missing cell
that others follow couples the states of all of them. So conditions are met by rejection, and nothing is imputed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.batch import Batch
from ...data.conditions import Condition, Either, Where
from ...encode.numbers import NumberCodec
from ...encode.table import RELEASE, Encoded, TableCodec
from ...errors import FitError
from ...params import Params
from ...stats.normals import draw_between
from ...words import Message, message
from ..base import Readings, State
from ..rejection import until_enough
from .evidence import by_column
from .passes import leaves, up
from .sampling import Picker, even_shares
from .storage import load_trees, tree_arrays
from .tree import Tree
from .wiring import Wiring, features_of, heap_weights, wired_rows

__all__ = ["Generation", "GeneratorFitted", "propose"]

VERSION = 3
"""2: how round values are; 3: which values many hold."""
_BATCH_CELLS = 1_500_000
_BATCH = 16_384  # rows, where most may be thrown away
_BLOCK_FLOATS = 130_000
_LEAST_EVENED = 500

Floats = NDArray[Any]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GeneratorFitted:
    """See `Fitted`, `Draws` and `Releases` in models/base.

    Args:
        wiring: of the columns.
        trees: mixed alike.
        reference: (n,) scores of the training rows.
        settings: it was fitted with, as JSON.
        facts: rows, held-out nats a row.
    """

    wiring: Wiring
    trees: tuple[Tree, ...]
    reference: NDArray[np.float64]
    settings: Params
    facts: Mapping[str, Any]

    family = "generator"
    unit = "nats"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.wiring.codec.names

    def fewest_subjects(self) -> int:
        """Subjects that hold any value it keeps or draws, at least."""
        return int(self.settings.to_json()["subjects"])

    def learned(self) -> tuple[Message, ...]:
        """How many trees and states, and what cells follow."""
        copies = int((self.wiring.copies >= 0).sum())
        return (
            message("models.circuit.learned.trees", trees=len(self.trees), states=max(t.states for t in self.trees)),
            message("models.generator.learned.copies", copies=copies),
        )

    def score(self, batch: Batch) -> Readings:
        """-log p of each row, per scale of each column.

        Without a column it is an estimate: what follows that column is read as where it is missing.
        """
        known = np.array([name in batch.columns for name in self.columns])
        level, base = self._levels(self.wiring.codec.encode(batch), known)
        return Readings(-level - base.sum(axis=1))

    def log_density(self, batch: Batch) -> NDArray[np.float64]:
        """(n,) log density of complete rows in the units of the data.

        Exact, but for columns whose values are rounded to heaps: there as if the density were flat over a step.

        A cell that repeats another has a probability instead of a density.
        """
        codec = self.wiring.codec
        encoded = codec.encode(batch)
        level, base = self._levels(encoded, np.ones(len(self.columns), dtype=bool))
        is_density = codec.densities(encoded.tokens) & ~self._copied(encoded)
        result: NDArray[np.float64] = level + base.sum(axis=1) - is_density @ codec.log_scales
        return result

    def _copied(self, encoded: Encoded) -> NDArray[np.bool_]:
        """(n, d) cells that repeat another."""
        tokens = wired_rows(self.wiring, encoded).places - self.wiring.layout.offsets[:-1]
        last = np.equal(tokens % self.wiring.tokens, self.wiring.tokens - 1)
        copied: NDArray[np.bool_] = last & (self.wiring.copies >= 0)
        return copied

    def _levels(
        self, encoded: Encoded, known: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) log likelihoods and (n, d) base terms, of the (d,) known columns."""
        rows = wired_rows(self.wiring, encoded)
        if not known.all():
            rows = replace(rows, known=np.broadcast_to(known, rows.places.shape))
        size = max(_BLOCK_FLOATS // (len(self.columns) * max(t.states for t in self.trees)), 16)
        out = np.empty((len(self.trees), len(rows)))
        for start in range(0, len(rows), size):
            part = slice(start, start + size)
            for r, tree in enumerate(self._exact):
                found = up(tree, *leaves(tree, self.wiring.layout, rows.take(part)), keep=False)
                out[r, part] = found.log_likelihood
        level: NDArray[np.float64] = logsumexp(out, axis=0) - np.log(len(self.trees))
        base = encoded.base + heap_weights(self.wiring, encoded)
        return level, np.where(self._copied(encoded), 0.0, base)

    def check(self, condition: Where) -> None:
        """Refuse a condition that asks for values it never draws: rare ones, or beyond the range it keeps.

        Raises:
            FitError: it does, or names an unknown column or value.
        """
        reached = [self._reaches(part) for part in Either.of(condition).parts]
        if not any(reached):
            raise FitError("models.improbable", condition=condition.to_text(), probability=0.0)

    def _reaches(self, part: Condition) -> bool:
        """Whether each column by itself may have a value that passes."""
        reached = True
        for name, tests in by_column(part).items():
            if name not in self.columns:
                raise FitError("models.condition_column", column=name, known=list(self.columns[:12]))
            codec = self.wiring.codec.columns[self.columns.index(name)]
            low, high = codec.limits
            reached &= any(codec.counts[p.token] > 0 and p.low <= high and p.high >= low for p in codec.pieces(tests))
        return reached

    def draw(self, n: int, condition: Where, rng: np.random.Generator) -> Iterator[Batch]:
        """Batches that hold n rows together; a condition is met by drawing until enough rows pass.

        Raises:
            FitError: the condition names an unknown column or value, or too few rows pass.
        """
        self.check(condition)
        size = _BATCH if condition else max(_BATCH_CELLS // len(self.columns), 64)
        yield from until_enough(lambda m: self.propose(m, rng), n, condition, size=size)

    def propose(self, n: int, rng: np.random.Generator) -> Batch:
        """N rows."""
        return propose(self.wiring, self._generations, n, rng)

    @cached_property
    def _exact(self) -> tuple[Tree, ...]:
        return tuple(t.astype(np.float64) for t in self.trees)

    @cached_property
    def _generations(self) -> list[Generation]:
        return [Generation(self.wiring, tree) for tree in self._exact]

    def state(self) -> State:
        """Everything `load` needs."""
        plain, arrays = self.wiring.codec.state()
        wired, own = self.wiring.state()
        arrays = {**arrays, **{f"wiring.{k}": v for k, v in own.items()}, "reference": self.reference}
        for r, tree in enumerate(self.trees):
            arrays.update({f"tree{r}.{k}": v for k, v in tree_arrays(tree, half=False).items()})
            arrays.update({f"slopes{r}.{i}": w for i, w in enumerate(tree.slopes)})
        json = {
            "codec": plain, "wiring": wired, "trees": len(self.trees), "params": self.settings.to_json(),
            "facts": dict(self.facts),
        }
        return State(VERSION, json, arrays)

    @classmethod
    def load(cls, state: State, settings: type[Params]) -> GeneratorFitted:
        """The fitted generator that `state()` described.

        Raises:
            FitError: a state of another version, or with a codec for analysis.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        codec = TableCodec.load(state.json["codec"], state.arrays, RELEASE)
        own = {k.removeprefix("wiring."): v for k, v in state.arrays.items() if k.startswith("wiring.")}
        wiring = Wiring.load(codec, state.json["wiring"], own)
        count = int(state.json["trees"])
        trees = load_trees(state.arrays, count, "tree", wiring.layout)
        trees = tuple(
            t.with_slopes(tuple(state.arrays[f"slopes{r}.{i}"] for i in range(len(codec.floating))))
            for r, t in enumerate(trees)
        )
        params = settings.from_json(state.json["params"])
        return cls(wiring, trees, state.arrays["reference"], params, dict(state.json["facts"]))


def propose(wiring: Wiring, generations: list[Generation], n: int, rng: np.random.Generator) -> Batch:
    """N rows of the mixture."""
    codec = wiring.codec
    parts = [g.cells(int(size), rng) for g, size in zip(generations, _shares(n, len(generations), rng), strict=True)]
    order = rng.permutation(n)
    tokens, values, copied = (np.concatenate([p[i] for p in parts])[order] for i in range(3))
    batch = codec.decode(tokens.astype(np.int32), values, rng)
    columns: dict[str, Any] = {}
    for j in wiring.order:
        if wiring.copies[j] >= 0:
            name, source = codec.names[j], codec.names[wiring.copies[j]]
            known = columns.get(source, batch[source])
            columns[name] = known.over(batch[name], copied[:, j])
    return batch.with_columns(columns)


def _shares(n: int, parts: int, rng: np.random.Generator) -> Ints:
    """N dealt out evenly, what is left over by chance."""
    out = np.full(parts, n // parts, dtype=np.int64)
    out[rng.permutation(parts)[: n % parts]] += 1
    return out


class Generation:
    """Draws rows of one tree, column after column."""

    def __init__(self, wiring: Wiring, tree: Tree) -> None:
        self.wiring, self.tree = wiring, tree
        self.root = Picker(tree.root[None])
        self.edges = {int(j): Picker(tree.edges[j]) for j in tree.structure.order[1:]}
        self.leaves = [Picker(self._leaf(j)) for j in range(len(wiring.tokens))]

    def _leaf(self, j: int) -> Floats:
        """(H * tables, tokens) without tokens that training never had in that table."""
        layout, tables, width = self.wiring.layout, int(self.wiring.tables[j]), int(self.wiring.tokens[j])
        own = layout.tokens(j)
        counts = layout.counts[own].reshape(tables, width)
        usual = np.where(counts.sum(axis=1, keepdims=True) > 0, counts > 0, counts.sum(axis=0) > 0)
        if not usual.any():
            usual[:, 0] = True  # a column of which nothing was learned is drawn as missing
        weights = self.tree.tables[own].T.reshape(-1, tables, width) * usual
        return np.ascontiguousarray(weights.reshape(-1, width))

    def states(self, n: int, rng: np.random.Generator) -> dict[int, Ints]:
        """Column -> (n,) hidden states."""
        structure = self.tree.structure
        found = {structure.root: self.root.pick(np.zeros(n, dtype=np.int64), rng)}
        for j in structure.order[1:]:
            found[int(j)] = self.edges[int(j)].pick(found[int(structure.parents[j])], rng)
        return found

    def cells(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """(n, d) the codec's tokens, (n, C) continuous values and (n, d) which cells repeat another."""
        codec, wiring = self.wiring.codec, self.wiring
        encoded = Encoded(
            np.zeros((n, len(codec.columns)), dtype=np.int32), np.full((n, len(codec.floating)), np.nan),
            np.zeros((0, 0)),
        )
        features = np.zeros((n, 2 * len(codec.columns)))
        copied = np.zeros((n, len(codec.columns)), dtype=bool)
        states = self.states(n, rng)
        for j in (int(j) for j in wiring.order):
            context = int(wiring.contexts[j])
            which = states[j] * wiring.tables[j] + (encoded.tokens[:, context] if context >= 0 else 0)
            chosen = self.leaves[j].pick(which, rng)
            copied[:, j] = (wiring.copies[j] >= 0) & (chosen == wiring.tokens[j] - 1)
            encoded.tokens[:, j] = np.where(copied[:, j], self._continuous(j), chosen)
            if (slot := int(codec.slots[j])) >= 0:
                own = np.flatnonzero(codec.columns[j].continuous[encoded.tokens[:, j]] & ~copied[:, j])
                y = self._values(slot, states[j][own], features[own], rng)
                encoded.values[own, slot] = self._heaped(j, self._evened(j, y), rng)
                self._repeat(j, encoded, copied[:, j])
            self._feature(j, encoded, features)
        return encoded.tokens, encoded.values, copied

    def _continuous(self, j: int) -> int:
        """A token of the column that has a continuous value; 0 where there is none."""
        return int(np.argmax(self.wiring.codec.columns[j].continuous))

    def _values(self, slot: int, states: Ints, features: Floats, rng: np.random.Generator) -> Floats:
        """(n,) draws around what each state expects of these features, within the range of training."""
        mean = self.tree.means[slot][states]
        if self.tree.slopes:
            weights = self.tree.slopes[slot].T[states]  # (n, P)
            mean = mean + np.einsum("np,np->n", features[:, self.wiring.regressors[slot]], weights)
        low, high = (np.full(len(states), end) for end in self.wiring.codec.limits[:, slot])
        sd = np.sqrt(self.tree.variances[slot])[states]
        return draw_between(np.clip(mean, low - 6 * sd, high + 6 * sd), sd, low, high, even_shares(states, rng))

    def _evened(self, j: int, y: Floats) -> Floats:
        """(n,) continuous values spread over their range as all draws are, where enough are drawn at once.

        Their ranks stay and with them what ties them to other cells; the chance in how often each value comes goes.
        """
        slot = int(self.wiring.codec.slots[j])
        curve: Any = self.wiring.codec.columns[j].curve  # type: ignore[union-attr]
        if len(y) < _LEAST_EVENED or not self.wiring.levels or not len(self.wiring.levels[slot]):
            return y
        rank = np.empty(len(y))
        rank[np.argsort(y, kind="stable")] = (np.arange(len(y)) + 0.5) / len(y)
        evened: Floats = np.interp(rank, self.wiring.levels[slot], curve.y)
        return evened

    def _heaped(self, j: int, y: Floats, rng: np.random.Generator) -> Floats:
        """(n,) continuous values as round as those of training."""
        column, heaps = self.wiring.codec.columns[j], self.wiring.heaps[int(self.wiring.codec.slots[j])]
        if heaps is None:
            return y
        assert isinstance(column, NumberCodec)
        assert column.curve is not None
        return column.curve.forward(heaps.place(column.curve.inverse(y), column.low, column.high, rng))

    def _repeat(self, j: int, encoded: Encoded, copied: NDArray[np.bool_]) -> None:
        """Give cells that repeat another its value on their own scale; without one to repeat they are drawn anew."""
        source = int(self.wiring.copies[j])
        if source < 0 or not copied.any():
            return
        codec = self.wiring.codec
        mine, other = codec.columns[j], codec.columns[source]
        assert isinstance(mine, NumberCodec)
        assert isinstance(other, NumberCodec)
        assert mine.curve is not None
        y = encoded.values[copied, codec.slots[source]]
        x = other.show(np.where(np.isnan(y), 0.0, y))
        atoms = encoded.tokens[copied, source]
        places = np.concatenate([[0.0], other.atoms, [other.centre]])
        x = np.where(np.isnan(y), places[atoms], x)
        encoded.values[copied, codec.slots[j]] = mine.curve.forward(x)

    def _feature(self, j: int, encoded: Encoded, features: Floats) -> None:
        """Lay down the features of one column."""
        codec = TableCodec((self.wiring.codec.columns[j],))
        slot = int(self.wiring.codec.slots[j])
        values = encoded.values[:, [slot]] if slot >= 0 else encoded.values[:, :0]
        found = features_of(codec, Encoded(encoded.tokens[:, [j]], values, encoded.base))
        features[:, 2 * j : 2 * j + 2] = found
