"""Rows that are ordinary as such, but not in their context: does a reading find them that is given the context?

One holdout row of Adult in twenty keeps its context (age, sex, education, family) and takes all other cells from
another row. The circuit learned from the other half of the table.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.data.batch import Batch
from core.data.source import MemorySource
from core.detect.context import read_context
from core.models.base import FAMILIES
from core.run import Run
from core.stats.ranking import auroc, average_precision

from ._tables import load, whole

CONTEXT = ("age", "sex", "education", "education_num", "marital_status", "relationship")
SHARE, ROWS = 0.05, 6_000


def found(data: Path, seed: int = 0) -> list[list[object]]:
    """AUROC and average precision of each reading of the circuit."""
    adult = load(data, "adult")
    rng = np.random.default_rng(seed)
    rows = whole(adult.held).take(rng.permutation(adult.held.rows)[:ROWS])
    odd = rng.random(ROWS) < SHARE
    donor = np.where(odd, rng.permutation(ROWS), np.arange(ROWS))
    cells = {name: column if name in CONTEXT else _taken(column, donor) for name, column in rows.columns.items()}
    batch = Batch(cells, ROWS)
    family = FAMILIES.get("circuit")
    part = family(family.Params()).fit(adult.source, Run(seed=seed, threads=1))
    readings = part.score(batch)
    given = read_context([part], MemorySource(batch, adult.held.schema), CONTEXT)
    assert given is not None
    named = {"all columns": readings.total, "unusual value": readings.value,
             "unusual combination": readings.combination, "in its context": given}
    return [[name, auroc(odd, score), average_precision(odd, score)] for name, score in named.items()]


def _taken(column: object, donor: np.ndarray) -> object:
    return replace(column, values=column.values[donor], missing=column.missing[donor])
