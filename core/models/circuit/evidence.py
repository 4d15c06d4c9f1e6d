"""Conditions as evidence: how probable they are, and every column's distribution given them. All in closed form.

Given its hidden state a column depends on nothing else, so a condition is a factor per tested column and state: the
probability that the state's leaf passes. One pass up gives the condition's probability, one down the states' given it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.conditions import Condition, Test
from ...encode.column import Piece
from ...errors import FitError
from ...stats.normals import log_mass
from .circuit import Circuit
from .passes import down, up
from .tree import Layout, Tree

__all__ = ["Evidence", "by_column", "piece_weights"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a condition says about a circuit.

    Args:
        pieces: tested column -> what it allows.
        log_weights: (R,) log probability of the condition under each tree.
        states: for each tree (d, H) probability of each hidden state given the condition.
        rests: for each tree (d, H) the same given the tests on the other columns alone.
        insides: for each tree (d, H) in proportion to p(tests at and below the column | its state).
    """

    pieces: dict[int, tuple[Piece, ...]]
    log_weights: Floats
    states: tuple[Floats, ...]
    rests: tuple[Floats, ...]
    insides: tuple[Floats, ...]

    @classmethod
    def of(cls, condition: Condition, circuit: Circuit, *, seen: bool = False) -> Evidence:
        """The evidence of a condition.

        Args:
            condition: what is asked.
            circuit: of whom.
            seen: whether what training never reached (tokens, ends of ranges) is ruled out: for drawing.

        Raises:
            FitError: a column or value that the codec does not know.
        """
        pieces = {}
        for name, tests in by_column(condition).items():
            if name not in circuit.codec.names:
                raise FitError("models.condition_column", column=name, known=list(circuit.codec.names[:12]))
            j = circuit.codec.names.index(name)
            column = circuit.codec.columns[j]
            allowed = column.pieces(tests)
            if seen:
                allowed = [p.reached(column.limits) for p in allowed if column.counts[p.token] > 0]
            pieces[j] = tuple(allowed)
        found = [_passed(tree, circuit.layout, pieces) for tree in circuit.exact_trees]
        logs, states, rests, insides = zip(*found, strict=True)
        return cls(pieces, np.array(logs), tuple(states), tuple(rests), tuple(insides))

    @property
    def log_probability(self) -> float:
        """Of the condition."""
        return float(logsumexp(self.log_weights) - np.log(len(self.log_weights)))

    @property
    def log_rounding(self) -> float:
        """The part of it that only says how finely single values are measured."""
        points = (p[0].base for p in self.pieces.values() if len(p) == 1 and p[0].is_point)
        return float(sum(points))

    @property
    def tree_shares(self) -> Floats:
        """(R,) probability of each tree given the condition."""
        shares: Floats = np.exp(self.log_weights - logsumexp(self.log_weights))
        return shares


def by_column(condition: Condition) -> dict[str, list[Test]]:
    """The tests on each column."""
    found: dict[str, list[Test]] = {}
    for test in condition.tests:
        found.setdefault(test.column, []).append(test)
    return found


def _passed(
    tree: Tree, layout: Layout, pieces: dict[int, tuple[Piece, ...]]
) -> tuple[float, Floats, Floats, Floats]:
    leaf = np.ones((len(layout), 1, tree.states))
    log = np.zeros((len(layout), 1))
    for j, allowed in pieces.items():
        weights = piece_weights(tree, layout, j, allowed)
        own = logsumexp(weights, axis=0) if len(weights) else np.full(tree.states, -np.inf)
        log[j] = top = float(own.max())
        leaf[j, 0] = np.exp(own - top) if np.isfinite(top) else 0.0
    if not np.isfinite(log).all():
        nothing = np.zeros((len(layout), tree.states))
        return -np.inf, nothing, nothing, nothing
    upward = up(tree, leaf, log)
    downward = down(tree, upward)
    states = downward.outside[:, 0] * upward.inside[:, 0]
    rests = downward.outside[:, 0].copy()
    for j in range(len(layout)):
        for child in tree.structure.children[j]:
            rests[j] *= upward.messages[child][0]
            rests[j] /= rests[j].max()
    states /= states.sum(axis=1, keepdims=True)
    rests /= rests.sum(axis=1, keepdims=True)
    return float(upward.log_likelihood[0]), states, rests, upward.inside[:, 0]


def piece_weights(tree: Tree, layout: Layout, j: int, pieces: Sequence[Piece]) -> Floats:
    """(pieces, H) log probability of each piece of column j in each state."""
    out = np.empty((len(pieces), tree.states))
    slot = int(layout.slots[j])
    for i, piece in enumerate(pieces):
        out[i] = np.log(tree.tables[layout.offsets[j] + piece.token]) + np.log(piece.share)
        if slot < 0 or (np.isinf(piece.low) and np.isinf(piece.high)):
            continue
        mean, sd = tree.means[slot], np.sqrt(tree.variances[slot])
        if piece.is_point:
            z = (piece.low - mean) / sd
            out[i] += piece.base - 0.5 * z * z - np.log(sd) - 0.5 * np.log(2 * np.pi)
        else:
            out[i] += log_mass((piece.low - mean) / sd, (piece.high - mean) / sd)
    return out
