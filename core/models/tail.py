"""Tails: how far out in the tails of their columns a row's cells lie, each column by itself.

After Li, Zhao, Hu, Botta, Ionescu, Chen, "ECOD: Unsupervised outlier detection using empirical cumulative distribution
functions" (2022): the largest of the sums over left tails, right tails, and the tail on each column's longer side.
Unlike there, the distribution is that of the training rows alone, so that a row's score depends on no other row scored
beside it, and a value beyond all of them is rarer the farther it lies.
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
from ..stats.tails import Tail
from ..words import Message, message
from ._parts import in_parts
from .base import Fitted, Readings, State

__all__ = ["FAMILY", "Tails", "TailsFitted", "TailsParams"]

VERSION = 1
_MAX_CELLS = 2_000_000  # rows x columns whose values are kept
_SCORED, _SCORED_CELLS, _LOOKS = 512, 131_072, 64  # rows and cells scored between two of so many looks at cancelling

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TailsParams(Params):
    """Settings of the tails."""

    sample: int = integer(20_000, low=10, high=1_000_000, help="Rows the tails come from at most, drawn at random.")


@dataclass(frozen=True, eq=False)
class TailsFitted:
    """Tails of every column.

    Args:
        codec: of the cells.
        left, right: (P) tails of the numbers.
        longer: (P,) whether a column's longer tail is the right one.
        gaps: (P,) nats of a gap.
        values: category column -> nats of each value, of a gap, and of one never seen.
        reference: (n,) scores of the training rows; ties count half, so a row's own place hardly matters.
        params: settings it was fitted with.
    """

    codec: DenseCodec
    left: tuple[Tail, ...]
    right: tuple[Tail, ...]
    longer: NDArray[np.bool_]
    gaps: Floats
    values: dict[str, Floats]
    reference: Floats
    params: TailsParams

    family = "tail"
    unit = "nats"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many columns."""
        return (message("models.tail.learned", columns=len(self.columns)),)

    def score(self, batch: Batch) -> Readings:
        """The largest of three sums over the columns the batch has."""
        z, codes = self.codec.z(batch), self.codec.codes(batch)
        sums = np.zeros((3, len(batch)))
        for j, name in enumerate(n for n in self.codec.names if n in self.codec.plain):
            if name not in batch.columns:
                continue
            gap, at = np.isnan(z[:, j]), np.where(np.isnan(z[:, j]), 0.0, z[:, j])
            left, right = self.left[j].surprise(-at), self.right[j].surprise(at)
            for row, nats in enumerate((left, right, right if self.longer[j] else left)):
                sums[row] += np.where(gap, self.gaps[j], np.maximum(nats, 0.0))
        for j, name in enumerate(self.codec.categories):
            if name in batch.columns:
                nats = self.values[name]  # its last but one is a gap's, its last a value's never seen
                sums += nats[np.where(codes[:, j] < 0, -3 - codes[:, j], codes[:, j])]
        return Readings(sums.max(axis=0))

    def state(self) -> State:
        """Everything `load` needs."""
        arrays: dict[str, NDArray[Any]] = {"longer": self.longer, "gaps": self.gaps, "reference": self.reference}
        for side, tails in (("left", self.left), ("right", self.right)):
            for j, tail in enumerate(tails):
                arrays |= tail.state(f"{side}{j}")
        plain = {
            "codec": self.codec.state(), "params": self.params.to_json(),
            "values": {name: nats.tolist() for name, nats in self.values.items()},
        }
        return State(VERSION, plain, arrays)


class Tails:
    """Family "tail". Accepts tables."""

    key = "tail"
    title = message("models.tail.title")
    references = (
        "Li et al., ECOD: Outlier Detection Using Empirical Cumulative Distribution Functions (arXiv:2201.00382)",
    )
    result = TailsFitted
    Params = TailsParams

    def __init__(self, params: TailsParams | None = None) -> None:
        self.params: TailsParams = params or TailsParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> TailsFitted:  # noqa: ARG002
        """Read the tails off a sample of the training rows and score all of them.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        most = min(self.params.sample, max(_MAX_CELLS // max(len(source.schema.modelled), 1), 1_000))
        run.progress(0.0, message("models.progress.reading"))
        sample = source.take(sample_rows(source, most, run.rng("tail", "sample")), source.schema.modelled)
        codec = DenseCodec.fit(sample, source.schema)
        z, codes = codec.z(sample), codec.codes(sample)
        left, right, longer = [], [], []
        for column in z.T:
            run.check()
            there = column[~np.isnan(column)]
            there = there if len(there) else np.zeros(1)
            left.append(Tail.of(-there))
            right.append(Tail.of(there))
            longer.append(bool(((there - there.mean()) ** 3).mean() >= 0))
        gaps = -np.log(np.maximum(np.isnan(z).sum(axis=0), 0.5) / (len(sample) + 1))
        values = {}
        for j, name in enumerate(codec.categories):
            many = len(codec.few.get(name) or codec.many.get(name, ()))
            place = np.where(codes[:, j] < 0, many, codes[:, j])
            values[name] = _rarity(np.bincount(place, minlength=many + 1))
        fitted = TailsFitted(
            codec, tuple(left), tuple(right), np.array(longer, dtype=bool), gaps, values, np.zeros(0), self.params)
        run.progress(0.2, message("models.progress.scoring"))
        return replace(fitted, reference=_reference(fitted, source, run.part(0.2, 1.0)))

    @classmethod
    def load(cls, state: State) -> TailsFitted:
        """The fitted model that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        json, arrays = state.json, state.arrays
        numbers = range(len(arrays["gaps"]))
        left, right = (tuple(Tail.load(f"{side}{j}", arrays) for j in numbers) for side in ("left", "right"))
        return TailsFitted(
            DenseCodec.load(json["codec"]), left, right, arrays["longer"], arrays["gaps"],
            {name: np.array(nats) for name, nats in json["values"].items()}, arrays["reference"],
            TailsParams.from_json(json["params"]),
        )


def _rarity(counts: NDArray[np.int64]) -> Floats:
    """-log of the share of rows whose value is at most as frequent: of each, of a gap, and of one never seen."""
    ordered = np.sort(counts)
    upto = np.concatenate([[0], np.cumsum(ordered)])[np.searchsorted(ordered, counts, side="right")]
    result: Floats = -np.log(np.append(np.maximum(np.where(counts > 0, upto, 0), 0.5), 0.5) / (counts.sum() + 1))
    return result


def _reference(fitted: TailsFitted, source: Source, run: Run) -> Floats:
    """(n,) scores of all rows of a source, in order."""
    size = max(min(_SCORED_CELLS // max(len(fitted.columns), 1), source.rows // _LOOKS), _SCORED)
    return in_parts(lambda rows: fitted.score(source.take(rows, fitted.columns)).total, source.rows, size, run)


FAMILY = Tails
