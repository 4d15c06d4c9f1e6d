"""A hidden Chow-Liu tree: its parameters, and the expected counts they are made from.

Column j has a hidden category Z_j with H states. The Z form a tree; given its own Z, a column does not depend on the
others. Column j's leaf is a table over its tokens and, for tokens with a continuous value, one normal per state:

    p(x) = sum over z of p(z_root) * product over j of p(z_j | z_parent(j)) * p(token_j | z_j) * N(y_j; z_j)

Reference: Liu and Van den Broeck, "Tractable Regularization of Probabilistic Circuits" (arXiv:2106.02264).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ...encode.table import Encoded, TableCodec
from .slopes import Prior, SlopeCounts

__all__ = ["Counts", "Layout", "Rows", "Structure", "Tree"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Layout:
    """How the d columns' tokens and continuous values are laid out.

    Args:
        offsets: (d + 1,) first place of each column's tokens when all V are laid end to end.
        slots: (d,) which of the C continuous values is the column's, -1 for none.
        continuous: (V,) which tokens have a continuous value.
        counts: (V,) training cells of each token.
        groups: (g,) where each table begins that sums to one; None: a column is one table.
        regressors: for each continuous value, which features its mean depends on; (): none does.
    """

    offsets: Ints
    slots: Ints
    continuous: NDArray[np.bool_]
    counts: Ints
    groups: Ints | None = None
    regressors: tuple[Ints, ...] = ()

    @classmethod
    def of(cls, codec: TableCodec) -> Layout:
        """Of a table's codec."""
        columns = codec.columns
        continuous, counts = (np.concatenate([getattr(c, name) for c in columns]) for name in ("continuous", "counts"))
        return cls(codec.offsets, codec.slots, continuous, counts)

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def floating(self) -> Ints:
        """(C,) columns with a continuous value."""
        return np.flatnonzero(self.slots >= 0)

    def tokens(self, j: int) -> slice:
        """The places of column j's tokens."""
        return slice(int(self.offsets[j]), int(self.offsets[j + 1]))

    @cached_property
    def tables(self) -> Ints:
        """(g,) where each table begins that sums to one."""
        return self.offsets[:-1] if self.groups is None else self.groups

    @cached_property
    def table_sizes(self) -> Ints:
        """(g,) tokens of each table."""
        return np.diff(np.append(self.tables, self.offsets[-1]))

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(V,) share of each token in its table; tokens never seen count half a cell together."""
        out = np.zeros(len(self.counts))
        for start, size in zip(self.tables, self.table_sizes, strict=True):
            own = self.counts[start : start + size]
            never = own == 0
            smoothed = np.where(never, 0.5 / max(int(never.sum()), 1), own)
            out[start : start + size] = smoothed / smoothed.sum()
        return out

    def normalised(self, tables: Floats) -> Floats:
        """(V, H) tables, each divided by its sum, in place."""
        table = np.repeat(np.arange(len(self.tables)), self.table_sizes)
        tables *= (1 / (self._sums @ tables)).take(table, axis=0)
        return tables

    @cached_property
    def _sums(self) -> Any:
        """(g, V) sums over each table's tokens, as a product: several times as fast."""
        size = len(self.counts)
        bounds = np.append(self.tables, size)
        return csr_array((np.ones(size, dtype=np.float32), np.arange(size), bounds), shape=(len(self.tables), size))


@dataclass(frozen=True, eq=False)
class Rows:
    """n rows as the circuit reads them.

    Args:
        places: (n, d) place of each cell's token.
        y: (n, C) continuous values, 0 where a token has none.
        known: (n, d) which cells are there; the others are summed out. None: all.
        features: (n, F) what regression leaves depend on. None: there are none.
        subjects: (n,) number of whom each row is about. None: nobody asks.
    """

    places: Ints
    y: Floats
    known: NDArray[np.bool_] | None = None
    features: Floats | None = None
    subjects: Ints | None = None

    @classmethod
    def of(cls, encoded: Encoded, layout: Layout) -> Rows:
        """From encoded rows, in single precision."""
        places = encoded.tokens + layout.offsets[:-1]
        return cls(places, np.nan_to_num(encoded.values).astype(np.float32))

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: Any) -> Rows:
        """These rows."""
        besides = (None if part is None else part[rows] for part in (self.known, self.features, self.subjects))
        return Rows(self.places[rows], self.y[rows], *besides)


@dataclass(frozen=True, eq=False)
class Structure:
    """The tree of the columns.

    Args:
        parents: (d,) each column's parent, -1 for the root.
        order: (d,) all columns, parents before children.
    """

    parents: Ints
    order: Ints

    @property
    def root(self) -> int:
        """The column without a parent."""
        return int(self.order[0])

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Each column's children."""
        found: list[list[int]] = [[] for _ in self.parents]
        for j in self.order[1:]:
            found[self.parents[j]].append(int(j))
        return tuple(tuple(c) for c in found)


@dataclass(frozen=True, eq=False)
class Counts:
    """Expected counts of rows: they add up over any partition of the rows.

    Args:
        rows: how many rows, as a 0-d array.
        root: (H,) state of the root.
        edges: (d, H, H) state of the parent and of the column; nothing at the root.
        tables: (V, H) token and state.
        loads: (C, H) rows with a continuous value, by state.
        sums, squares: (C, H) of those values.
        slopes: what regression leaves need besides; None: there are none.
    """

    rows: Floats
    root: Floats
    edges: Floats
    tables: Floats
    loads: Floats
    sums: Floats
    squares: Floats
    slopes: SlopeCounts | None = None

    @classmethod
    def zeros(cls, layout: Layout, states: int) -> Counts:
        """No rows."""
        d, v, c = len(layout), len(layout.counts), len(layout.floating)
        sizes = {
            "rows": (), "root": (states,), "edges": (d, states, states), "tables": (v, states),
            "loads": (c, states), "sums": (c, states), "squares": (c, states),
        }
        slopes = SlopeCounts.zeros(layout.regressors, states) if layout.regressors else None
        return cls(**{name: np.zeros(size, dtype=np.float32) for name, size in sizes.items()}, slopes=slopes)

    @classmethod
    def of(cls, tree: Tree, layout: Layout, rows: int) -> Counts:
        """What a tree expects of so many rows: learning goes on from there."""
        shares = tree.state_shares().astype(np.float32) * np.float32(rows)
        edges = np.zeros_like(tree.edges)
        for j in tree.structure.order[1:]:
            edges[j] = shares[tree.structure.parents[j]][:, None] * tree.edges[j]
        tables = np.repeat(shares, np.diff(layout.offsets), axis=0) * tree.tables
        own = np.where(layout.continuous[:, None], tables, 0)
        loads = np.add.reduceat(own, layout.offsets[:-1], axis=0)[layout.floating]
        squares = loads * (tree.means**2 + tree.variances)
        return cls(
            np.array(rows, dtype=np.float32), shares[tree.structure.root], edges, tables, loads, loads * tree.means,
            squares,
        )

    def __add__(self, other: Counts) -> Counts:
        slopes = self.slopes + other.slopes if self.slopes and other.slopes else None
        return Counts(**{k: v + other.arrays()[k] for k, v in self.arrays().items()}, slopes=slopes)

    def arrays(self) -> dict[str, Floats]:
        """All counts but the slopes', by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "slopes"}

    def times(self, factor: float) -> Counts:
        """As if every row counted `factor` times."""
        slopes = self.slopes.times(factor) if self.slopes else None
        return Counts(**{k: np.asarray(v * np.float32(factor)) for k, v in self.arrays().items()}, slopes=slopes)

    def forget(self, share: float) -> float:
        """Forget `share` of these counts, in place; how many rows that is."""
        rows = float(self.rows)
        for mine in self.arrays().values():
            np.multiply(mine, np.float32(1 - share), out=mine)
        if self.slopes:
            self.slopes.forget(share)
        return share * rows


@dataclass(frozen=True, eq=False)
class Tree:
    """Parameters of one tree with H states per column.

    Args:
        structure: of the columns.
        root: (H,) probabilities of the root's states.
        edges: (d, H, H) p(state of the column | state of its parent), rows sum to one; unused at the root.
        tables: (V, H) p(token | state), each column's tokens sum to one.
        means, variances: (C, H) of the continuous values.
        slopes: for each continuous value (P, H) how its mean follows its P regressors; (): it does not.
    """

    structure: Structure
    root: Floats
    edges: Floats
    tables: Floats
    means: Floats
    variances: Floats
    slopes: tuple[Floats, ...] = ()

    @property
    def states(self) -> int:
        """H."""
        return len(self.root)

    @property
    def size(self) -> int:
        """Number of parameters."""
        states, d = len(self.root), len(self.edges) - 1
        return states + d * states * states + self.tables.size + 2 * self.means.size + sum(w.size for w in self.slopes)

    def state_shares(self) -> Floats:
        """(d, H) probability of each hidden state."""
        shares = np.empty((len(self.edges), self.states), dtype=self.edges.dtype)
        shares[self.structure.root] = self.root
        for j in self.structure.order[1:]:
            shares[j] = shares[self.structure.parents[j]] @ self.edges[j]
        return shares

    def with_slopes(self, slopes: tuple[Floats, ...]) -> Tree:
        """The same tree with regression leaves."""
        return replace(self, slopes=slopes)

    def astype(self, dtype: Any) -> Tree:
        """The same tree in another precision."""
        slopes = tuple(w.astype(dtype) for w in self.slopes)
        return Tree(self.structure, **{k: v.astype(dtype) for k, v in self.arrays().items()}, slopes=slopes)

    def arrays(self) -> dict[str, Floats]:
        """All parameters by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("structure", "slopes")}

    @classmethod
    def of(cls, structure: Structure, arrays: Mapping[str, Floats]) -> Tree:
        """From parameters by name."""
        root, edges, tables, means, variances = (arrays[f.name] for f in fields(cls)[1:6])
        return cls(structure, root, edges, tables, means, variances)

    @classmethod
    def update(
        cls, counts: Counts, structure: Structure, layout: Layout, prior: Prior, before: Tree | None = None
    ) -> Tree:
        """The most probable parameters given expected counts and the prior (the M step).

        With `before` its normals are kept: regressions are too slow to solve after every mini-batch.
        """
        states = len(counts.root)
        mass = np.float32(prior.mass)
        root = counts.root + mass / states
        ones = np.ones(states, dtype=counts.edges.dtype)  # products are several times as fast as sums
        arrival = ones @ counts.edges  # (d, H) rows in each state of the column
        arrival /= np.maximum(arrival.sum(axis=1, keepdims=True), 1e-9)
        edges = counts.edges + (mass * (0.5 * arrival + np.float32(0.5 / states)))[:, None, :]
        edges *= (1 / (edges @ ones))[:, :, None]
        tables = counts.tables + (mass * layout.shares[:, None]).astype(np.float32)
        tables = layout.normalised(tables)
        if before is not None:
            means, variances, slopes = before.means, before.variances, before.slopes
        elif counts.slopes is None:
            (means, variances), slopes = _normals(counts, prior), ()
        else:
            means, variances, slopes = counts.slopes.solve(counts.loads, counts.sums, counts.squares, prior)
        return cls(structure, root / root.sum(), edges, tables, means, variances, slopes)


def _normals(counts: Counts, prior: Prior) -> tuple[Floats, Floats]:
    """Means drawn to the column's mean by the Dirichlet mass, variances to the prior's."""
    total = np.maximum(counts.loads.sum(axis=1, keepdims=True), 1e-9)
    middle = counts.sums.sum(axis=1, keepdims=True) / total
    loads = counts.loads + np.float32(prior.mass)
    means = (counts.sums + np.float32(prior.mass) * middle) / loads
    spread = counts.squares - 2 * means * counts.sums + means * means * counts.loads
    variances = (np.maximum(spread, 0) + np.float32(prior.weight * prior.variance)) / (
        counts.loads + np.float32(prior.weight)
    )
    return means, np.maximum(variances, np.float32(prior.floor))
