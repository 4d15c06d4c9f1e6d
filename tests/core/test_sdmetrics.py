"""Beside SDMetrics, the reference people know: the same figures where it has the same metric, its verdict on a copy.

Where a metric of ours differs on purpose its file says how. Shapes, trends and the DCR share are compared in
`test_evaluate` and `test_stats`.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from core.data.batch import CODED, Batch
from core.data.conditions import Condition
from core.data.open import open_source
from core.data.schema import Kind
from core.data.sdv import to_sdv
from core.evaluate.base import METRICS
from core.evaluate.tables import prepare
from core.models.base import FAMILIES
from core.run import Run
from core.synth.draw import draw_rows
from core.synth.facts import learn_facts

from .evaluation import partly_copied, real, tables
from .tables import table


@pytest.fixture(autouse=True)
def _quiet():
    """SDMetrics warns about pandas' own changes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def figure(key, given, seed=0):
    metric = next(m for group in METRICS.values() for k, m in group.items() if k == key)
    return metric.measure(given, np.random.default_rng(seed), Run())


def frame(batch, schema):
    return pd.DataFrame({c.name: batch[c.name].objects() if c.kind in CODED else batch[c.name].floats()
                         for c in schema})


def metadata(schema):
    return {"columns": {c.name: {"sdtype": "categorical" if c.kind in CODED else "numerical"} for c in schema}}


def test_exact_copies_are_the_rows_that_are_not_new_to_sdmetrics():
    from sdmetrics.single_table import NewRowSynthesis

    rng = np.random.default_rng(0)

    def rows(n):
        return table(a=(Kind.CATEGORY, rng.choice(list("abcd"), n)), b=(Kind.INTEGER, rng.integers(0, 6, n)),
                     c=(Kind.INTEGER, np.where(rng.random(n) < 0.2, None, rng.integers(0, 9, n).astype(object))))

    train, holdout, copy = rows(150), rows(150), rows(120)
    given = prepare(train.batch, holdout.batch, copy.batch, train.schema).tables
    frames = [frame(b, given.schema) for b in (given.train, given.synthetic)]
    new = NewRowSynthesis.compute(*frames, metadata(given.schema), numerical_match_tolerance=1e-9)
    assert 0.2 < new < 0.8
    assert figure("exact_copies", given).value == pytest.approx(1 - new, abs=1e-12)


def test_sdmetrics_detection_agrees_where_a_straight_line_tells_rows_apart_and_sees_no_relations():
    from sdmetrics.single_table import LogisticDetection

    def theirs(given):
        frames = [frame(b, given.schema) for b in (given.holdout, given.synthetic)]
        score = LogisticDetection.compute(*frames, metadata(given.schema))
        return 0.5 + (1 - score) / 2  # theirs is 1 - 2 (AUC - .5)

    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 1500))
    shifted = prepare(*(table(x=(Kind.NUMBER, part + move), y=(Kind.NUMBER, rng.normal(size=1500))).batch
                        for part, move in zip(x, (0, 0, 1.0), strict=True)),
                      table(x=(Kind.NUMBER, x[0]), y=(Kind.NUMBER, x[1])).schema).tables
    assert figure("two_sample_auc", shifted).value == pytest.approx(theirs(shifted), abs=0.04)
    apart = tables("independent")
    assert theirs(apart) < 0.65
    assert figure("two_sample_auc", apart).value > 0.9


def test_disclosure_protection_ranks_copies_as_attribute_inference_does():
    from sdmetrics.single_table import DisclosureProtection

    train = real(400, 1)
    holdout = real(400, 2)
    copies = {"fresh": real(400, 3).batch, "half": partly_copied(train.batch, 0.7, 1.0, np.random.default_rng(0)),
              "training": train.batch}
    ours, theirs = {}, {}
    for name, copy in copies.items():
        given = prepare(train.batch, holdout.batch, copy, train.schema).tables
        frames = [frame(b, given.schema)[["category", "channel", "hour", "age"]].astype(str)
                  for b in (given.train, given.synthetic)]
        theirs[name] = DisclosureProtection.compute(
            *frames, known_column_names=["category", "hour", "age"], sensitive_column_names=["channel"])
        ours[name] = figure("attribute_inference", given).value
    assert ours["training"] > ours["fresh"]
    assert theirs["training"] < theirs["fresh"]
    assert ours["fresh"] < 0.05, "what the population gives away is no risk of a person"
    assert theirs["fresh"] < 0.9, "to SDMetrics it is"


def test_a_drawn_copy_is_valid_by_sdmetrics_own_diagnosis(tmp_path):
    """Keys unique, ranges and categories adhered to, the structure that SDV's metadata states."""
    from sdmetrics.reports.single_table import DiagnosticReport

    rows = real(900, 5)
    read = pd.DataFrame({c.name: rows.batch[c.name].objects() for c in rows.schema})
    read.to_csv(tmp_path / "t.csv", index=False)
    source = open_source(tmp_path / "t.csv")
    model = FAMILIES.get("generator")().fit(source, Run())
    facts = learn_facts(source, Run())
    drawn = Batch.concat(list(draw_rows(
        model, source.schema, 400, Condition(), np.random.default_rng(0), facts=facts)))
    told = [c.name for c in source.schema if drawn[c.name].present.any()]
    assert set(source.schema.names) - set(told) == {"is_fraud"}, "a label is withheld"
    frames = [pd.DataFrame({name: b[name].objects() for name in told}).convert_dtypes()
              for b in (next(source.batches(size=900)), drawn)]
    plain = to_sdv(source.schema)
    plain["columns"] = {name: plain["columns"][name] for name in told}
    report = DiagnosticReport()
    report.generate(*frames, plain, verbose=False)
    for part in ("Data Validity", "Data Structure"):
        found = report.get_details(part)
        assert (found["Score"].dropna() == 1.0).all(), found
