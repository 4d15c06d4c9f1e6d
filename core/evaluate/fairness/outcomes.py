"""Outcomes: does every sensitive group meet with the target's outcome as often as in the real table? 0 = alike.

The mean over groups of the difference in rates. The outcome is one value of the target: the rarer of two, the commonest
of more, or lying above the middle of a number. The detail has both rates of every group; where the gap
between the best and the worst off group of a column is clearly wider in the copy, the copy amplifies it, and that is
told: whoever learns from such a copy learns more than the real difference.
SDMetrics' EqualizedOddsImprovement asks a model's errors instead, for two groups of one column.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...data.schema import ColumnSpec
from ...run import Run
from ...stats.intervals import spread
from ...words import Message, message
from ..arrays import codes, numbers
from ..base import Figure, Metric, Tables, holdout_as_copy, sample
from ..utility.tstr import choose_target
from ._groups import Groups, sensitive_groups

__all__ = ["METRIC"]

_ROWS = 20_000
_GROUPS = 10
_FEWEST = 20  # rows of a group on either side for its rate to count

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Rates of the groups of the real table and of the copy, NaN where a side has too few rows."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    run.check()
    target = choose_target(tables)
    every = [g for g in sensitive_groups(tables) if target is not None and g.column != target.name]
    if target is None or not every or not tables.train[target.name].present.any():
        return Figure(math.nan)
    n = min(_ROWS, tables.train.rows, tables.synthetic.rows)
    parts = sample(tables.train, n, rng), sample(tables.synthetic, n, rng)
    outcome, is_met = _outcome(tables.train, target)
    met = [is_met(part) for part in parts]
    deal = rng.permutation(n) % _GROUPS
    found = [_Column(g, [g.of(p) for p in parts], met, deal) for g in every]
    value = _difference([c.rates() for c in found])

    def interval() -> tuple[float, float]:
        left_out = [_difference([c.rates(g) for c in found]) for g in range(_GROUPS)]
        return spread(value, np.array(left_out), low=0.0, high=1.0)

    detail = {"target": target.name, "outcome": outcome, "groups": [line for c in found for line in c.described()],
              "gaps": [c.gap() for c in found]}
    return Figure(value, interval, detail)


class _Column:
    """The rates of one sensitive column's groups, of all rows or with one part of the rows left out."""

    def __init__(
        self, groups: Groups, codes_: list[NDArray[np.int64]], met: list[NDArray[np.float64]], deal: NDArray[np.int64]
    ) -> None:
        self.groups, self.codes, self.met, self.deal = groups, codes_, met, deal

    def rates(self, left_out: int = -1) -> Pair:
        real, copy = (self._rates(c, m, self.deal != left_out) for c, m in zip(self.codes, self.met, strict=True))
        return real, copy

    def _rates(
        self, groups: NDArray[np.int64], met: NDArray[np.float64], kept: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        kept = kept & (groups >= 0) & ~np.isnan(met)
        size = len(self.groups.labels)
        rows = np.bincount(groups[kept], minlength=size)
        hits = np.bincount(groups[kept], weights=met[kept], minlength=size)
        return np.where(rows >= _FEWEST, hits / np.maximum(rows, 1), np.nan)

    def described(self) -> list[dict[str, Any]]:
        return [{"column": self.groups.column, "group": label, "real": _plain(a), "synthetic": _plain(b)}
                for label, a, b in zip(self.groups.labels, *self.rates(), strict=True)]

    def gap(self) -> dict[str, Any]:
        """Best off minus worst off, real and copied, and whether the copy's is clearly wider."""
        gaps = [_gap(rates) for rates in _both(self.rates())]
        left_out = np.array([np.diff([_gap(r) for r in _both(self.rates(g))])[0] for g in range(_GROUPS)])
        low, high = spread(gaps[1] - gaps[0], left_out)
        return {"column": self.groups.column, "real": gaps[0], "synthetic": gaps[1],
                "wider": [low, high], "is_amplified": bool(low > 0)}


def _both(rates: Pair) -> Pair:
    """The rates of the groups that both sides have."""
    known = ~np.isnan(rates[0]) & ~np.isnan(rates[1])
    return rates[0][known], rates[1][known]


def _gap(rates: NDArray[np.float64]) -> float:
    return float(np.ptp(rates)) if len(rates) else 0.0


def _difference(pairs: list[Pair]) -> float:
    """Mean over groups; a group that has a rate on one side alone does not count."""
    apart = np.concatenate([np.abs(np.subtract(*_both(pair))) for pair in pairs])
    return float(apart.mean()) if len(apart) else math.nan


def _plain(rate: float) -> float | None:
    return None if math.isnan(rate) else float(rate)


def _outcome(train: Batch, target: ColumnSpec) -> tuple[str, Callable[[Batch], NDArray[np.float64]]]:
    """What counts as the outcome, in the table's own words, and (n,) 1 where a row has it, NaN where it is unknown."""
    name = target.name
    if target.kind not in CODED:
        known = numbers(train[name], finite=True)
        middle = float(np.nanmedian(known)) if not np.isnan(known).all() else 0.0

        def is_above(batch: Batch) -> NDArray[np.float64]:
            values = numbers(batch[name], finite=True)
            return np.where(np.isnan(values), np.nan, values > middle)

        return f"> {middle:g}", is_above
    value = _value(train, target)

    def is_value(batch: Batch) -> NDArray[np.float64]:
        found = codes(batch[name])
        return np.where(found < 0, np.nan, found == value)

    return str(train[name].categories[value]), is_value


def _value(train: Batch, target: ColumnSpec) -> int:
    column = train[target.name]
    counts = np.bincount(column.values[column.present].astype(np.int64), minlength=len(column.categories))
    used = np.flatnonzero(counts)
    return int(used[np.argmin(counts[used])] if len(used) == 2 else np.argmax(counts))


def _warn(copy: Figure) -> Message | None:
    wider = [g for g in copy.detail.get("gaps", ()) if g["is_amplified"]]
    if not wider:
        return None
    worst = max(wider, key=lambda g: g["synthetic"] - g["real"])
    return message("evaluate.outcomes.amplified", column=worst["column"], target=copy.detail["target"],
                   outcome=copy.detail["outcome"], real=worst["real"], synthetic=worst["synthetic"])


METRIC = Metric("outcomes", "fairness", "lower", _measure, holdout_as_copy, is_sized=True, warn=_warn)
