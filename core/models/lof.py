"""Local outlier factor: how much sparser a row's surroundings are than those of its nearest reference rows.

Breunig, Kriegel, Ng, Sander, "LOF: Identifying density-based local outliers" (2000). Only reference rows have a density
of their own; every other row is compared with them and never with the rows it is scored beside.
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

__all__ = ["FAMILY", "Lof", "LofFitted", "LofParams"]

VERSION = 1
_MAX_CELLS = 3_000_000  # reference rows x columns kept
_LEAST = 1e-10  # added to distances, so that copies have a density

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LofParams(Params):
    """Settings of the local outlier factor."""

    neighbours: int = integer(20, low=1, high=1_000, help="Reference rows that make up a row's surroundings.")
    sample: int = integer(10_000, low=10, high=100_000, help="Reference rows kept at most, drawn at random.")
    space: str = choice("robust", *SPACES, help="Scale of numbers: by quartiles, by deviation, or normal scores.")


@dataclass(frozen=True, eq=False)
class LofFitted:
    """Reference rows with their densities.

    Args:
        codec: rows to points.
        points: the m reference rows.
        reach: (m,) distance of each to the last of its nearest others.
        density: (m,) local reachability density of each.
        reference: (n,) factors of the training rows, each without itself.
        params: settings it was fitted with.
    """

    codec: DenseCodec
    points: Points
    reach: Floats
    density: Floats
    reference: Floats
    params: LofParams

    family = "lof"
    unit = "surprise"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many reference rows it keeps."""
        return (message("models.neighbours.learned.rows", rows=len(self.points)),)

    def score(self, batch: Batch) -> Readings:
        """The factor: about 1 within a cluster, larger outside.

        Where columns are absent, distances are those of the others; densities stay those of all columns.
        """
        among = self._search.among(batch.columns)
        return Readings(self.factors(among, among.codec.encode(batch), np.full(len(batch), -1)))

    def factors(self, among: Nearest, points: Points, mine: Ints) -> Floats:
        """(n,) factors of points, by the densities of the reference rows other than `mine`."""
        k = min(self.params.neighbours, len(self.points) - int((mine >= 0).any()))
        if k == 0:
            return np.ones(len(points))
        index, distances = among.search(points, k, mine)
        found: Floats = self.density[index].mean(axis=1) / _density(distances, self.reach[index])
        return found

    @cached_property
    def _search(self) -> Nearest:
        return Nearest(self.codec, self.points)

    @property
    def block_rows(self) -> int:
        """Rows to compare at a time, so that memory stays bounded and cancelling is quick."""
        return max(self._search.block_rows // 4, 16)

    def state(self) -> State:
        """Everything `load` needs."""
        own = {"reach": self.reach, "density": self.density, "reference": self.reference}
        arrays: dict[str, NDArray[Any]] = {**own, **vars(self.points)}
        return State(VERSION, {"codec": self.codec.state(), "params": self.params.to_json()}, arrays)


class Lof:
    """Family "lof". Accepts tables."""

    key = "lof"
    title = message("models.lof.title")
    references = ("Breunig, Kriegel, Ng, Sander, LOF: Identifying Density-Based Local Outliers (2000)",)
    result = LofFitted
    Params = LofParams

    def __init__(self, params: LofParams | None = None) -> None:
        self.params: LofParams = params or LofParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> LofFitted:  # noqa: ARG002
        """Measure the density around at most `sample` reference rows and score all training rows.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        settings = self.params
        most = most_references(source.rows, len(source.schema.modelled), settings.sample, _MAX_CELLS)
        run.progress(0.0, message("models.progress.reading"))
        rows = sample_rows(source, most, run.rng("lof", "sample"))
        sample = source.take(rows, source.schema.modelled)
        codec = DenseCodec.fit(sample, source.schema, settings.space)
        points = codec.encode(sample)
        run.progress(0.05, message("models.progress.distances"))
        reach, density = _densities(Nearest(codec, points), settings.neighbours, run.part(0.05, 0.4))
        fitted = LofFitted(codec, points, reach, density, np.zeros(0), settings)
        return replace(fitted, reference=_self_excluded(fitted, rows, source, run.part(0.4, 1.0)))

    @classmethod
    def load(cls, state: State) -> LofFitted:
        """The fitted model that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        arrays = state.arrays
        return LofFitted(
            DenseCodec.load(state.json["codec"]), Points(arrays["x"], arrays["codes"], arrays["offset"]),
            arrays["reach"], arrays["density"], arrays["reference"], LofParams.from_json(state.json["params"]),
        )


def _densities(search: Nearest, neighbours: int, run: Run) -> tuple[Floats, Floats]:
    """Reach and density of every reference row among the others."""
    m = len(search.points)
    k = min(neighbours, m - 1)
    if k == 0:
        return np.zeros(m), np.ones(m)
    index, distances = np.zeros((m, k), dtype=np.int64), np.zeros((m, k))
    size = max(search.block_rows // 4, 16)
    for start in range(0, m, size):
        rows = np.arange(start, min(start + size, m))
        index[rows], distances[rows] = search.search(search.points.take(rows), k, rows)
        run.progress(rows[-1] / m)
    reach = distances[:, -1]
    return reach, _density(distances, reach[index])


def _density(distances: Floats, reach: Floats) -> Floats:
    """(n,) one over the mean reachability distance; a neighbour is at least as far as its own reach."""
    result: Floats = 1 / (np.maximum(distances, reach).mean(axis=1) + _LEAST)
    return result


def _self_excluded(fitted: LofFitted, rows: Ints, source: Source, run: Run) -> Floats:
    """(n,) factors of all training rows, none its own neighbour."""
    place = np.full(source.rows, -1)
    place[rows] = np.arange(len(rows))
    search = Nearest(fitted.codec, fitted.points)

    def work(own: Ints) -> Floats:
        return fitted.factors(search, fitted.codec.encode(source.take(own, fitted.columns)), place[own])

    return in_parts(work, source.rows, fitted.block_rows, run)


FAMILY = Lof
