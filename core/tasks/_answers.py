"""What a model answers, column by column, in the form that cards show: given the condition, beside all rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED
from ..data.schema import LOG_SECONDS, ColumnSpec, Kind
from ..stats.bins import even_edges, reads_better_in_logs, rising
from ..words import Message, message

if TYPE_CHECKING:
    from ..models.base import Marginal, RareValues

    Value = str | RareValues | None

__all__ = ["choices", "shown"]

_BINS = 28
_VALUES = 12
_SPIKE = 0.75
"""A number that is one value this often reads better as values than as bars."""
_DISCRETE = 0.02
"""Share of a number's cells beyond its repeated values up to which it counts as discrete."""
_OUTER = 1e-4  # share of the rows beyond either end of the axis, counted in the outer bars
_CLOSE = 0.04  # shares that differ by less than this in all are called the same
_MINUTE = 60_000_000  # microseconds: the middle of moments is none of them, and no finer
_NONE = 5e-5  # share of the rows below which a value is not worth a line
_MISSING = 0.02  # share of missing cells from which they are told

Floats = NDArray[np.float64]


def shown(spec: ColumnSpec, overall: Marginal, given: Marginal | None, *, is_set: bool) -> dict[str, Any]:
    """One column: bars over shared edges, or the likeliest values; what is expected, in words.

    Args:
        spec: the column.
        overall: among all rows.
        given: among the rows asked about; None where there can be none.
        is_set: whether the condition names it.
    """
    pair = (overall, given)
    form = _values(spec, pair) if _as_values(spec, overall) else _bars(spec, pair)
    differs = 0.0 if given is None else _distance(overall, given)
    known, rare = given or overall, _rare(overall)
    single = sum(v is not None and s >= _NONE for v, s in _single(overall).items())
    return {
        "name": spec.name, "kind": str(spec.kind), "is_set": is_set, **form,
        "unit": LOG_SECONDS if spec.storage == LOG_SECONDS else "",
        "distinct": single + rare, "rare": rare, "missing": [_missing(given), _missing(overall)], "differs": differs,
        "low": known.low, "middle": known.middle, "high": known.high, "likeliest": _likeliest(spec, known),
        "expected": None if given is None or is_set else _words(spec, given).to_json(), "is_close": differs < _CLOSE,
        "usual": _words(spec, overall).to_json(),
    }


def choices(spec: ColumnSpec, overall: Marginal, most: int) -> list[str]:
    """The values of a category, commonest first, to choose from; nothing for numbers and dates."""
    if spec.kind not in CODED:
        return []
    return [v for v in _single(overall) if v is not None][:most]


def _as_values(spec: ColumnSpec, overall: Marginal) -> bool:
    present = [float(s) for v, s in zip(overall.values, overall.shares, strict=True) if v is not None]
    if spec.kind in CODED or (not present and len(overall.edges) < 2):
        return True
    return max(present, default=0.0) >= _SPIKE or (
        len(present) <= _VALUES and float(overall.bins.sum()) < _DISCRETE and spec.kind is not Kind.DATETIME)


def _ranked(marginal: Marginal) -> list[tuple[Value, float]]:
    """Parts with a share of their own, likeliest first; all sorts of missing are one."""
    found: dict[Value, float] = {}
    for value, share in zip(marginal.values, marginal.shares.tolist(), strict=True):
        found[value] = found.get(value, 0.0) + share
    return sorted(found.items(), key=lambda pair: -pair[1])


def _single(marginal: Marginal) -> dict[str | None, float]:
    """Share of each single value and of missing; what rare values have together is left out."""
    return {v: s for v, s in _ranked(marginal) if v is None or isinstance(v, str)}


def _rare(marginal: Marginal) -> int:
    """How many rare values have a share together."""
    return sum(v.count for v in marginal.values if v is not None and not isinstance(v, str))


def _missing(marginal: Marginal | None) -> float | None:
    return None if marginal is None else dict(_ranked(marginal)).get(None, 0.0)


def _values(spec: ColumnSpec, pair: tuple[Marginal, Marginal | None]) -> dict[str, Any]:
    """The twelve likeliest values and the rest, rare ones among it; numbers in their own order."""
    overall, given = pair
    common, own = _single(overall), _single(given) if given else {}
    met = {v for v in (*common, *own) if max(common.get(v, 0.0), own.get(v, 0.0)) >= _NONE}
    names = sorted(met, key=lambda v: (-own.get(v, 0.0), -common.get(v, 0.0), v or ""))[:_VALUES]
    if spec.kind not in CODED:
        names.sort(key=lambda v: (v is None, _number(v)))
    rows = [[_text(spec, v), own.get(v, 0.0) if given else None, common.get(v, 0.0)] for v in names]
    rest = [1.0 - sum(own.get(v, 0.0) for v in names) if given else None, 1.0 - sum(common.get(v, 0.0) for v in names)]
    rest = [None if r is None else max(r, 0.0) for r in rest]
    return {"shape": "values", "values": rows, "rest": rest, "log": False, "edges": [], "given": [], "overall": []}


def _bars(spec: ColumnSpec, pair: tuple[Marginal, Marginal | None]) -> dict[str, Any]:
    """Shares over even bins of one axis, repeated values included."""
    overall, given = pair
    whole = _Spread.of(overall)
    edges, log = _edges(spec, whole)
    own = [] if given is None else _Spread.of(given).over(edges, log=log).tolist()
    return {
        "shape": "bars", "values": [], "rest": None, "log": log, "edges": edges.tolist(), "given": own,
        "overall": whole.over(edges, log=log).tolist(),
    }


@dataclass(frozen=True, eq=False)
class _Spread:
    """A number's distribution: bins of mass and repeated values.

    Args:
        edges, bins: (b + 1,) and (b,), finite.
        points, shares: (m,) repeated values with their probabilities.
    """

    edges: Floats
    bins: Floats
    points: Floats
    shares: Floats

    @classmethod
    def of(cls, marginal: Marginal) -> _Spread:
        pairs = [(_number(v), s) for v, s in _single(marginal).items() if v is not None]
        points = np.array([p for p in pairs if math.isfinite(p[0])], dtype=np.float64).reshape(-1, 2)
        edges, bins = np.asarray(marginal.edges, dtype=np.float64), np.asarray(marginal.bins, dtype=np.float64)
        if len(edges) and not np.isfinite(edges).all():  # open tails: their mass is at the last finite bound
            edges = np.clip(edges, *np.nextafter(edges[np.isfinite(edges)][[0, -1]], [-np.inf, np.inf]))
        return cls(edges, bins, points[:, 0], points[:, 1])

    def below(self, at: Floats, *, log: bool = False) -> Floats:
        """Share of the cells that are at most each of these values."""
        scale = _logs if log else np.asarray
        found = np.zeros(len(at))
        if len(self.edges) > 1:
            found = np.interp(scale(at), scale(self.edges), np.concatenate([[0.0], np.cumsum(self.bins)]))
        order = np.argsort(self.points)
        sums = np.concatenate([[0.0], np.cumsum(self.shares[order])])
        return np.asarray(found + sums[np.searchsorted(self.points[order], at, side="right")], dtype=np.float64)

    def over(self, edges: Floats, *, log: bool) -> Floats:
        """(k,) share of the present cells in each bin; those beyond the ends are in the outer ones."""
        whole = float(self.bins.sum() + self.shares.sum()) or 1.0
        inner = self.below(np.nextafter(edges[1:-1], -np.inf), log=log)
        return np.maximum(np.diff(inner, prepend=0.0, append=whole), 0.0)

    def quantiles(self, wanted: Sequence[float]) -> list[float]:
        """Values at which the share below reaches each of these, between the bounds of bins by straight lines."""
        at = np.unique(np.concatenate([self.edges, self.points, np.nextafter(self.points, -np.inf)]))
        share = self.below(at)
        return [float(q) for q in np.interp(np.asarray(wanted) * share[-1], share, at)]


def _edges(spec: ColumnSpec, spread: _Spread) -> tuple[Floats, bool]:
    """Bounds of the bars, and whether they are even on a logarithmic axis."""
    names = (_OUTER, 0.01, 0.5, 0.99, 1 - _OUTER)
    found = spread.quantiles(names)
    low, high = found[0], found[-1]
    if spec.kind is Kind.INTEGER:
        step = max(math.ceil((high - low + 1) / _BINS), 1)
        if not reads_better_in_logs(_named(found)):
            return np.arange(math.floor(low) - 0.5, math.ceil(high) + step, step), False
    if spec.kind is not Kind.DATETIME and reads_better_in_logs(_named(found)):
        return rising(np.geomspace(low if low > 0 else found[1], high, _BINS + 1)), True
    return even_edges(low, high, _BINS), False


def _named(found: list[float]) -> dict[str, float]:
    return dict(zip(("0", "0.01", "0.5", "0.99", "1"), found, strict=True))


def _logs(values: Any) -> Floats:
    """Logarithms of positive values; others lie far to the left."""
    return np.log(np.maximum(np.asarray(values, dtype=np.float64), 1e-300))


def _distance(overall: Marginal, given: Marginal) -> float:
    """Half the sum of all differences of shares, 0 (the same) to 1."""
    common, own = dict(_ranked(overall)), dict(_ranked(given))
    parts = sum(abs(common.get(v, 0.0) - own.get(v, 0.0)) for v in {*common, *own})
    return float(parts + np.abs(overall.bins - given.bins).sum()) / 2


def _likeliest(spec: ColumnSpec, marginal: Marginal) -> dict[str, Any]:
    """The likeliest single value: of a number or date without one its middle."""
    single = [(v, s) if v is None or isinstance(v, str) else (v.commonest, s / v.count) for v, s in _ranked(marginal)]
    first = max(single, key=lambda pair: pair[1], default=(None, 0.0))
    if spec.kind not in CODED and marginal.middle is not None and first[1] < 0.5:
        from ..data.cells import number_texts

        grain = {Kind.INTEGER: 1, Kind.DATETIME: _MINUTE}.get(spec.kind)
        middle = round(marginal.middle / grain) * grain if grain else marginal.middle
        return {"text": number_texts([middle], spec)[0], "share": None}
    return {"text": _text(spec, first[0]), "share": first[1]}


def _words(spec: ColumnSpec, marginal: Marginal) -> Message:
    """`14 to 118`, `grocery (81%)`, with the share of missing cells where it is worth a word."""
    from ..detect.wording import expected_message
    from ..models.base import Expected

    present = tuple((_told(v), s) for v, s in _ranked(marginal) if v is not None)
    said = expected_message(Expected(marginal.low, marginal.high, present), spec)
    missing = _missing(marginal) or 0.0
    return message("ask.missing", expected=said, share=missing) if missing >= _MISSING else said


def _told(value: str | RareValues) -> str | Message:
    return value if isinstance(value, str) else message("ask.rare", count=value.count)


def _text(spec: ColumnSpec, value: str | None) -> str | None:
    """A value as a cell shows it; None is missing."""
    from ..data.cells import number_texts

    number = math.nan if value is None or spec.kind in CODED else _number(value)
    return value if math.isnan(number) else number_texts([number], spec)[0]


def _number(value: str | None) -> float:
    try:
        return math.nan if value is None else float(value)
    except ValueError:
        return math.nan
