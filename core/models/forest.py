"""Isolation forest: how few random cuts set a row apart.

Liu, Ting, Zhou, "Isolation-based anomaly detection" (2012). A tree halves a subsample at a random place of a random
column until every row stands alone; rows in sparse regions are alone sooner. Trees are complete binary trees laid out
level by level, the children of node i being 2i + 1 and 2i + 2, and all trees of a level grow together.

Categories stand in order of frequency, one apart, so that rare values share an end; a gap is a column of its own. A
value that no training row had is isolated where a tree first asks about its column.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.source import Source
from ..encode.dense import DenseCodec
from ..encode.table import sample_rows
from ..errors import FitError
from ..params import Params, integer
from ..run import Run
from ..words import Message, message
from ._parts import in_parts
from ._trees import Trees, coordinates, frequency_orders, grow_trees
from .base import Fitted, Readings, State

__all__ = ["FAMILY", "Forest", "ForestFitted", "ForestParams"]

VERSION = 1
_SAMPLE_CELLS = 3_000_000  # rows x columns that subsamples are drawn from
_SCORED_CELLS = 1_000_000  # rows x trees worked on between two looks at whether the user has cancelled

Floats = NDArray[np.float64]
Orders = dict[str, NDArray[np.int32]]


@dataclass(frozen=True)
class ForestParams(Params):
    """Settings of the isolation forest."""

    trees: int = integer(100, low=1, high=10_000, help="Number of trees.")
    rows: int = integer(256, low=2, high=16_384, help="Rows of each tree: more see denser anomalies, and cost more.")


@dataclass(frozen=True, eq=False)
class ForestFitted:
    """Trees over coordinates.

    Args:
        codec: of the cells.
        orders: category column -> place in order of frequency of each of its values and, last, of a gap.
        trees: that were grown.
        reference: (n,) scores of the training rows; a row moves few of the cuts, so they are not computed without it.
        params: settings it was fitted with.
    """

    codec: DenseCodec
    orders: Orders
    trees: Trees
    reference: Floats
    params: ForestParams

    family = "forest"
    unit = "surprise"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many trees of how many rows."""
        return (message("models.forest.learned", trees=len(self.trees.column), rows=self.trees.rows),)

    def score(self, batch: Batch) -> Readings:
        """2^(-mean depth / usual depth): 0.5 is usual, near 1 is set apart at once. By the columns the batch has."""
        trees = self._of(batch.columns)
        x, out = coordinates(self.codec, self.orders, batch), np.zeros(len(batch))
        size = max(_SCORED_CELLS // len(trees.column), 16)
        for start in range(0, len(batch), size):
            out[start : start + size] = trees.scores(x[start : start + size])
        return Readings(out)

    def ends(self, batch: Batch) -> NDArray[np.int64]:
        """(T, n) to which of the 2^L ends of each tree a row falls."""
        return self._of(batch.columns).ends(coordinates(self.codec, self.orders, batch))

    def _of(self, columns: Collection[str]) -> Trees:
        """The trees; a question about a column that is absent is answered as most training rows would."""
        absent = [name not in columns for name in _names(self.codec)]
        return self.trees.without(np.array(absent)) if any(absent) else self.trees

    def state(self) -> State:
        """Everything `load` needs."""
        arrays: dict[str, NDArray[Any]] = {
            "reference": self.reference, "column": self.trees.column, "cut": self.trees.cut, "depth": self.trees.depth,
            "bulk": self.trees.bulk,
        }
        plain = {
            "codec": self.codec.state(), "params": self.params.to_json(), "rows": self.trees.rows,
            "orders": {name: order.tolist() for name, order in self.orders.items()},
        }
        return State(VERSION, plain, arrays)


class Forest:
    """Family "forest". Accepts tables."""

    key = "forest"
    title = message("models.forest.title")
    references = ("Liu, Ting, Zhou, Isolation-Based Anomaly Detection (2012)",)
    result = ForestFitted
    Params = ForestParams

    def __init__(self, params: ForestParams | None = None) -> None:
        self.params: ForestParams = params or ForestParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> ForestFitted:  # noqa: ARG002
        """Grow the trees and score all training rows.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        fitted = self.grow(source, run.part(0.0, 0.5))
        run.progress(0.5, message("models.progress.scoring"))
        return replace(fitted, reference=_reference(fitted, source, run.part(0.5, 1.0)))

    def grow(self, source: Source, run: Run) -> ForestFitted:
        """The same without scores of the training rows.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        settings = self.params
        most = max(_SAMPLE_CELLS // max(len(source.schema.modelled), 1), 4 * settings.rows)
        run.progress(0.0, message("models.progress.reading"))
        rows = sample_rows(source, most, run.rng("forest", "sample"))
        sample = source.take(rows, source.schema.modelled)
        codec = DenseCodec.fit(sample, source.schema)
        orders = frequency_orders(codec, sample)
        x = coordinates(codec, orders, sample)
        run.progress(0.1, message("models.progress.trees", trees=settings.trees))
        trees = grow_trees(x, settings.trees, settings.rows, run.rng("forest", "trees"), run.part(0.1, 1.0))
        return ForestFitted(codec, orders, trees, np.zeros(0), settings)

    @classmethod
    def load(cls, state: State) -> ForestFitted:
        """The fitted model that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        a = state.arrays
        return ForestFitted(
            DenseCodec.load(state.json["codec"]),
            {name: np.array(order, dtype=np.int32) for name, order in state.json["orders"].items()},
            Trees(a["column"], a["cut"], a["depth"], a["bulk"], int(state.json["rows"])), a["reference"],
            ForestParams.from_json(state.json["params"]),
        )


def _names(codec: DenseCodec) -> list[str]:
    """The column of each coordinate."""
    plain = [name for name in codec.names if name in codec.plain]
    return [*plain, *(name for name in plain if name in codec.gaps), *codec.categories]


def _reference(fitted: ForestFitted, source: Source, run: Run) -> Floats:
    """(n,) scores of all rows of a source, in order."""
    size = max(_SCORED_CELLS // (2 * len(fitted.trees.column)), 16)
    return in_parts(lambda rows: fitted.score(source.take(rows, fitted.columns)).total, source.rows, size, run)


FAMILY = Forest
