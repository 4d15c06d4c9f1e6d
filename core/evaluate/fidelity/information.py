"""Information: how far the mutual information of pairs of columns is from the real table's. Mean over pairs, 0 = alike.

Mutual information sees relations of any form, which correlations do not. It is divided by the mean of both entropies
(0 = independent, 1 = one tells the other); numbers are cut into twenty parts of about as many real rows each, missing
cells are a value of their own. SDMetrics has no such metric.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...data.schema import Schema
from ...run import Run
from ...stats.information import shared_information
from ...stats.intervals import spread
from ..arrays import codes, numbers
from ..base import Figure, Metric, Tables, holdout_as_copy, sample

__all__ = ["METRIC"]

_ROWS = 20_000
_COLUMNS = 30
"""Wider tables are judged on this many columns, chosen at random."""
_BINS, _GROUPS, _WORST = 20, 5, 5

Codes = NDArray[np.int64]


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    real, copy = sample(tables.train, _ROWS, rng), sample(tables.synthetic, _ROWS, rng)
    names = list(tables.schema.names)
    if len(names) > _COLUMNS:
        names = [names[i] for i in np.sort(rng.choice(len(names), size=_COLUMNS, replace=False))]
    pairs = list(itertools.combinations(range(len(names)), 2))
    if not pairs:
        return Figure(float("nan"))
    both = _coded(real, copy, tables.schema, names)

    def errors(rows: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> NDArray[np.float64]:
        out = np.empty(len(pairs))
        for i, (a, b) in enumerate(pairs):
            run.check()
            first, second = (shared_information(part[a][kept], part[b][kept])
                             for part, kept in zip(both, rows, strict=True))
            out[i] = abs(first - second)
        return out

    found = errors((np.ones(real.rows, dtype=bool), np.ones(copy.rows, dtype=bool)))
    deal = [rng.permutation(batch.rows) % _GROUPS for batch in (real, copy)]

    def interval() -> tuple[float, float]:
        left_out = np.array([errors((deal[0] != g, deal[1] != g)).mean() for g in range(_GROUPS)])
        return spread(float(found.mean()), left_out, low=0.0, high=1.0)

    worst = [[names[pairs[i][0]], names[pairs[i][1]], float(found[i])] for i in np.argsort(-found)[:_WORST].tolist()]
    return Figure(float(found.mean()), interval, {"pairs": len(pairs), "worst": worst})


def _coded(real: Batch, copy: Batch, schema: Schema, names: list[str]) -> tuple[list[Codes], list[Codes]]:
    """Every column of both samples as codes from 0 on."""
    found: tuple[list[Codes], list[Codes]] = [], []
    for name in names:
        if schema[name].kind in CODED:
            pair = [codes(batch[name]) + 1 for batch in (real, copy)]
        else:
            values = [numbers(batch[name]) for batch in (real, copy)]
            known = values[0][~np.isnan(values[0])]
            edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else known
            pair = [np.where(np.isnan(v), 0, 1 + np.searchsorted(edges, v, side="right")) for v in values]
        for part, own in zip(found, pair, strict=True):
            part.append(own.astype(np.int64))
    return found


METRIC = Metric("information", "fidelity", "lower", _measure, ceiling=holdout_as_copy, is_sized=True, is_share=False)
