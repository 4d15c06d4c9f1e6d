"""Synthetic copies of real tables: the mixture between its reference rows, beside independent columns and SDV's copula.

Needs --data DIR with tables/NAME/{train,holdout}.csv. SDV is used where it is installed (`pip install sdv`).
"""

from __future__ import annotations

import time
from pathlib import Path

from core.data.batch import Batch
from core.data.conditions import Condition
from core.data.frame import from_pandas, to_pandas
from core.data.open import open_source
from core.evaluate.report import evaluate
from core.evaluate.tables import prepare
from core.models.base import FAMILIES
from core.run import Run

from . import _peers
from ._measure import table

SHOWN = ("shapes", "trends", "two_sample_auc", "tstr", "dcr_share", "exact_copies", "partial_copies")


def copies(train, rows: int) -> dict[str, tuple[object, float]]:
    """A copy by each generator, with the seconds it took to fit and draw."""
    made = {}
    start = time.perf_counter()
    fitted = FAMILIES.get("mixture")().fit(train, Run())
    drawn = Batch.concat(list(fitted.draw(rows, Condition(), Run().rng("bench"))))
    made["mixture"] = (drawn, time.perf_counter() - start)
    if _peers.is_there():
        peer = _peers.learn("GaussianCopula", to_pandas(Batch.concat(list(train.batches()))), seed=0)
        copy = from_pandas(peer.draw(rows, Run().rng("bench"))).batch
        made["sdv copula"] = (copy, peer.cost["fit wall s"])
    return made


def main(data: Path | None) -> None:
    """Print each metric of each copy, with the reference rows below."""
    folders = sorted(p.parent for p in (data / "tables").glob("*/train.csv")) if data else []
    if not folders:
        print("needs --data DIR with tables/NAME/train.csv and holdout.csv")
        return
    for folder in folders:
        train, holdout = open_source(folder / "train.csv"), open_source(folder / "holdout.csv")
        real = [Batch.concat(list(s.batches())) for s in (train, holdout.with_schema(train.schema))]
        rows, report = [], {}
        for name, (copy, seconds) in copies(train, train.rows).items():
            report = evaluate(prepare(*real, copy, train.schema).tables, Run())
            values = {k: v for group in ("fidelity", "utility", "privacy") for k, v in report[group].items()}
            rows.append([name, seconds, *(values.get(k) for k in SHOWN)])
        for name, values in report["references"].items():
            rows.append([f"({name})", "", *(values.get(k) for k in SHOWN)])
        print(f"\n{folder.name}: {train.rows:,} rows\n")
        table(["copy", "seconds", *SHOWN], rows)
