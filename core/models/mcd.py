"""Minimum covariance determinant: the Mahalanobis distance from the tightest half of the rows.

Hubert, Rousseeuw, Verdonck, "A deterministic algorithm for robust location and scatter" (2012), after Rousseeuw (1985):
C-steps from three deterministic starts, the smallest determinant, one reweighting. Wide tables are split into blocks of
columns that are taken to be unrelated.

Categories have a coordinate each, and keep the variance they have in all rows: that half of the rows never pay by
cheque does not make a cheque an error of infinite size.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.source import Source
from ..encode.dense import DenseCodec
from ..encode.table import sample_rows
from ..errors import FitError
from ..params import Params, integer, real
from ..run import Run
from ..words import Message, message
from ._parts import in_parts
from ._robust import Scatter, robust_scatter
from .base import Fitted, Readings, State

__all__ = ["FAMILY", "Mcd", "McdFitted", "McdParams"]

VERSION = 1
_SAMPLE_CELLS, _MOST_ROWS = 2_000_000, 50_000  # rows x columns, and rows, that the covariance comes from
_BLOCK_CELLS = 2_000_000  # coordinates worked on at a time

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class McdParams(Params):
    """Settings of the minimum covariance determinant."""

    support: float = real(0.5, low=0.5, high=1.0, help="Share of the rows taken to be ordinary.")
    ridge: float = real(1e-3, low=1e-9, high=1.0, help="Added to every variance, in the scale of the column.")
    block: int = integer(300, low=2, high=2_000, help="Coordinates that share a covariance; wider tables have several.")


@dataclass(frozen=True, eq=False)
class McdFitted:
    """Robust normals.

    Args:
        codec: rows to coordinates.
        rarity: category column with many values -> the coordinate of each value, and last of a gap.
        blocks: robust centres and scatters of successive coordinates.
        rows: training rows they came from.
        reference: (n,) distances of the training rows; one row moves a scatter by 1/n, so with itself.
        params: settings it was fitted with.
    """

    codec: DenseCodec
    rarity: dict[str, Floats]
    blocks: tuple[Scatter, ...]
    rows: int
    reference: Floats
    params: McdParams

    family = "mcd"
    unit = "distance"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many rows decided."""
        return (message("models.mcd.learned", rows=self.rows, support=self.params.support),)

    def score(self, batch: Batch) -> Readings:
        """Mahalanobis distance, by the columns the batch has; others are integrated out."""
        size = max(_BLOCK_CELLS // max(sum(len(b.centre) for b in self.blocks), 1), 16)
        parts = [self._distances(batch.take(np.arange(i, min(i + size, len(batch))))) for i in
                 range(0, len(batch), size)]
        return Readings(np.concatenate([np.zeros(0), *parts]))

    def _distances(self, batch: Batch) -> Floats:
        x, strange = coordinates(self.codec, self.rarity, batch)
        # A cell such as no training row had is as rare as half a row among them: variance p (1 - p) around p.
        squares = strange * 2.0 * (self.rows + 1)
        begin = 0
        has = self._has(batch.columns)
        for block in self.blocks:
            own = slice(begin, begin + len(block.centre))
            begin = own.stop
            squares = squares + block.squares(x[:, own], has[own])
        result: Floats = np.sqrt(squares)
        return result

    def _has(self, columns: Collection[str]) -> NDArray[np.bool_]:
        """(D,) which coordinates are of columns that the batch has."""
        return np.array([name in columns for name in self._names], dtype=bool)

    @cached_property
    def _names(self) -> list[str]:
        return coordinate_names(self.codec)

    def state(self) -> State:
        """Everything `load` needs."""
        arrays: dict[str, NDArray[Any]] = {"reference": self.reference}
        for i, block in enumerate(self.blocks):
            arrays |= {f"block{i}.centre": block.centre, f"block{i}.covariance": block.covariance}
        plain = {
            "codec": self.codec.state(), "params": self.params.to_json(), "rows": self.rows,
            "blocks": len(self.blocks), "rarity": {name: values.tolist() for name, values in self.rarity.items()},
        }
        return State(VERSION, plain, arrays)


class Mcd:
    """Family "mcd". Accepts tables."""

    key = "mcd"
    title = message("models.mcd.title")
    references = (
        "Hubert, Rousseeuw, Verdonck, A Deterministic Algorithm for Robust Location and Scatter (2012)",
        "Rousseeuw, Multivariate Estimation with High Breakdown Point (1985)",
    )
    result = McdFitted
    Params = McdParams

    def __init__(self, params: McdParams | None = None) -> None:
        self.params: McdParams = params or McdParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> McdFitted:  # noqa: ARG002
        """Find the tightest half and score all training rows.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        settings = self.params
        most = min(max(_SAMPLE_CELLS // max(len(source.schema.modelled), 1), 2_000), _MOST_ROWS)
        run.progress(0.0, message("models.progress.reading"))
        rows = sample_rows(source, most, run.rng("mcd", "sample"))
        sample = source.take(rows, source.schema.modelled)
        codec = DenseCodec.fit(sample, source.schema)
        rarity = {name: _rarity(codec, name, sample) for name in codec.many}
        x, _ = coordinates(codec, rarity, sample)
        soft = _soft(codec)
        begins, blocks = range(0, x.shape[1], settings.block), []
        for begin in begins:
            own = slice(begin, begin + settings.block)
            part = run.part(0.6 * begin / x.shape[1], 0.6 * min(own.stop, x.shape[1]) / x.shape[1])
            blocks.append(robust_scatter(x[:, own], settings.support, settings.ridge, soft[own], part))
        fitted = McdFitted(codec, rarity, tuple(blocks), len(rows), np.zeros(0), settings)
        run.progress(0.6, message("models.progress.scoring"))
        return replace(fitted, reference=_reference(fitted, source, run.part(0.6, 1.0)))

    @classmethod
    def load(cls, state: State) -> McdFitted:
        """The fitted model that `state()` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        json, arrays = state.json, state.arrays
        blocks = tuple(
            Scatter(arrays[f"block{i}.centre"], arrays[f"block{i}.covariance"]) for i in range(int(json["blocks"]))
        )
        rarity = {name: np.array(values) for name, values in json["rarity"].items()}
        return McdFitted(
            DenseCodec.load(json["codec"]), rarity, blocks, int(json["rows"]), arrays["reference"],
            McdParams.from_json(json["params"]),
        )


def coordinates(codec: DenseCodec, rarity: dict[str, Floats], batch: Batch) -> tuple[Floats, Floats]:
    """(n, D) coordinates, and (n,) how many cells of a row are such as no training row had."""
    points = codec.encode(batch)
    strange = np.zeros(len(batch))
    z, codes = codec.z(batch), codec.codes(batch)
    for j, name in enumerate(n for n in codec.names if n in codec.plain):
        if name in batch.columns and name not in codec.gaps:
            strange += np.isnan(z[:, j])
    extra = []
    for j, name in enumerate(codec.categories):
        never = (codes[:, j] == -2) | ((codes[:, j] == -1) & (name not in codec.gaps))
        if name in batch.columns:
            strange += never
        if name in rarity:
            extra.append(rarity[name][np.where(codes[:, j] < 0, -1, codes[:, j])])
    return np.concatenate([points.x, *(e[:, None] for e in extra)], axis=1), strange


def coordinate_names(codec: DenseCodec) -> list[str]:
    """The column of each coordinate."""
    widths = {name: len(values) for name, values in codec.few.items()}
    plain = [name for name in codec.names if name not in codec.many]
    return [*(n for n in plain for _ in range(widths.get(n, 1) + (n in codec.gaps))), *codec.many]


def _soft(codec: DenseCodec) -> NDArray[np.bool_]:
    """(D,) which coordinates are a category's or a gap's."""
    found: list[bool] = []
    for name in (n for n in codec.names if n not in codec.many):
        values = len(codec.few[name]) if name in codec.few else 0
        found += [*([True] * values if values else [False]), *([True] * (name in codec.gaps))]
    return np.array([*found, *([True] * len(codec.many))], dtype=bool)


def _rarity(codec: DenseCodec, name: str, sample: Batch) -> Floats:
    """(values + 1,) minus log share of each value and last of a gap, in units of their deviation over rows."""
    j, values = codec.categories.index(name), len(codec.many[name])
    codes = codec.codes(sample)[:, j]
    counts = np.bincount(np.where(codes < 0, values, codes), minlength=values + 1)
    nats = -np.log(np.maximum(counts, 0.5) / max(len(sample), 1))
    share = counts / max(counts.sum(), 1)
    middle = float(share @ nats)
    spread = float(np.sqrt(share @ (nats - middle) ** 2))
    result: Floats = (nats - middle) / (spread if spread > 1e-9 else 1.0)
    return result


def _reference(fitted: McdFitted, source: Source, run: Run) -> Floats:
    """(n,) scores of all rows of a source, in order."""
    size = max(_BLOCK_CELLS // (4 * max(len(fitted.columns), 1)), 16)
    return in_parts(lambda rows: fitted.score(source.take(rows, fitted.columns)).total, source.rows, size, run)


FAMILY = Mcd
