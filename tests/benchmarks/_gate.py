"""What the standard policy says to a copy of a benchmark's table, with the rows never shown as the holdout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.data.batch import Batch
from core.evaluate.report import evaluate
from core.evaluate.tables import prepare
from core.release.gate import FAILED, judge
from core.release.policy import read_policy
from core.run import Run
from core.synth.facts import NEW, as_ids, made_how

from ._tables import Table, whole


def refused_by(table: Table, copy: Batch, facts: Mapping[str, Any], rules_kept: float, subjects: int) -> str:
    """The lines of the standard policy that refuse it; "" where it is accepted. All metrics are measured."""
    schema = as_ids(table.source.schema, facts)
    report = evaluate(prepare(whole(table.source), whole(table.held), copy, schema, table.target).tables, Run())
    known = {
        "subjects": float(subjects), "real_values": float(_real_values(table, copy, facts)), "rules_kept": rules_kept,
        "rows_per_training_row": copy.rows / table.source.rows, "holdout_rows": float(table.held.rows),
    }
    return " ".join(check.metric for check in judge(read_policy(None), report, known) if check.state == FAILED)


def _real_values(table: Table, copy: Batch, facts: Mapping[str, Any]) -> int:
    """Cells with an id or a personal value that the real column holds."""
    made = [spec.name for spec in table.source.schema if made_how(spec, facts) in NEW]
    real = whole(table.source).select(made)
    return sum(
        int(np.isin(copy[name].objects()[copy[name].present], real[name].objects()[real[name].present]).sum())
        for name in made)
