"""Layout: all rows of a run in two dimensions, drawn so that the most unusual ones stand apart from the rest.

An axis is a direction in which the rows of the highest score lie further from the middle of the others than the others
themselves do: the leading generalised eigenvector of both second moments (contrastive principal components, Abid et
al. 2018, here with the ratio instead of the difference). The second axis is found in what the first leaves over. Where
that would put all ordinary rows on one spot, the direction in which they differ most is added, so that they show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.schema import Schema
from ..encode.dense import DenseCodec

__all__ = ["Layout"]

Floats = NDArray[np.float64]

_RIDGE = 0.1
"""Added to the spread of the ordinary rows, in squared standard deviations: few rows tell a small spread badly."""
_NARROW = 0.3
"""Spread below which a coordinate is not widened: a flag that three rows have set would fill the picture."""
_WIDTH = 0.3
"""How wide the ordinary rows lie on an axis, at least, beside how far the unusual ones lie."""
_MOST = 64
"""Coordinates an axis may be made of: those in which the unusual rows stand out most."""
_NAMED = 3
"""Columns that name an axis."""
_WORTH = 0.1
"""Share of an axis from which a column is named."""


@dataclass(frozen=True, eq=False)
class Layout:
    """How rows become places.

    Numbers and dates count as asinh(z), so that the bulk stays wide where a value is far out; a missing one as one
    step; a category of few values as one step each, of many as how rare it is.

    Args:
        codec: scales the columns.
        numbers: column -> (2,) weights of asinh(z).
        gaps: column -> (2,) what a missing cell adds.
        codes: column -> (K + 2, 2) what each category adds; the last two rows are never seen and missing.
        centre: (2,) subtracted, so that the middle of the ordinary rows is 0.
        shares: for each axis the columns that make it, and their shares, largest first.
    """

    codec: DenseCodec
    numbers: Mapping[str, Floats]
    gaps: Mapping[str, Floats]
    codes: Mapping[str, Floats]
    centre: Floats
    shares: tuple[tuple[tuple[str, float], ...], tuple[tuple[str, float], ...]]

    @classmethod
    def fit(cls, ordinary: Batch, unusual: Batch, schema: Schema) -> Layout:
        """Find both axes.

        Args:
            ordinary: (n,) rows of low score, n > 0.
            unusual: (m,) rows of the highest score, m > 0.
            schema: their columns.
        """
        codec = DenseCodec.fit(Batch.concat([ordinary, unusual]), schema)
        terms = _Terms.of(codec, ordinary)
        rest, top = terms.matrix(ordinary), terms.matrix(unusual)
        middle = rest.mean(axis=0)
        spread = np.concatenate([rest, top]).std(axis=0)
        scale = np.maximum(spread, _NARROW)
        axes = _axes((rest - middle) / scale, (top - middle) / scale)  # (D, 2)
        moments = np.mean(((top - middle) / scale) ** 2, axis=0)
        weights = axes / scale[:, None]
        return cls(codec, *terms.split(weights), middle @ weights, (
            terms.named(axes[:, 0] ** 2 * moments), terms.named(axes[:, 1] ** 2 * moments)))

    def place(self, batch: Batch) -> Floats:
        """(n, 2) places of rows."""
        out = np.tile(-self.centre, (len(batch), 1))
        z = self.codec.z(batch)
        for j, name in enumerate(n for n in self.codec.names if n in self.codec.plain):
            gone = np.isnan(z[:, j])
            out += np.arcsinh(np.where(gone, 0.0, z[:, j]))[:, None] * self.numbers[name]
            if name in self.gaps:
                out += gone[:, None] * self.gaps[name]
        codes = self.codec.codes(batch)
        for j, name in enumerate(self.codec.categories):
            out += self.codes[name][codes[:, j]]  # -1 and -2 read the last rows
        return out


@dataclass(frozen=True, eq=False)
class _Terms:
    """The coordinates that an axis is a sum of.

    Args:
        codec: of the columns.
        rarity: column of many categories -> (K,) -log share.
    """

    codec: DenseCodec
    rarity: Mapping[str, Floats]

    @classmethod
    def of(cls, codec: DenseCodec, batch: Batch) -> _Terms:
        codes = codec.codes(batch)
        rarity = {}
        for j, name in enumerate(codec.categories):
            if name in codec.many:
                counts = 1.0 + np.bincount(codes[codes[:, j] >= 0, j], minlength=len(codec.many[name]))
                rarity[name] = -np.log(counts / counts.sum())
        return cls(codec, rarity)

    def widths(self) -> Iterable[tuple[str, int]]:
        """Each column with its number of coordinates, numbers first."""
        for name in self.codec.names:
            if name in self.codec.plain:
                yield name, 1 + (name in self.codec.gaps)
        for name in self.codec.categories:
            yield name, 1 if name in self.rarity else len(self.codec.few[name])

    def table(self, name: str) -> Floats:
        """(K + 2, coordinates) of each category of a column."""
        if name in self.rarity:
            rare = self.rarity[name]
            most = rare.max(initial=0.0)
            return np.append(rare, [most, most])[:, None]
        count = len(self.codec.few[name])
        return np.concatenate([np.eye(count), np.zeros((2, count))])

    def matrix(self, batch: Batch) -> Floats:
        """(n, D) coordinates."""
        parts: list[Floats] = [np.zeros((len(batch), 0))]
        z = self.codec.z(batch)
        for j, name in enumerate(n for n in self.codec.names if n in self.codec.plain):
            gone = np.isnan(z[:, j])
            parts.append(np.arcsinh(np.where(gone, 0.0, z[:, j]))[:, None])
            if name in self.codec.gaps:
                parts.append(gone[:, None].astype(np.float64))
        codes = self.codec.codes(batch)
        parts += [self.table(name)[codes[:, j]] for j, name in enumerate(self.codec.categories)]
        return np.concatenate(parts, axis=1)

    def split(self, weights: Floats) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, Floats]]:
        """(D, 2) weights by column: of numbers, of their gaps, and of each category."""
        numbers, gaps, codes, at = {}, {}, {}, 0
        for name, width in self.widths():
            own = weights[at : at + width]
            at += width
            if name in self.codec.plain:
                numbers[name] = own[0]
                if width > 1:
                    gaps[name] = own[1]
            else:
                codes[name] = self.table(name) @ own
        return numbers, gaps, codes

    def named(self, parts: Floats) -> tuple[tuple[str, float], ...]:
        """The columns that make most of an axis, from (D,) what each coordinate adds to it."""
        total, at = float(parts.sum()), 0
        found = []
        for name, width in self.widths():
            found.append((name, float(parts[at : at + width].sum()) / total if total > 0 else 0.0))
            at += width
        found.sort(key=lambda pair: -pair[1])
        return tuple(pair for i, pair in enumerate(found[:_NAMED]) if pair[1] >= _WORTH or (i == 0 and pair[1] > 0))


def _axes(rest: Floats, top: Floats) -> Floats:
    """(D, 2) directions, from (n, D) and (m, D) coordinates about the middle of the first."""
    out = np.zeros((rest.shape[1], 2))
    contrast = np.mean(top**2, axis=0) / (np.mean(rest**2, axis=0) + _RIDGE)
    kept = np.sort(np.argsort(-contrast, kind="stable")[:_MOST])
    first_rest, first_top = rest[:, kept], top[:, kept]
    rest, top = first_rest, first_top
    for axis in range(2):
        found = _leading(rest, top)
        found -= out[kept, :axis] @ (out[kept, :axis].T @ found)
        length = float(np.linalg.norm(found))
        if length < 1e-9:  # one column fills one axis
            break
        found = _upright(found / length, top)
        out[kept, axis] = found
        rest, top = (part - np.outer(part @ found, found) for part in (rest, top))
    out[kept] += _widening(out[kept], first_rest, first_top, rest)
    return out


def _widening(axes: Floats, rest: Floats, top: Floats, left: Floats) -> Floats:
    """(D, 2) what is added to both axes where the ordinary rows would fall on one spot: how they differ most.

    Flags that hardly any row has set do not count as a difference among ordinary rows.

    Args:
        axes: (D, 2) directions.
        rest: (n, D) coordinates of ordinary rows.
        top: (m, D) of the unusual ones.
        left: (n, D) those of `rest` without what the axes show.
    """
    low, high = np.quantile(left, [0.25, 0.75], axis=0)
    usual = np.minimum((high - low) / 1.349, 1.0)
    _, sizes, found = np.linalg.svd(left * usual, full_matrices=False)
    out = np.zeros_like(axes)
    for axis in range(min(2, len(found))):
        added = usual * found[axis]
        own, width = float(np.std(rest @ axes[:, axis])), float(np.std(rest @ added))
        wanted = _WIDTH * float(np.sqrt(np.mean((top @ axes[:, axis]) ** 2)))
        if sizes[axis] > 1e-9 and width > 1e-9 and wanted > own:
            out[:, axis] = added * np.sqrt(wanted**2 - own**2) / width
    return out


def _leading(rest: Floats, top: Floats) -> Floats:
    """(D,) direction in which `top` is largest beside `rest`."""
    from scipy.linalg import eigh

    count = rest.shape[1]
    if not count:
        return np.zeros(0)
    inner = rest.T @ rest / len(rest) + _RIDGE * np.eye(count)
    outer = top.T @ top / len(top)
    found: Floats = eigh(outer, inner, subset_by_index=(count - 1, count - 1))[1][:, 0]
    return found


def _upright(axis: Floats, top: Floats) -> Floats:
    """The axis turned so that the unusual rows lie mostly on its positive side; a tie goes by the largest weight."""
    side = float(np.mean(top @ axis))
    if abs(side) < 1e-9:
        side = float(axis[np.argmax(np.abs(axis))])
    return axis if side >= 0 else -axis
