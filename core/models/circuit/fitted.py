"""A fitted circuit: scores, cells, answers, new rows and filled rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.batch import Batch
from ...data.conditions import Where
from ...data.disjoint import disjoint
from ...encode.categories import CategoryCodec
from ...encode.column import MISSING
from ...encode.table import RELEASE, Encoded, TableCodec
from ...errors import FitError
from ...words import Message, message
from .._expected import ExpectedRows
from ..base import Answer, Cells, Edge, Marginal, Readings, State
from .answers import Asker, edges, mutual_information
from .bins import ColumnBins
from .cells import LeftOut, context, expected, leave_one_out
from .circuit import Circuit
from .evidence import Evidence
from .filling import drawn, likeliest
from .marginals import Alone
from .sampling import draw
from .settings import CircuitParams
from .storage import load_trees, tree_arrays
from .tree import Layout

__all__ = ["CircuitFitted", "Ranking"]

VERSION = 3
"""3: what copies may show."""
_TOP = 3  # cells that make a row's reading of single values or combinations: sums over all drown them

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """A smooth circuit that ranks rows of an all-number table.

    Args:
        circuit: over a codec without repeated values.
        centre, spread: mean and standard deviation of the training rows' surprise.
    """

    circuit: Circuit
    centre: float
    spread: float

    def surprise(self, batch: Batch) -> Floats:
        """(n,) standardised surprise."""
        encoded = self.circuit.codec.encode(batch)
        level = self.circuit.log_likelihood(self.circuit.rows_of(encoded, _known(self.circuit.codec, batch)))
        result: Floats = (-level - encoded.base.sum(axis=1) - self.centre) / self.spread
        return result


@dataclass(frozen=True, eq=False)
class CircuitFitted:
    """See `Fitted`, `Explains`, `Relates`, `Answers`, `Draws`, `Discreet` and `Scorer` in models/base.

    Args:
        circuit: of the rows.
        rankings: circuits whose largest standardised surprise ranks rows; none: the circuit's own surprise does.
        reference: (n,) scores of the training rows. One row among n moves a state's counts by its own share of it,
            so they are not computed without it.
        params: settings it was fitted with.
        facts: rows, how many of them each tree learned from, held-out nats a row, whether 16 bits sufficed.
        copies: the codec for release that copies are drawn by, with the tokens of the circuit's own.
    """

    circuit: Circuit
    rankings: tuple[Ranking, ...]
    reference: Floats
    params: CircuitParams
    facts: Mapping[str, Any]
    copies: TableCodec

    family = "circuit"

    @property
    def unit(self) -> str:
        """Nats, or standardised nats where smooth circuits rank."""
        return "surprise" if self.rankings else "nats"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.circuit.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many trees and states, and how likely rows are that no tree learned from."""
        states = max(t.states for t in self.circuit.trees)
        rows = int(self.facts["rows"])
        learned = int(self.facts.get("learned", rows))  # absent in files from before trees learned from a sample
        few = (message("models.circuit.learned.rows", learned=learned, rows=rows),) if learned < rows else ()
        return (
            message("models.circuit.learned.trees", trees=len(self.circuit.trees), states=states),
            *few,
            message("models.circuit.learned.held_out", nats=round(float(self.facts["held_out"]), 3)),
        )

    def score(self, batch: Batch) -> Readings:
        """-log p of each row, per scale of each column, or the largest standardised surprise of the smooth circuits.

        `value` sums the three most unusual cells taken alone (-log of the probability of one at least as unusual),
        `combination` the three that the rest of the row makes most surprising (their log p alone less that given the
        rest).
        """
        value, combination = np.zeros(len(batch)), np.zeros(len(batch))
        surprises = np.zeros(len(batch))
        for part, encoded, found in self._left_out(batch):
            surprise, tails = self._alone(encoded)
            known = _known(self.circuit.codec, batch)
            gained = np.where(known, -surprise - found.log_cell.T, 0.0)
            surprises[part] = -found.log_likelihood - encoded.base.sum(axis=1)
            value[part], combination[part] = _top(np.where(known, tails, 0.0)), _top(gained)
        total = np.max([r.surprise(batch) for r in self.rankings], axis=0) if self.rankings else surprises
        return Readings(total, value, combination)

    def total(self, batch: Batch) -> Floats:
        """(n,) the total of `score` alone, which costs a fraction of all three."""
        if self.rankings:
            largest: Floats = np.max([r.surprise(batch) for r in self.rankings], axis=0)
            return largest
        return Ranking(self.circuit, 0.0, 1.0).surprise(batch)

    def log_likelihood(self, batch: Batch) -> Floats:
        """(n,) log density in the units of the data: per unit of numbers, per microsecond of dates."""
        codec = self.circuit.codec
        encoded = codec.encode(batch)
        per_unit = encoded.base.sum(axis=1) - codec.densities(encoded.tokens) @ codec.log_scales
        result: Floats = self.circuit.log_likelihood(self.circuit.rows_of(encoded, _known(codec, batch))) + per_unit
        return result

    def surprises(self, batch: Batch) -> Floats:
        """(n, d) -log p(cell | rest) of every cell, and nothing else: the fast part of `cells`."""
        out = np.zeros((len(batch), len(self.columns)))
        for part, encoded, found in self._left_out(batch):
            out[part] = -found.log_cell.T - encoded.base
        return out

    def cells(self, batch: Batch) -> Cells:
        """Surprise given the rest and alone, conditional entropy and expectation of every cell the batch has."""
        surprise, typical, alone = np.zeros((3, len(batch), len(self.columns)))
        wanted = []
        for part, encoded, found in self._left_out(batch, self._bins):
            surprise[part] = -found.log_cell.T - encoded.base
            alone[part] = self._alone(encoded)[0] - encoded.base
            typical[part], columns = expected(self._bins, found)
            wanted.append(columns)
        cells = Cells(self.columns, surprise, typical, alone, ExpectedRows(wanted))
        return cells.without(set(self.columns) - set(batch.columns))

    def context(self, batch: Batch, main: NDArray[np.int64]) -> Floats:
        """(n, d) nats that knowing each other cell adds to the surprise of cell `main` (n,) of its row. Exact."""
        codec = self.circuit.codec
        rows = self.circuit.rows_of(codec.encode(batch), _known(codec, batch))
        return context(self.circuit, rows, main, self._nearest)

    def log_prob(self, condition: Where) -> Answer:
        """Log probability (nats) that a row satisfies the condition. Exact.

        Raises:
            FitError: a column or value it does not know.
        """
        parts = [Evidence.of(part, self.circuit).log_probability for part in disjoint(condition)]
        return Answer(float(logsumexp(parts)))

    def marginals(self, condition: Where) -> tuple[Marginal, ...]:
        """Every column's distribution among rows that satisfy the condition.

        Raises:
            FitError: a column or value it does not know, or a condition no row can satisfy.
        """
        return self._asker.marginals(condition)

    def edges(self) -> tuple[Edge, ...]:
        """The first tree's ties, strongest first."""
        return self._edges

    def mutual_information(self, first: str, second: str) -> float:
        """Nats that one column says about another under the model."""
        at = self.columns.index
        return mutual_information(self.circuit, at(first), at(second))

    def predict(self, batch: Batch, column: str) -> tuple[tuple[str | None, ...], Floats]:
        """p(column | the other cells) as a classifier.

        Returns:
            What the column's tokens stand for, and (n, tokens) their probabilities.
        """
        j = self.columns.index(column)
        known = np.array([name in batch.columns and name != column for name in self.columns])
        encoded = self.circuit.codec.encode(batch)
        shares = np.zeros((len(batch), len(self.circuit.codec.columns[j].counts)))
        for part, block in self.circuit.blocks(self.circuit.rows_of(encoded, known)):
            found = leave_one_out(self.circuit, block, self._bins[j : j + 1])
            shares[part] = self._bins[j].split(found.shares[j])[0]
        return tuple(self.circuit.codec.columns[j].texts()), shares

    def draw(self, n: int, condition: Where, rng: np.random.Generator) -> Iterator[Batch]:
        """Exact draws, cut to the range seen in training where no condition says otherwise.

        Raises:
            FitError: the condition names an unknown column or value, or is too improbable.
        """
        return draw(self.circuit, n, condition, rng)

    def for_copies(self) -> CircuitFitted:
        """The same trees; they draw no value that fewer than five subjects hold, also under conditions."""
        return replace(self, circuit=replace(self.circuit, codec=self.copies))

    def shows(self, column: str) -> frozenset[str]:
        """The values of a category or boolean column that copies may show."""
        return self.copies.shows(column)

    def impute(self, batch: Batch, rng: np.random.Generator | None = None) -> Batch:
        """Missing cells filled given the others: drawn, or without `rng` the likeliest."""
        codec = self.circuit.codec
        encoded = codec.encode(batch)
        missing = encoded.tokens == MISSING
        missing &= np.array([bool((c.counts[1:] > 0).any()) for c in codec.columns])
        if rng is None:
            tokens, values = likeliest(self.circuit, self._bins, encoded, missing)
            return codec.fill(batch, tokens, values, missing, np.random.default_rng(0))
        tokens, values = drawn(self.circuit, encoded, missing, rng)
        return codec.fill(batch, tokens, values, missing, rng)

    def state(self) -> State:
        """Everything `load` needs."""
        half = bool(self.facts["half"])
        parts = {"main": self.circuit, **{f"rank{i}": r.circuit for i, r in enumerate(self.rankings)}}
        json: dict[str, Any] = {"params": self.params.to_json(), "facts": dict(self.facts), "circuits": {}}
        arrays: dict[str, NDArray[Any]] = {"reference": self.reference}
        for name, circuit in parts.items():
            plain, own = circuit.codec.state()
            json["circuits"][name] = {"codec": plain, "trees": len(circuit.trees)}
            arrays.update({f"{name}.{k}": v for k, v in own.items()})
            for r, tree in enumerate(circuit.trees):
                arrays.update({f"{name}.tree{r}.{k}": v for k, v in tree_arrays(tree, half).items()})
        json["copies"], own = self.copies.state()
        arrays.update({f"copies.{k}": v for k, v in own.items()})
        json["rankings"] = [[r.centre, r.spread] for r in self.rankings]
        return State(VERSION, json, arrays)

    @classmethod
    def load(cls, state: State) -> CircuitFitted:
        """The fitted circuit that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        found = {name: _load(name, plain, state.arrays) for name, plain in state.json["circuits"].items()}
        scales = enumerate(state.json["rankings"])
        rankings = tuple(Ranking(found[f"rank{i}"], float(a), float(b)) for i, (a, b) in scales)
        params = CircuitParams.from_json(state.json["params"])
        own = {k.removeprefix("copies."): v for k, v in state.arrays.items() if k.startswith("copies.")}
        copies = TableCodec.load(state.json["copies"], own, RELEASE)
        return cls(found["main"], rankings, state.arrays["reference"], params, dict(state.json["facts"]), copies)

    @cached_property
    def _bins(self) -> list[ColumnBins]:
        return [ColumnBins(self.circuit, j) for j in range(len(self.columns))]

    @cached_property
    def _single(self) -> list[Alone]:
        return [Alone(self.circuit, j) for j in range(len(self.columns))]

    @cached_property
    def _asker(self) -> Asker:
        return Asker(self.circuit)

    @cached_property
    def _edges(self) -> tuple[Edge, ...]:
        return edges(self.circuit)

    @cached_property
    def _nearest(self) -> NDArray[np.int64]:
        """(d, d) for each column all columns, nearest in the first tree first."""
        parents = self.circuit.trees[0].structure.parents
        d = len(parents)
        away = np.full((d, d), np.inf)
        np.fill_diagonal(away, 0)
        for j in self.circuit.trees[0].structure.order[1:]:
            reached = np.flatnonzero(np.isfinite(away[parents[j]]))
            away[j, reached] = away[reached, j] = away[parents[j], reached] + 1
            away[j, j] = 0
        return np.argsort(away, axis=1, kind="stable")

    def _left_out(self, batch: Batch, asked: Sequence[ColumnBins] = ()) -> Iterator[tuple[slice, Encoded, LeftOut]]:
        encoded = self.circuit.codec.encode(batch)
        rows = self.circuit.rows_of(encoded, _known(self.circuit.codec, batch))
        for part, block in self.circuit.blocks(rows):
            yield part, encoded.take(part), leave_one_out(self.circuit, block, asked)

    def _alone(self, encoded: Encoded) -> tuple[Floats, Floats]:
        """(n, d) surprise and tail surprise of each cell by itself."""
        slots = self.circuit.layout.slots
        surprise, tails = np.zeros(encoded.tokens.shape), np.zeros(encoded.tokens.shape)
        for j, own in enumerate(self._single):
            y = encoded.values[:, slots[j]] if slots[j] >= 0 else None
            surprise[:, j], tails[:, j] = own.surprise(encoded.tokens[:, j], y), own.tail(encoded.tokens[:, j], y)
            if isinstance(self.circuit.codec.columns[j], CategoryCodec):
                tails[:, j] -= encoded.base[:, j]  # among the rare, each counts by itself
        return surprise, tails


def _top(values: Floats) -> Floats:
    """(n,) sum of each row's three largest."""
    if values.shape[1] <= _TOP:
        result: Floats = values.sum(axis=1)
        return result
    kept: Floats = np.partition(values, -_TOP, axis=1)[:, -_TOP:].sum(axis=1)
    return kept


def _known(codec: TableCodec, batch: Batch) -> NDArray[np.bool_]:
    """(d,) which columns the batch has."""
    return np.array([name in batch.columns for name in codec.names])


def _load(name: str, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Circuit:
    own = {k.removeprefix(f"{name}."): v for k, v in arrays.items() if k.startswith(f"{name}.")}
    codec = TableCodec.load(plain["codec"], own)
    return Circuit(codec, load_trees(own, int(plain["trees"]), "tree", Layout.of(codec)))
