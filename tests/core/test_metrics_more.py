"""Coverage, information and membership: what each catches that the other metrics miss."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluate.fidelity.coverage import METRIC as COVERAGE
from core.evaluate.fidelity.information import METRIC as INFORMATION
from core.evaluate.fidelity.shapes import METRIC as SHAPES
from core.evaluate.privacy.membership import METRIC as MEMBERSHIP
from core.evaluate.report import evaluate
from core.evaluate.tables import prepare
from core.run import Run
from core.stats.information import shared_information
from core.stats.mixed import Mixed, nearest
from core.words import Message, words

from .evaluation import partly_copied, real, tables


def measured(metric, given, seed=0):
    return metric.measure(given, np.random.default_rng(seed), Run())


def test_information_agrees_with_scikit_learn():
    from sklearn.metrics import normalized_mutual_info_score

    rng = np.random.default_rng(0)
    for size in (1, 2, 7, 40):
        a = rng.integers(size, size=500)
        b = np.where(rng.random(500) < 0.5, a, rng.integers(3, size=500))
        assert shared_information(a, b) == pytest.approx(normalized_mutual_info_score(a, b), abs=1e-12)


def test_information_sees_lost_relations():
    faithful, torn = (measured(INFORMATION, tables(copy)).value for copy in ("fresh", "independent"))
    assert faithful < 0.02
    assert torn > 5 * faithful


def test_a_kind_of_row_that_is_lost_shows_in_coverage():
    train, holdout, fresh = real(1500, 1), real(1500, 2), real(3000, 3)
    kept = fresh.batch["category"].objects() != "travel"
    whole = prepare(train.batch, holdout.batch, fresh.batch, train.schema).tables
    lost = prepare(train.batch, holdout.batch, fresh.batch.take(np.flatnonzero(kept)), train.schema).tables
    share = float(np.mean(holdout.batch["category"].objects() == "travel"))
    assert measured(COVERAGE, whole).value == pytest.approx(0.97, abs=0.02)
    assert measured(COVERAGE, lost).value < 0.98 - 0.7 * share


def test_the_place_of_a_neighbour_counts_from_the_nearest():
    x = np.array([[0.0], [0.1], [0.3], [0.7]], dtype=np.float32)
    rows = Mixed(x, np.zeros((4, 0), dtype=np.int32))
    for place in range(4):
        wanted = np.sort(np.abs(x - x.T), axis=1)[:, place]
        assert nearest(rows, rows, place=place)[0] == pytest.approx(wanted, abs=1e-6)


def test_an_attacker_learns_nothing_from_fresh_rows():
    values = [measured(MEMBERSHIP, tables("fresh", seed=10 * s), s).value for s in range(5)]
    assert np.mean(values) == pytest.approx(0.5, abs=0.02)


def test_an_attacker_knows_the_training_rows_from_a_full_copy():
    assert measured(MEMBERSHIP, tables("training")).value > 0.95


def test_rows_of_which_half_the_cells_were_copied_give_their_owners_away():
    given = [(0.5, 1.0, s) for s in range(3)]
    values = []
    for cells, rows, seed in given:
        train, holdout = real(1500, 100 + seed), real(1500, 200 + seed)
        copy = partly_copied(train.batch, cells, rows, np.random.default_rng(seed))
        values.append(measured(MEMBERSHIP, prepare(train.batch, holdout.batch, copy, train.schema).tables, seed).value)
    assert np.mean(values) > 0.52


def test_a_leak_is_told_and_a_fresh_copy_raises_no_alarm():
    metrics = [MEMBERSHIP, COVERAGE, INFORMATION, SHAPES]
    found = evaluate(tables("training"), Run(), metrics)
    said = " ".join(words().text(Message.from_json(n)) for n in found["notes"])
    assert "tells training rows from unseen ones" in said
    assert evaluate(tables("fresh", seed=7), Run(), metrics)["notes"] == []


def test_tiny_tables_are_measured_or_left_out_but_never_fail():
    train, holdout, fresh = (real(n, s) for n, s in ((40, 1), (12, 2), (10, 3)))
    given = prepare(train.batch, holdout.batch, fresh.batch, train.schema).tables
    for metric in (MEMBERSHIP, COVERAGE, INFORMATION):
        assert not measured(metric, given).value > 1
