"""LeSiNN: the mean distance to the nearest row of each of fifty small random subsamples.

Pang, Ting, Albrecht, "LeSiNN: Detecting anomalies by identifying least similar nearest neighbours" (2015). A cluster of
anomalies is thinned out by a small subsample, so that its rows no longer hide each other as they do from the nearest
rows of all; and a row is compared with some thousands of rows at most, however long the table is.
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
from ._line import Line
from ._nearest import Nearest
from ._parts import in_parts
from .base import Fitted, Readings, State

__all__ = ["FAMILY", "Lesinn", "LesinnFitted", "LesinnParams"]

VERSION = 2
"""2: the rows of its subsamples are kept once."""
_SAMPLE_CELLS = 2_000_000  # rows x columns that scales and subsamples come from
_NARROW = 100  # columns up to which rows are compared so fast that reading them in small parts would take longer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LesinnParams(Params):
    """Settings of LeSiNN."""

    subsamples: int = integer(50, low=1, high=1_000, help="Number of random subsamples.")
    psi: int = integer(64, low=2, high=10_000, help="Rows of each: 64 sees clustered anomalies better, 256 local ones.")
    space: str = choice("robust", *SPACES, help="Scale of numbers: by quartiles, by deviation, or normal scores.")


@dataclass(frozen=True, eq=False)
class LesinnFitted:
    """Subsamples side by side.

    Args:
        codec: rows to points.
        points: (subsamples * psi) rows, a subsample's side by side.
        rows: their positions among the training rows.
        reference: (n,) scores of the training rows, each without itself.
        params: settings it was fitted with.
    """

    codec: DenseCodec
    points: Points
    rows: Ints
    reference: Floats
    params: LesinnParams

    family = "lesinn"
    unit = "distance"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many subsamples of how many rows."""
        count = self.params.subsamples
        return (message("models.lesinn.learned", subsamples=count, rows=len(self.points) // count),)

    def score(self, batch: Batch) -> Readings:
        """Mean over the subsamples of the distance to the nearest row, by the columns the batch has."""
        return Readings(self.distances(batch, np.full(len(batch), -1)))

    def distances(self, batch: Batch, own: Ints) -> Floats:
        """(n,) mean distance to the nearest rows but the row itself.

        Args:
            batch: n rows.
            own: (n,) position of each row among the training rows; -1 for none.
        """
        among = self._search.among(batch.columns)
        points, out = among.codec.encode(batch), np.zeros(len(batch))
        left = np.arange(len(batch))
        if self._line is not None and among is self._search:
            is_drawn = np.isin(own, self._sorted)
            out[~is_drawn], left = self._line.distances(points.take(~is_drawn)), np.flatnonzero(is_drawn)
        for block in among.blocks(len(left)):
            rows = left[block]
            out[rows] = self._means(among, points.take(rows), own[rows])
        return out

    def _means(self, among: Nearest, points: Points, own: Ints) -> Floats:
        near = among.nearness(points)
        same = self._own(own)
        near[same] = np.inf
        groups = near.reshape(len(points), self.params.subsamples, -1)
        index = groups.argmin(axis=2) + np.arange(self.params.subsamples) * groups.shape[2]
        least = np.take_along_axis(near, index, axis=1)
        squares, slack = among.squares(points, least)
        unsure = np.flatnonzero((squares < slack[:, None]).any(axis=1))
        squares[unsure] = points.take(unsure).squares_to(among.points, index[unsure])
        squares[np.isinf(least)] = 0.0  # a subsample of this row alone, many times over
        result: Floats = np.sqrt(squares).mean(axis=1)
        return result

    def _own(self, own: Ints) -> tuple[Ints, Ints]:
        """Which rows are which of the subsamples' rows."""
        first = np.searchsorted(self._sorted, own, side="left")
        many = np.searchsorted(self._sorted, own, side="right") - first
        at = np.repeat(np.arange(len(own)), many)
        place = np.repeat(first - np.concatenate([[0], np.cumsum(many)[:-1]]), many) + np.arange(len(at))
        return at, self._order[place]

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(self.rows, kind="stable")

    @cached_property
    def _sorted(self) -> Ints:
        return self.rows[self._order]

    @cached_property
    def _search(self) -> Nearest:
        return Nearest(self.codec, self.points)

    @cached_property
    def _line(self) -> Line | None:
        return Line.of(self.codec, self.points, self.params.subsamples)

    @property
    def block_rows(self) -> int:
        """Rows to compare at a time, so that memory stays bounded and cancelling is quick."""
        return max(self._search.block_rows // (1 if len(self.columns) <= _NARROW else 4), 16)

    def state(self) -> State:
        """Everything `load` needs."""
        rows, first, drawn = np.unique(self.rows, return_index=True, return_inverse=True)  # drawn often from few
        arrays: dict[str, NDArray[Any]] = {
            "rows": rows, "drawn": drawn.ravel().astype(np.int32), "reference": self.reference,
            **vars(self.points.take(first)),
        }
        return State(VERSION, {"codec": self.codec.state(), "params": self.params.to_json()}, arrays)


class Lesinn:
    """Family "lesinn". Accepts tables."""

    key = "lesinn"
    title = message("models.lesinn.title")
    references = (
        "Pang, Ting, Albrecht, LeSiNN: Detecting Anomalies by Identifying Least Similar Nearest Neighbours (2015)",
    )
    result = LesinnFitted
    Params = LesinnParams

    def __init__(self, params: LesinnParams | None = None) -> None:
        self.params: LesinnParams = params or LesinnParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> LesinnFitted:  # noqa: ARG002
        """Draw the subsamples and score all training rows.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        settings = self.params
        most = max(_SAMPLE_CELLS // max(len(source.schema.modelled), 1), 4 * settings.psi)
        run.progress(0.0, message("models.progress.reading"))
        rows = sample_rows(source, most, run.rng("lesinn", "sample"))
        sample = source.take(rows, source.schema.modelled)
        codec = DenseCodec.fit(sample, source.schema, settings.space)
        rng, psi = run.rng("lesinn", "subsamples"), min(settings.psi, len(rows))
        drawn = np.concatenate([rng.choice(len(rows), psi, replace=False) for _ in range(settings.subsamples)])
        fitted = LesinnFitted(codec, codec.encode(sample.take(drawn)), rows[drawn], np.zeros(0), settings)
        run.progress(0.1, message("models.progress.distances"))
        return replace(fitted, reference=_self_excluded(fitted, source, run.part(0.1, 1.0)))

    @classmethod
    def load(cls, state: State) -> LesinnFitted:
        """The fitted model that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        arrays = state.arrays
        points, drawn = Points(arrays["x"], arrays["codes"], arrays["offset"]), arrays["drawn"]
        return LesinnFitted(
            DenseCodec.load(state.json["codec"]), points.take(drawn), arrays["rows"][drawn], arrays["reference"],
            LesinnParams.from_json(state.json["params"]),
        )


def _self_excluded(fitted: LesinnFitted, source: Source, run: Run) -> Floats:
    """(n,) scores of all training rows, none its own neighbour."""
    return in_parts(
        lambda rows: fitted.distances(source.take(rows, fitted.columns), rows), source.rows, fitted.block_rows, run)


FAMILY = Lesinn
