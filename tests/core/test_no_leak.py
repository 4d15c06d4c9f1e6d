"""No leak: labels reach no engine, no self-test and no choice; rows scored together know nothing of each other.

A user judges what was found by known labels. Figures would flatter if a label had helped to find it, and would not hold
next month if a row's score came from the rows that happened to be scored beside it.
"""

from __future__ import annotations

import csv

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.source import MemorySource
from core.detect.engine import POOL, SEATS, Council, CouncilParams
from core.detect.selftest import self_test
from core.run import Run
from core.tasks.fit import FitRequest
from core.tasks.score import ScoreRequest

from .model_tables import payments, rows_of
from .payments import write_payments

REFERENCES = ("clean", "mixed")
_FITS = {}


def turned(source):
    """The table with its labels dealt anew."""
    label = source.batch["fraud"].take(np.random.default_rng(5).permutation(source.rows))
    return MemorySource(source.batch.with_columns({"fraud": label}), source.schema)


def maker(name):
    return Council(CouncilParams(reference=name)) if name in REFERENCES else SEATS[name].family()


def fitted(name):
    if name not in _FITS:
        _FITS[name] = maker(name).fit(payments(400), Run(seed=1))
    return _FITS[name]


@pytest.mark.parametrize("name", [*SEATS, *REFERENCES])
def test_other_labels_change_no_bit_of_any_score(name):
    model, other = fitted(name), maker(name).fit(turned(payments(400)), Run(seed=1))
    assert "fraud" not in other.columns
    assert other.reference.tobytes() == model.reference.tobytes()
    asked = payments(120, seed=2)
    assert other.score(rows_of(turned(asked))).total.tobytes() == model.score(rows_of(asked)).total.tobytes()


@pytest.mark.parametrize("reference", REFERENCES)
def test_other_labels_change_neither_who_sits_in_the_council_nor_who_is_set_aside(reference):
    model, other = fitted(reference), maker(reference).fit(turned(payments(400)), Run(seed=1))
    assert [m.name for m in other.members] == [m.name for m in model.members]
    assert other.facts == model.facts


def test_other_labels_change_nothing_in_the_self_test():
    source = payments(400)
    first, second = (self_test({n: SEATS[n].family() for n in POOL}, s, Run(seed=1)) for s in (source, turned(source)))
    assert first.to_json() == second.to_json()
    assert first.auroc.tobytes() == second.auroc.tobytes()


@pytest.mark.parametrize("name", [*SEATS, *REFERENCES])
def test_a_row_scores_the_same_whatever_is_scored_beside_it(name):
    model, batch = fitted(name), rows_of(payments(150, seed=3))
    whole = model.score(batch).total
    strange = rows_of(payments(150, seed=4))
    strange = strange.with_columns({"amount": strange["amount"].take(np.zeros(150, dtype=np.int64))})
    for part in (np.array([11]), np.arange(149, -1, -1), np.repeat(np.arange(3), 40)):
        np.testing.assert_allclose(model.score(batch.take(part)).total, whole[part], rtol=1e-9)
    beside = type(batch).concat([strange, batch])
    np.testing.assert_allclose(model.score(beside).total[150:], whole, rtol=1e-9)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of payments, and the same file with its labels dealt anew."""
    folder = tmp_path_factory.mktemp("leak")
    file = write_payments(folder / "march.csv")
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    order = np.random.default_rng(3).permutation(len(rows))
    labels = [rows[i]["is_fraud"] for i in order]
    other = folder / "turned.csv"
    with other.open("w", newline="", encoding="utf-8") as opened:
        out = csv.DictWriter(opened, fieldnames=list(rows[0]))
        out.writeheader()
        out.writerows([{**row, "is_fraud": label} for row, label in zip(rows, labels, strict=True)])
    return file, other


def test_clean_rows_with_other_labels_are_split_tested_ranked_and_explained_alike(files, tmp_path):
    written = []
    for file in files:
        project, out = str(tmp_path / f"{file.stem}.likeness"), tmp_path / f"{file.stem}-scores.csv"
        quick = ("circuit.trees=1", "circuit.passes=1")
        fit = execute(FitRequest(str(file), project=project, label="is_fraud", reference="clean", settings=quick))
        assert "is_fraud" not in fit["columns"]
        score = execute(ScoreRequest(str(file), project=project, out=str(out)))
        written.append((out.read_bytes(), score["auroc"]))
    assert written[0][0] == written[1][0]
    assert written[0][1] > written[1][1], "the label judges, and here another label judges otherwise"
