"""Histogram: how empty the bins are that a row's cells fall into, each column by itself.

Goldstein and Dengel, "Histogram-based outlier score (HBOS)" (2012). A bin counts in units of the column's fullest bin,
so that every column adds something between nothing and the surprise of a cell such as no training row had.
"""

from __future__ import annotations

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
from .base import Fitted, Readings, State

__all__ = ["FAMILY", "Histogram", "HistogramFitted", "HistogramParams"]

VERSION = 1
_SAMPLE_CELLS = 6_000_000  # rows x columns that are counted
_SCORED = 512

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HistogramParams(Params):
    """Settings of the histograms."""

    bins: int = integer(10, low=2, high=1_000, help="Equal bins between the ends of a number column.")


@dataclass(frozen=True, eq=False)
class HistogramFitted:
    """A histogram per column.

    Args:
        codec: of the cells.
        bounds: (P, 2) ends of the numbers.
        heights: (P, bins + 1) nats of each bin below the fullest, and last of a gap.
        values: category column -> nats of each value below the most frequent, and last of a gap.
        never: nats of a cell such as no training row had.
        reference: (n,) scores of the training rows; a row is one of many in its bins, so with itself.
        params: settings it was fitted with.
    """

    codec: DenseCodec
    bounds: Floats
    heights: Floats
    values: dict[str, Floats]
    never: float
    reference: Floats
    params: HistogramParams

    family = "histogram"
    unit = "surprise"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many columns in how many bins."""
        return (message("models.histogram.learned", columns=len(self.columns), bins=self.params.bins),)

    def score(self, batch: Batch) -> Readings:
        """Sum over the columns the batch has."""
        z, codes = self.codec.z(batch), self.codec.codes(batch)
        total = np.zeros(len(batch))
        for j, name in enumerate(n for n in self.codec.names if n in self.codec.plain):
            if name in batch.columns:
                total += self._numbers(j, z[:, j])
        for j, name in enumerate(self.codec.categories):
            if name in batch.columns:
                nats = np.append(self.values[name], self.never)  # whose last but one is a gap's
                total += nats[np.where(codes[:, j] < 0, -3 - codes[:, j], codes[:, j])]
        return Readings(total)

    def _numbers(self, j: int, z: Floats) -> Floats:
        """(n,) nats; beyond the ends a cell is rarer the farther it lies."""
        low, high = self.bounds[j]
        width = max((high - low) / self.params.bins, 1e-9)
        at = np.where(np.isnan(z), low, z)
        place = np.clip(((at - low) / width).astype(np.int64), 0, self.params.bins - 1)
        beyond = np.maximum(np.maximum(low - at, at - high), 0.0) / width
        nats = np.where(beyond > 0, self.never + np.log1p(beyond), self.heights[j][place])
        result: Floats = np.where(np.isnan(z), self.heights[j, -1], nats)
        return result

    def state(self) -> State:
        """Everything `load` needs."""
        arrays: dict[str, NDArray[Any]] = {
            "bounds": self.bounds, "heights": self.heights, "reference": self.reference,
        }
        plain = {
            "codec": self.codec.state(), "params": self.params.to_json(), "never": self.never,
            "values": {name: nats.tolist() for name, nats in self.values.items()},
        }
        return State(VERSION, plain, arrays)


class Histogram:
    """Family "histogram". Accepts tables."""

    key = "histogram"
    title = message("models.histogram.title")
    references = ("Goldstein and Dengel, Histogram-Based Outlier Score (HBOS) (2012)",)
    result = HistogramFitted
    Params = HistogramParams

    def __init__(self, params: HistogramParams | None = None) -> None:
        self.params: HistogramParams = params or HistogramParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> HistogramFitted:  # noqa: ARG002
        """Count a sample of the training rows and score all of them.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        most = max(_SAMPLE_CELLS // max(len(source.schema.modelled), 1), 1_000)
        run.progress(0.0, message("models.progress.reading"))
        sample = source.take(sample_rows(source, most, run.rng("histogram", "sample")), source.schema.modelled)
        codec = DenseCodec.fit(sample, source.schema)
        z, codes = codec.z(sample), codec.codes(sample)
        bounds, heights = np.zeros((z.shape[1], 2)), np.zeros((z.shape[1], self.params.bins + 1))
        for j in range(z.shape[1]):
            run.check()
            bounds[j], heights[j] = _histogram(z[:, j], self.params.bins)
        values = {}
        for j, name in enumerate(codec.categories):
            many = len(codec.few.get(name) or codec.many.get(name, ()))
            place = np.where(codes[:, j] < 0, many, codes[:, j])
            values[name] = _nats(np.bincount(place, minlength=many + 1))
        never = float(np.log(2.0 * len(sample) + 1))
        fitted = HistogramFitted(codec, bounds, heights, values, never, np.zeros(0), self.params)
        run.progress(0.3, message("models.progress.scoring"))
        return replace(fitted, reference=_reference(fitted, source, run.part(0.3, 1.0)))

    @classmethod
    def load(cls, state: State) -> HistogramFitted:
        """The fitted model that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        json, arrays = state.json, state.arrays
        return HistogramFitted(
            DenseCodec.load(json["codec"]), arrays["bounds"], arrays["heights"],
            {name: np.array(nats) for name, nats in json["values"].items()}, float(json["never"]),
            arrays["reference"], HistogramParams.from_json(json["params"]),
        )


def _histogram(z: Floats, bins: int) -> tuple[Floats, Floats]:
    """Ends of the present values, and nats of each bin and of a gap."""
    there = z[~np.isnan(z)]
    low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 0.0)
    place = np.clip(((there - low) / max((high - low) / bins, 1e-9)).astype(np.int64), 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    return np.array([low, high]), _nats(np.append(counts, len(z) - len(there)))


def _nats(counts: NDArray[np.int64]) -> Floats:
    """-log of counts in units of the largest; half a row where there is none."""
    result: Floats = np.log(max(int(counts.max()), 1)) - np.log(np.maximum(counts, 0.5))
    return result


def _reference(fitted: HistogramFitted, source: Source, run: Run) -> Floats:
    """(n,) scores of all rows of a source, in order."""
    return in_parts(lambda rows: fitted.score(source.take(rows, fitted.columns)).total, source.rows, _SCORED, run)


FAMILY = Histogram
