"""Two-sample AUC: can boosted trees tell copied rows from real rows they never saw? 0.5 = no, 1 = always.

The real side is the holdout, so that memorising the training rows earns nothing. It is the strictest of the fidelity
figures: independent columns have perfect shapes and are told apart at once.
SDMetrics' LogisticDetection asks a straight line instead of trees: the same of shifted columns, blind to relations.

The detail names the columns that gave it away: by how much the AUC falls when a column is shuffled, and the pair of
the worst of them that tells most more together than either does alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.boosting import giveaways, tell_apart
from ...stats.intervals import auroc_interval
from ...stats.ranking import auroc
from ..arrays import feature_names, features
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC"]

_ROWS = 8_000
_CELLS = 400_000
"""Cells of each sample: wide tables are judged on fewer rows."""
_LISTED, _PAIRED = 10, 5
_PAIR_ROWS = 3_000
_LEAST = 0.001  # a loss of AUC that is told


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    most = max(200, min(_ROWS, _CELLS // max(len(tables.schema), 1)))
    n = min(tables.holdout.rows, tables.synthetic.rows, most)
    real, copy = sample(tables.holdout, n, rng), sample(tables.synthetic, n, rng)
    (first, second), is_category = features([real, copy], tables.schema)
    chance = tell_apart(first, second, is_category, rng, run.check)
    value = auroc(np.arange(2 * n) >= n, chance)
    more = partial(_given_away, feature_names(tables.schema), first, second, is_category, rng)
    return Figure(value, lambda: auroc_interval(value, n, n), {"rows": n},
                  get_more=lambda: more(check=run.check))


def _given_away(  # noqa: PLR0917 - the order of `tell_apart`
    names: list[str], first: NDArray[np.float64], second: NDArray[np.float64], is_category: NDArray[np.bool_],
    rng: np.random.Generator, check: Callable[[], None],
) -> dict[str, Any]:
    """{"columns": [[name, loss of AUC]], worst first, "pair": [name, name, their AUC, that of the better] or None}."""
    losses = giveaways(first, second, is_category, rng, check)
    worst = [j for j in np.argsort(-losses, kind="stable")[:_LISTED].tolist() if losses[j] >= _LEAST]

    def told(columns: tuple[int, ...]) -> float:
        at = list(columns)
        parts = [part[:_PAIR_ROWS, at] for part in (first, second)]
        chance = tell_apart(parts[0], parts[1], is_category[at], rng, check)
        return auroc(np.arange(len(chance)) >= len(parts[0]), chance)

    alone = {j: told((j,)) for j in worst[:_PAIRED]}
    pairs = {pair: told(pair) for pair in itertools.combinations(alone, 2)}
    gain = {(a, b): found - max(alone[a], alone[b]) for (a, b), found in pairs.items()}
    a, b = max(gain, key=lambda pair: gain[pair]) if gain else (-1, -1)
    is_more = bool(gain) and gain[a, b] > 0
    return {"columns": [[names[j], float(losses[j])] for j in worst],
            "pair": [names[a], names[b], pairs[a, b], max(alone[a], alone[b])] if is_more else None}


METRIC = Metric("two_sample_auc", "fidelity", "lower", _measure, is_share=False)
