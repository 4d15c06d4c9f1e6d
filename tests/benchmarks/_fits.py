"""What a fit costs and what it is worth: seconds, parameters, bytes, likelihood of rows it never saw."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.batch import Batch
from core.data.conditions import Condition
from core.data.source import Source
from core.models.base import FAMILIES, Draws, Scorer
from core.run import Run

from ._tables import Table, whole

COSTS = ("fit cpu s", "fit wall s", "parameters", "kB on disk", "log likelihood", "train - holdout")


@dataclass(frozen=True, eq=False)
class Made:
    """A generator that has learned a table, and what that cost.

    Args:
        draw: (n, rng) -> rows.
        cost: figures, some of `COSTS`.
        fitted: the model where it is one of ours.
    """

    draw: Callable[[int, np.random.Generator], Any]
    cost: dict[str, float]
    fitted: Any = None


def cpu_seconds() -> float:
    """Of this process and the finished ones it started, all threads together."""
    children = os.times()[2:4]
    return time.process_time() + sum(children)


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What the work returned, its CPU and its wall seconds."""
    cpu, wall = cpu_seconds(), time.perf_counter()
    result = work()
    return result, cpu_seconds() - cpu, time.perf_counter() - wall


def settings(key: str, asked: Sequence[str]) -> Any:
    """Parameters of a family from `name=value` texts; names it does not have are left to the other families."""
    own = FAMILIES.get(key).Params
    known = {spec.name for spec in own.describe()}
    return own.parse([text for text in asked if text.partition("=")[0] in known])


def fit(key: str, source: Source, seed: int = 0, asked: Sequence[str] = (), threads: int = 1) -> Made:
    """Fit one of our families."""
    family = FAMILIES.get(key)(settings(key, asked))
    fitted, cpu, wall = timed(lambda: family.fit(source, Run(seed=seed, threads=threads)))
    return Made(_drawing(fitted), {"fit cpu s": cpu, "fit wall s": wall}, fitted)


def _drawing(fitted: Draws) -> Callable[[int, np.random.Generator], Batch]:
    return lambda n, rng: Batch.concat(list(fitted.draw(n, Condition(), rng)))


def costs(made: Made, table: Table) -> dict[str, float]:
    """All of `COSTS` that can be known."""
    if made.fitted is None:
        return made.cost
    parameters, size = weight(made.fitted)
    found = made.cost | {"parameters": float(parameters), "kB on disk": size / 1000}
    if isinstance(made.fitted, Scorer):
        seen, unseen = (float(np.mean(made.fitted.log_likelihood(whole(s)))) for s in (table.source, table.held))
        found |= {"log likelihood": unseen, "train - holdout": seen - unseen}
    return found


def weight(fitted: Any) -> tuple[int, int]:
    """Fitted numbers (in 16 bits or more; scores of the training rows left out), and bytes as a file."""
    from safetensors.numpy import save

    state = fitted.state()
    arrays = {name: np.ascontiguousarray(array) for name, array in state.arrays.items()}
    is_number = {n: (a.dtype.kind == "f" or a.dtype == np.uint16) and "reference" not in n for n, a in arrays.items()}
    numbers = sum(a.size for name, a in arrays.items() if is_number[name])
    return numbers, len(save(arrays)) + len(json.dumps(dict(state.json)))
