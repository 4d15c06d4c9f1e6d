"""Measures of one column: quantiles, histogram and commonest values, exact, from the cells of the whole column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..stats.bins import even_edges, reads_better_in_logs, rising
from .batch import Column
from .cells import cell_texts
from .schema import ColumnSpec, Kind

__all__ = ["QUANTILES", "Histogram", "NumberMeasures", "TextMeasures", "measure_numbers", "measure_texts"]

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)

_BINS = 40
_TOP = 20
_EXACT = 2.0**52  # halves of whole numbers below it are exact
_FAR = 20.0  # a range this many times the middle 98 % would squash all bars into one


@dataclass(frozen=True)
class Histogram:
    """Counts of values between edges; values beyond the outer edges are counted in the outer bins.

    Args:
        edges: (bins + 1,) ascending; microseconds for dates.
        counts: (bins,).
        log: whether the edges are even on a logarithmic axis.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    log: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {"edges": list(self.edges), "counts": list(self.counts), "log": self.log}


@dataclass(frozen=True)
class NumberMeasures:
    """Measures of numbers and dates; quantiles, mean and histogram leave infinities out."""

    distinct: int
    infinite: int
    mean: float | None
    quantiles: dict[str, float]
    histogram: Histogram | None
    top: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class TextMeasures:
    """Measures of categories, booleans, texts and ids."""

    distinct: int
    top: tuple[tuple[str, int], ...]


def measure_numbers(column: Column, spec: ColumnSpec) -> NumberMeasures:
    """Measures of all cells of a number, integer or date column.

    Args:
        column: (n,) cells; sorted once, which gives every measure exactly.
        spec: for the decimals and dates of the commonest values.
    """
    values = np.sort(column.values[column.present])
    if not len(values):
        return NumberMeasures(0, 0, None, {}, None, ())
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    top = _commonest(values, starts, column.kind, spec)
    finite = values[np.isfinite(values)] if column.kind is Kind.NUMBER else values
    infinite = len(values) - len(finite)
    if not len(finite):
        return NumberMeasures(len(starts), infinite, None, {}, None, top)
    found = [_quantile(finite, q) for q in QUANTILES]
    quantiles = {f"{q:g}": v for q, v in zip(QUANTILES, found, strict=True)}
    return NumberMeasures(
        len(starts), infinite, _mean(finite), quantiles, _histogram(finite, quantiles, column.kind), top
    )


def measure_texts(column: Column) -> TextMeasures:
    """Measures of all cells of a coded column."""
    counts = np.bincount(column.values[column.present], minlength=len(column.categories))
    used = np.flatnonzero(counts)
    best = used[np.argsort(-counts[used], kind="stable")[:_TOP]]
    return TextMeasures(len(used), tuple((column.categories[i], int(counts[i])) for i in best))


def _commonest(
    values: NDArray[Any], starts: NDArray[np.intp], kind: Kind, spec: ColumnSpec
) -> tuple[tuple[str, int], ...]:
    """Values that occur more than once, commonest first."""
    counts = np.diff(np.append(starts, len(values)))
    repeated = np.flatnonzero(counts > 1)
    best = repeated[np.argsort(-counts[repeated], kind="stable")[:_TOP]]
    cells = values[starts[best]]
    texts = cell_texts(Column(kind, cells, np.zeros(len(cells), dtype=np.uint8)), spec)
    return tuple((str(t), int(c)) for t, c in zip(texts, counts[best], strict=True))


def _mean(finite: NDArray[Any]) -> float:
    """Mean in an order of magnitude that cannot overflow."""
    scale = max(abs(float(finite[0])), abs(float(finite[-1])), 1.0)
    return float(np.mean(finite / scale) * scale)


def _quantile(ranked: NDArray[Any], q: float) -> float:
    """Quantile of sorted values, linear between neighbours."""
    at = q * (len(ranked) - 1)
    low, high = float(ranked[int(at)]), float(ranked[min(int(at) + 1, len(ranked) - 1)])
    part = at - int(at)
    return low * (1 - part) + high * part


def _histogram(ranked: NDArray[Any], quantiles: dict[str, float], kind: Kind) -> Histogram:
    low, high = float(ranked[0]), float(ranked[-1])
    log = reads_better_in_logs(quantiles)
    if kind is Kind.INTEGER and max(-low, high) < _EXACT and high - low < _BINS:
        edges, log = np.arange(low - 0.5, high + 1.0), False
    elif log:
        edges = rising(np.geomspace(low if low > 0 else quantiles["0.01"], high, _BINS + 1))  # zeros: in the first bin
    else:
        edges = even_edges(*_window(quantiles), _BINS)
    counts = np.diff(np.searchsorted(ranked, edges[1:-1], side="left"), prepend=0, append=len(ranked))
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()), log)


def _window(quantiles: dict[str, float]) -> tuple[float, float]:
    """Range of the bars: all values, unless few of them lie so far out that the rest would be one bar."""
    low, high = quantiles["0"], quantiles["1"]
    inner_low, inner_high = quantiles["0.01"], quantiles["0.99"]
    spread = inner_high - inner_low
    if spread <= 0 or not np.isfinite(high - low):
        return low, high
    if inner_low - low > _FAR * spread:
        low = inner_low - spread / 2
    if high - inner_high > _FAR * spread:
        high = inner_high + spread / 2
    return low, high
