"""Rows a second, and how seconds and memory grow with a table."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.data.batch import Batch
from core.data.open import open_source
from core.data.schema import Schema
from core.data.source import MemorySource

from ._fits import Made, fit, timed
from ._measure import alone
from ._tables import Table, whole

SIZES = ((200_000, 15), (10_000, 100))
_EXPLAINED = 2_000
_DRAWN = 100_000
_A_PASS = 100_000  # rows that the circuit counts as one pass of a longer table


def rows_a_second(made: Made, table: Table) -> dict[str, float]:
    """Of scoring, explaining and drawing, in CPU seconds of one thread.

    "all cells" is the surprise of each cell given the rest of its row; "explained" adds what was expected in each.
    """
    rows = whole(table.held)
    few = rows.take(np.arange(_EXPLAINED))
    rng = np.random.default_rng(0)
    work: dict[str, tuple[int, Callable[[], object]]] = {
        "likelihood": (rows.rows, lambda: made.fitted.log_likelihood(rows)),
        "all cells": (_EXPLAINED, lambda: getattr(made.fitted, "surprises", made.fitted.cells)(few)),
        "explained": (_EXPLAINED, lambda: made.fitted.cells(few)),
        "sampling": (_DRAWN, lambda: made.draw(_DRAWN, rng)),
    }
    return {name: n / statistics.median(timed(call)[1] for _ in range(3)) for name, (n, call) in work.items()}


def fit_seconds(key: str, table: Table, asked: tuple[str, ...] = ()) -> dict[str, float]:
    """One tree, where a family has trees; the defaults; the defaults on two threads, wall seconds."""
    found = {"1 tree, cpu s": fit(key, table.source, asked=(*asked, "trees=1")).cost["fit cpu s"]}
    found["defaults, cpu s"] = fit(key, table.source, asked=asked).cost["fit cpu s"]
    found["2 threads, wall s"] = fit(key, table.source, asked=asked, threads=2).cost["fit wall s"]
    return found


def glued(data: Path, rows: int, columns: int) -> MemorySource:
    """A table of that size: Adult's training rows drawn anew, side by side as often as it takes, unrelated."""
    source = open_source(data / "tables" / "adult" / "train.csv")
    adult, rng = whole(source), np.random.default_rng(0)
    cells, specs = {}, []
    for block in range(-(-columns // len(source.schema))):
        part = adult.take(rng.integers(adult.rows, size=rows))
        for spec in source.schema.columns[: columns - len(specs)]:
            specs.append(replace(spec, name=f"{spec.name}_{block}"))
            cells[specs[-1].name] = part[spec.name]
    return MemorySource(Batch(cells, rows), Schema(tuple(specs)))


def growth(key: str, data: Path, rows: int, columns: int, asked: tuple[str, ...] = ()) -> dict[str, float]:
    """CPU seconds and peak megabytes of a fit that reads all rows once, in a process of its own.

    "a pass, cpu" is what one more pass with its look at the validation rows adds to such a fit; the fit besides finds
    the tree's structure and start, lets its last counts settle and scores all rows.
    """
    setup = f"""
from pathlib import Path
from tests.benchmarks._fits import fit
from tests.benchmarks._speed import glued
source = glued(Path({str(data.resolve())!r}), {rows}, {columns})
"""
    once = -(-rows // _A_PASS)
    first, second = (
        alone(f"fit({key!r}, source, asked={(*asked, f'passes={times * once}', 'patience=100')!r})", setup)
        for times in (1, 2)
    )
    return first | {"a pass, cpu": second["cpu"] - first["cpu"]}
