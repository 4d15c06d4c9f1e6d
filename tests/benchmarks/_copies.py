"""How good one copy of a real table is: every figure that the comparison of generators prints."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from core.data.batch import Batch
from core.data.frame import from_pandas
from core.evaluate.base import Tables, halves
from core.evaluate.privacy.dcr_share import METRIC as DCR_SHARE
from core.evaluate.tables import prepare
from core.run import Run

from ._tables import Table, whole
from ._two_sample import downstream_auc, mi_error, two_sample_auc, xgb_detection

FIGURES = ("shapes", "trends", "mi error", "xgb", "xgb holdout", "two-sample", "downstream", "dcr share")
"""What `measure` finds. xgb: against training rows; xgb holdout, two-sample: against rows never shown."""


def measure(
    table: Table, copy: Batch | pd.DataFrame, seed: int = 0, only: tuple[str, ...] = FIGURES
) -> dict[str, float]:
    """The figures of a copy; `only` some of them where time matters."""
    rows = table.frame(copy)
    found = {}
    if {"shapes", "trends"} & set(only):
        found["shapes"], found["trends"] = quality(table, rows)
    rest = {
        "mi error": lambda: mi_error(table.train, rows),
        "xgb": lambda: xgb_detection(table.train, rows, seed),
        "xgb holdout": lambda: xgb_detection(table.holdout, rows, seed),
        "two-sample": lambda: two_sample_auc(table.holdout, rows, seed),
        "downstream": lambda: downstream_auc(rows, table.holdout, table.target, seed),
        "dcr share": lambda: dcr_share(_prepared(table, rows), seed),
    }
    return found | {name: figure() for name, figure in rest.items() if name in only}


def reference(table: Table, seed: int = 0) -> dict[str, float]:
    """The holdout as the copy: as good as a copy can be, and a check of the judges.

    Where a figure needs rows never shown, the training rows play them; for DCR each half of the holdout one part.
    """
    alike = measure(table, table.holdout, seed, ("shapes", "trends", "mi error", "xgb"))
    unseen = measure(table.swapped(), table.holdout, seed, ("xgb holdout", "two-sample", "downstream"))
    tables = halves(_prepared(table, table.holdout), Run(seed=seed).rng("halves"))
    return {**alike, **unseen, "dcr share": dcr_share(tables, seed)}


def quality(table: Table, rows: pd.DataFrame) -> tuple[float, float]:
    """Column shapes and column pair trends of SDMetrics' quality report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sdmetrics.reports.single_table import QualityReport

        report = QualityReport()
        kinds = {c: {"sdtype": "categorical" if c in table.codes else "numerical"} for c in table.train}
        report.generate(table.train, rows, {"columns": kinds}, verbose=False)
        shapes, trends = report.get_properties()["Score"]
    return float(shapes), float(trends)


def dcr_share(tables: Tables, seed: int) -> float:
    """Share of copied rows that lie closer to a training row than to any holdout row, of 3,000 copied rows."""
    return DCR_SHARE.measure(tables, Run(seed=seed).rng("dcr"), Run()).value


def _prepared(table: Table, rows: pd.DataFrame) -> Tables:
    sources = [from_pandas(f) for f in (table.train, table.holdout, rows)]
    return prepare(*(whole(s) for s in sources), sources[0].schema, table.target).tables


def interval(values: list[float]) -> tuple[float, float, float]:
    """Median, least and greatest over seeds."""
    known = [v for v in values if not np.isnan(v)]
    return (float(np.median(known)), min(known), max(known)) if known else (np.nan,) * 3
