"""Scores: in the order of the file, the training rows without themselves, and a label that only judges."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from core.data.batch import Column
from core.data.schema import Kind, Role
from core.data.split import split
from core.detect.labels import read_labels
from core.detect.scores import RunScores, histogram, rank_rows, score_source
from core.errors import Cancelled
from core.models.base import Readings
from core.run import Run, Signal
from core.words import words

from .tables import table


@dataclass
class Amount:
    """Scores a row by its amount."""

    family: str = "amount"
    unit: str = "distance"
    columns: tuple[str, ...] = ("amount",)

    def score(self, batch) -> Readings:
        assert set(batch.columns) <= {"amount"}
        return Readings(batch["amount"].values.astype(np.float64))


@dataclass
class Fit:
    """A bundle of a fit on a source."""

    source: Any
    reference: str = "clean"
    ranks: Amount = field(default_factory=Amount)

    def __post_init__(self):
        made = split(self.source, 0)
        amount = self.source.batch["amount"].values
        self.record = {"source": self.source.fingerprint, "reference": self.reference, "split": made.to_json()}
        self.calibration = np.sort(amount[made.calibration])
        self.train_index, self.train_scores = made.train, amount[made.train] + 1000.0
        self.parts = made


def people(n: int = 400):
    amount = np.random.default_rng(0).permutation(n).astype(float)
    return table(amount=(Kind.NUMBER, amount), is_fraud=(Kind.BOOLEAN, amount > n - 5, Role.LABEL))


def test_training_rows_get_their_self_excluded_score_and_are_marked():
    source = people()
    fit = Fit(source)
    scored = score_source(fit, source)
    is_train = np.isin(np.arange(source.rows), fit.train_index)
    assert np.array_equal(scored.in_sample.astype(bool), is_train)
    assert np.array_equal(scored.score[is_train], fit.train_scores)
    assert np.array_equal(scored.score[~is_train], source.batch["amount"].values[~is_train])


def test_without_a_column_there_are_scores_but_no_p_values():
    source = people()
    fit = Fit(source, ranks=Amount(columns=("amount", "gone")))
    other = people(300)
    scored = score_source(fit, other)
    assert np.array_equal(scored.score, other.batch["amount"].values)
    assert not scored.has_p_values, "the calibration rows had the column"


def test_the_same_rows_in_another_file_are_not_taken_for_training_rows():
    fit = Fit(people())
    other = people(401)
    scored = score_source(fit, other)
    assert not scored.in_sample.any()
    assert np.array_equal(scored.score, other.batch["amount"].values)


def test_calibration_rows_are_compared_with_the_other_calibration_rows():
    source = people()
    fit = Fit(source)
    own = fit.parts.calibration
    p = score_source(fit, source).p_value[own]
    m = len(own)
    assert np.allclose(np.sort(p), np.arange(1, m + 1) / m)  # distinct scores: exactly the ranks among themselves


def test_a_mixed_reference_gives_no_p_values():
    source = people()
    scored = score_source(Fit(source, reference="mixed"), source)
    assert np.isnan(scored.p_value).all()
    assert not scored.has_p_values


def test_scores_survive_the_project_byte_by_byte():
    source = people()
    scored = score_source(Fit(source), source)
    back = RunScores.from_blobs(scored.blobs())
    for name in ("score", "p_value", "rank", "in_sample"):
        assert np.array_equal(getattr(back, name), getattr(scored, name), equal_nan=name == "p_value")


def test_rank_one_is_the_most_anomalous_and_ties_keep_the_order_of_the_file():
    assert list(rank_rows(np.array([1.0, 9.0, 9.0, np.nan, 3.0]))) == [4, 1, 2, 5, 3]


def test_scoring_stops_at_once_when_cancelled_and_reports_rising_progress():
    source = people()
    with pytest.raises(Cancelled):
        score_source(Fit(source), source, Run(get_signal=lambda: Signal.CANCEL))
    seen = []
    score_source(Fit(source), source, Run(on_progress=lambda f, _: seen.append(f)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_an_empty_table_has_no_scores_and_breaks_nothing():
    source = people().subset(np.zeros(0, dtype=np.int64))
    scored = score_source(Fit(people()), source)
    assert len(scored.score) == 0
    assert scored.typical == 0.0
    assert histogram(scored.score)["counts"] == [0]


@pytest.mark.parametrize("scores", [
    np.random.default_rng(0).normal(size=5000), np.r_[np.random.default_rng(0).normal(size=5000), 1e6, 2e6],
    np.full(7, 3.0), np.array([1.0]), np.array([np.nan, np.inf, 1.0, 2.0]), np.arange(30.0),
])
def test_the_histogram_counts_every_row_once_and_is_json(scores):
    found = json.loads(json.dumps(histogram(scores)))
    assert sum(found["counts"]) == np.isfinite(scores).sum()
    assert len(found["edges"]) == len(found["counts"]) + 1
    assert np.all(np.diff(found["edges"]) > 0)


def test_two_extreme_rows_do_not_squeeze_all_others_into_one_bar():
    scores = np.r_[np.random.default_rng(0).normal(size=5000), 1e6, 2e6]
    found = histogram(scores)
    assert found["open"]
    assert max(found["counts"]) < 1000
    assert found["counts"][-1] >= 2


@pytest.mark.parametrize(("values", "anomalous", "rule"), [
    ([0, 1, 0, 0], "1", "word"), (["normal", "attack", "normal"], "attack", "word"),
    (["ok", "red", "blue", "ok"], "blue, red", "others"), (["a", "b", "a"], "b", "rare"),
    ([True, False, False], "true", "word"), ([1.0, 0.0, 0.0], "1", "word"), ([-1, 1, 1, 1], "-1", "rare"),
    (["yes", "no", None], "yes", "word"),
])
def test_the_label_value_that_means_anomaly_is_found_and_said(values, anomalous, rule):
    kind = Kind.CATEGORY
    if isinstance(values[0], bool):
        kind = Kind.BOOLEAN
    elif isinstance(values[0], int | float):
        kind = Kind.INTEGER if isinstance(values[0], int) else Kind.NUMBER
    found = read_labels(Column.of(kind, values))
    assert found.value == anomalous
    assert found.reason.key == f"detect.label.{rule}"
    assert anomalous in words().text(found.reason)
    assert found.anomalous.sum() == sum(str(v).lower().removesuffix(".0") in anomalous.split(", ") for v in values)


@pytest.mark.parametrize("values", [["a", "a"], ["a", "b", "c"], [None, None]])
def test_a_label_that_cannot_be_read_is_not_guessed(values):
    assert read_labels(Column.of(Kind.CATEGORY, values)) is None
