"""Neighbours: the mean distance to the k nearest reference rows. The honest yardstick beside every other score.

Ramaswamy, Rastogi, Shim, "Efficient algorithms for mining outliers from large data sets" (2000); the mean over
neighbours after Angiulli and Pizzuti (2002).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.source import Source
from ..encode.dense import SPACES, DenseCodec, Points
from ..encode.table import sample_rows
from ..errors import FitError
from ..params import Params, choice, integer
from ..run import Run
from ..words import Message, message
from ._nearest import Nearest, most_references
from ._parts import in_parts
from .base import Fitted, Readings, State

__all__ = ["FAMILY", "Neighbours", "NeighboursFitted", "NeighboursParams"]

VERSION = 1
_MAX_CELLS = 6_000_000  # reference rows x columns kept

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class NeighboursParams(Params):
    """Settings of the neighbours."""

    neighbours: int = integer(5, low=1, high=1_000, help="Number of nearest reference rows.")
    sample: int = integer(20_000, low=10, high=1_000_000, help="Reference rows kept at most, drawn at random.")
    space: str = choice("robust", *SPACES, help="Scale of numbers: by quartiles, by deviation, or normal scores.")


@dataclass(frozen=True, eq=False)
class NeighboursFitted:
    """Reference rows and how to measure distances to them.

    Args:
        codec: rows to points.
        points: the m reference rows.
        rows: (m,) their positions among the training rows, ascending.
        reference: (n,) scores of the training rows, each without itself.
        params: settings it was fitted with.
    """

    codec: DenseCodec
    points: Points
    rows: Ints
    reference: Floats
    params: NeighboursParams

    family = "neighbours"
    unit = "distance"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many reference rows it keeps."""
        return (message("models.neighbours.learned.rows", rows=len(self.rows)),)

    def score(self, batch: Batch) -> Readings:
        """Mean distance to the nearest reference rows, by the columns the batch has."""
        _, distances = self.nearest(batch)
        return Readings(distances.mean(axis=1))

    def nearest(self, batch: Batch, k: int = 0, own: Ints | None = None) -> tuple[Ints, Floats]:
        """The nearest reference rows.

        Args:
            batch: n rows.
            k: how many; 0 = as many as the score uses. Fewer where the reference has fewer.
            own: (n,) position of each row among the training rows, so that it is not its own neighbour; -1 for none.

        Returns:
            Positions among the training rows (n, k) and distances (n, k), nearest first.
        """
        mine = self._place(own) if own is not None else np.full(len(batch), -1)
        wanted = k or self.params.neighbours
        most = len(self.points) - int((mine >= 0).any())
        wanted = min(wanted, most)
        if not wanted:
            return np.zeros((len(batch), 0), dtype=np.int64), np.zeros((len(batch), 1))
        among = self._search.among(batch.columns)
        index, distances = among.search(among.codec.encode(batch), wanted, mine)
        return self.rows[index], distances

    def _place(self, own: Ints) -> Ints:
        """(n,) place in the reference of training rows; -1 where it does not hold them."""
        place = np.searchsorted(self.rows, own)
        inside = np.minimum(place, len(self.rows) - 1)
        return np.where(self.rows[inside] == own, inside, -1)

    @cached_property
    def _search(self) -> Nearest:
        return Nearest(self.codec, self.points)

    @property
    def block_rows(self) -> int:
        """Rows to compare at a time, so that memory stays bounded."""
        return self._search.block_rows

    def state(self) -> State:
        """Everything `load` needs."""
        arrays: dict[str, NDArray[Any]] = {"rows": self.rows, "reference": self.reference, **vars(self.points)}
        return State(VERSION, {"codec": self.codec.state(), "params": self.params.to_json()}, arrays)


class Neighbours:
    """Family "neighbours". Accepts tables."""

    key = "neighbours"
    title = message("models.neighbours.title")
    references = ("Ramaswamy, Rastogi, Shim, Efficient Algorithms for Mining Outliers from Large Data Sets (2000)",)
    result = NeighboursFitted
    Params = NeighboursParams

    def __init__(self, params: NeighboursParams | None = None) -> None:
        self.params: NeighboursParams = params or NeighboursParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> NeighboursFitted:  # noqa: ARG002
        """Keep at most `sample` training rows (fewer where the table is wide or very long) and score all of them.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        most = most_references(source.rows, len(source.schema.modelled), self.params.sample, _MAX_CELLS)
        run.progress(0.0, message("models.progress.reading"))
        rows = sample_rows(source, most, run.rng("neighbours", "sample"))
        sample = source.take(rows, source.schema.modelled)
        codec = DenseCodec.fit(sample, source.schema, self.params.space)
        fitted = NeighboursFitted(codec, codec.encode(sample), rows, np.zeros(0), self.params)
        run.progress(0.05, message("models.progress.distances"))
        return replace(fitted, reference=_self_excluded(fitted, source, run.part(0.05, 1.0)))

    @classmethod
    def load(cls, state: State) -> NeighboursFitted:
        """The fitted model that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        arrays = state.arrays
        return NeighboursFitted(
            DenseCodec.load(state.json["codec"]), Points(arrays["x"], arrays["codes"], arrays["offset"]),
            arrays["rows"], arrays["reference"], NeighboursParams.from_json(state.json["params"]),
        )


def _self_excluded(fitted: NeighboursFitted, source: Source, run: Run) -> Floats:
    """(n,) scores of all training rows, none its own neighbour."""
    def work(rows: Ints) -> Floats:
        scores: Floats = fitted.nearest(source.take(rows, fitted.columns), own=rows)[1].mean(axis=1)
        return scores

    return in_parts(work, source.rows, fitted.block_rows, run)


FAMILY = Neighbours
