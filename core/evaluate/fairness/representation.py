"""Representation: is every sensitive group as large in the copy as in the real table? Mean over columns, 1 = alike.

Of each sensitive column 1 - total variation of its groups' shares. The detail has every group with its shares and the
interval of the copy's; a group that clearly has less than four fifths of its real share is told.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.intervals import spread, wilson
from ...stats.similarity import tv_complement
from ...words import Message, message
from ..base import Figure, Metric, Tables, holdout_as_copy, sample
from ._groups import Groups, sensitive_groups

__all__ = ["METRIC"]

_ROWS = 50_000
_GROUPS = 10
_FOUR_FIFTHS = 0.8

Codes = NDArray[np.int64]


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    run.check()
    every = sensitive_groups(tables)
    if not every:
        return Figure(math.nan)
    real, copy = sample(tables.train, _ROWS, rng), sample(tables.synthetic, _ROWS, rng)
    pairs = [(groups.of(real), groups.of(copy)) for groups in every]
    value = float(np.mean([tv_complement(a + 1, b + 1) for a, b in pairs]))
    deal = [rng.permutation(b.rows) % _GROUPS for b in (real, copy)]

    def interval() -> tuple[float, float]:
        left_out = [np.mean([tv_complement(a[deal[0] != g] + 1, b[deal[1] != g] + 1) for a, b in pairs])
                    for g in range(_GROUPS)]
        return spread(value, np.array(left_out), low=0.0, high=1.0)

    described = [line for groups, pair in zip(every, pairs, strict=True) for line in _described(groups, *pair)]
    return Figure(value, interval, {"groups": described})


def _described(groups: Groups, real: Codes, copy: Codes) -> list[dict[str, Any]]:
    lines = []
    for at, label in enumerate(groups.labels):
        share, hits = float(np.mean(real == at)), int(np.count_nonzero(copy == at))
        low, high = wilson(hits, len(copy))
        lines.append({
            "column": groups.column, "group": label, "real": share, "synthetic": hits / len(copy), "low": low,
            "high": high, "is_short": bool(high < _FOUR_FIFTHS * share)})
    return lines


def _warn(copy: Figure) -> Message | None:
    short = [f"{g['column']} = {g['group']}" for g in copy.detail.get("groups", ()) if g["is_short"]]
    return message("evaluate.representation.short", groups=short, n=len(short)) if short else None


METRIC = Metric("representation", "fairness", "higher", _measure, holdout_as_copy, is_sized=True, warn=_warn)
