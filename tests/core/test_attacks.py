"""The attack lab: planted leaks are named, copies that owe nothing are not blamed, and each figure has its control."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.batch import Batch
from core.errors import Cancelled, ParameterError
from core.evaluate.base import METRICS
from core.evaluate.leaks import ALARMS, by_counts, by_means, leaking
from core.evaluate.report import evaluate
from core.evaluate.shadows import shadows
from core.evaluate.tables import prepare
from core.run import Run, Signal
from core.stats.intervals import binomial_tail
from core.stats.mixed import Mixed, closest, closest_without, nearest

from .evaluation import partly_copied, real, tables

ATTACKS = dict(METRICS["privacy"].items())


def named(given, seed=0):
    figures = [m.measure(given, np.random.default_rng([seed, 1]), Run()) for m in ATTACKS.values()]
    return {key for key, is_leak in zip(ATTACKS, leaking(figures), strict=True) if is_leak}


def test_every_attack_names_a_full_copy():
    assert named(tables("training", n=800)) == set(ATTACKS)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_rows_copied_in_part_are_named(share):
    train, holdout = real(1500, 1), real(1500, 2)
    copy = partly_copied(train.batch, share, 1.0, np.random.default_rng(0))
    assert "fingerprint" in named(prepare(train.batch, holdout.batch, copy, train.schema).tables)


def test_ten_rows_of_one_customer_are_named():
    train, holdout, fresh = (real(1500, seed) for seed in (1, 2, 3))
    rows = np.r_[np.arange(10, 1500), 1500 + np.arange(10)]
    copy = Batch.concat([fresh.batch, train.batch]).take(rows)
    assert named(prepare(train.batch, holdout.batch, copy, train.schema).tables) == {"exact_copies"}


def test_copies_that_owe_nothing_to_their_rows_are_not_blamed():
    assert [named(tables("fresh", n=700, seed=10 * k), k) for k in range(6)] == [set()] * 6


def test_more_attacks_on_one_copy_raise_no_more_alarms():
    from core.evaluate.base import Figure

    rng = np.random.default_rng(0)
    alarms = [
        any(leaking([Figure(0.5, get_p=lambda p=p: p) for p in rng.random(12)])) for _ in range(2_000)
    ]
    assert np.mean(alarms) <= 1.2 * ALARMS


def test_a_figure_that_cannot_be_judged_takes_no_part():
    from core.evaluate.base import Figure

    assert leaking([Figure(0.5), Figure(0.9, get_p=lambda: 0.04)]) == [False, True]


def test_twice_as_often_is_tolerated_and_more_is_not():
    assert by_counts(200, 100, 1.0) > 0.4
    assert by_counts(300, 100, 1.0) < 0.001
    assert by_counts(600, 100, 3.0) > 0.4, "three training rows for each unseen row show three times as much by chance"
    rng = np.random.default_rng(0)
    assert by_means(rng.poisson(1.5, 3000), rng.poisson(1.0, 1000)) > 0.99
    assert by_means(rng.poisson(3.0, 3000), rng.poisson(1.0, 1000)) < 1e-6


def test_the_tail_of_a_binomial_agrees_with_scipy():
    from scipy.stats import binom

    for hits, n, share in ((3, 10, 0.2), (15, 15, 2 / 3), (0, 5, 0.5), (90, 2500, 0.03)):
        assert binomial_tail(hits, n, share) == pytest.approx(binom.sf(hits - 1, n, share), rel=1e-6)


def test_the_closest_rows_are_those_that_a_search_of_all_pairs_finds():
    rng = np.random.default_rng(0)
    rows = [Mixed(rng.random((m, 3)).astype(np.float32), rng.integers(3, size=(m, 2)).astype(np.int32))
            for m in (20, 50)]
    pairs = np.abs(rows[0].numbers[:, None] - rows[1].numbers).sum(axis=2)
    pairs = pairs + (rows[0].codes[:, None] != rows[1].codes).sum(axis=2)
    apart = closest(rows[0], rows[1], 3)[1]
    assert np.allclose(np.sort(apart * 5, axis=1), np.sort(pairs, axis=1)[:, :3], atol=1e-6)
    assert np.allclose(apart.min(axis=1), nearest(rows[0], rows[1])[0], atol=1e-7)
    for part, j, _, left in closest_without(rows[0], rows[1], 1):
        rest = np.array([k for k in range(5) if k != j])
        alone = nearest(rows[0].part(rest), rows[1].part(rest))[0][part]
        assert np.allclose(left[:, 0] / 4, alone, atol=1e-6)


def copying(rows, schema, n, run):
    """A generator that repeats the rows it was shown."""
    run.check()
    return rows.take(run.rng("copying").integers(rows.rows, size=n))


def forgetful(rows, schema, n, run):
    """A generator that owes nothing to the rows it was shown."""
    return real(n, int(run.rng("forgetful").integers(1_000_000))).batch.select(list(rows.columns))


@pytest.mark.parametrize(("make", "low", "high"), [(copying, 0.9, 1.0), (forgetful, 0.35, 0.65)])
def test_shadow_models_tell_what_their_generator_gives_away(make, low, high):
    given = tables("training" if make is copying else "fresh", n=400)
    figure = shadows(make, 8).measure(given, np.random.default_rng(0), Run())
    assert low <= figure.value <= high
    assert leaking([figure]) == [make is copying]
    assert figure.detail["shadows"] == 8


def test_shadow_models_are_fitted_for_the_copy_alone_and_stop_when_the_user_cancels():
    given, fitted = tables("fresh", n=200), []

    def make(rows, schema, n, run):
        fitted.append(rows.rows)
        return forgetful(rows, schema, n, run)

    report = evaluate(given, Run(), [shadows(make, 8)])
    assert fitted == [200] * 8
    assert report["references"]["holdout"] == {"shadows": None}
    assert report["intervals"]["shadows"][0] <= report["privacy"]["shadows"]
    with pytest.raises(Cancelled):
        shadows(make, 8).measure(given, np.random.default_rng(0), Run(get_signal=lambda: Signal.CANCEL))


def test_the_command_fits_shadow_models_of_the_family_that_is_asked_for(tmp_path):
    from core.commands._execute import execute
    from core.data.write import write_rows
    from core.tasks.evaluate import EvaluateRequest

    names = []
    for seed, name in ((1, "train.csv"), (2, "holdout.csv"), (3, "copy.csv")):
        made = real(200, seed)
        write_rows(tmp_path / name, [made.batch], made.schema)
        names.append(str(tmp_path / name))
    out = str(tmp_path / "report")
    found = execute(EvaluateRequest(train=names[0], holdout=names[1], synthetic=names[2], shadows=8, out=out))
    assert "shadow models" in (tmp_path / "report" / "quality.html").read_text("utf-8")
    assert 0.2 < found["privacy"]["shadows"] < 0.8
    assert "shadows" in {m["key"] for m in found["metrics"]}
    with pytest.raises(ParameterError):
        execute(EvaluateRequest(train=names[0], holdout=names[1], synthetic=names[2], shadows=3))


def test_one_column_cannot_be_linked_and_says_so():
    given = tables("fresh", n=100)
    one = prepare(*(b.select(["amount"]) for b in (given.train, given.holdout, given.synthetic)), given.schema).tables
    figures = {key: m.measure(one, np.random.default_rng(0), Run()) for key, m in ATTACKS.items()}
    assert np.isnan(figures["linkability"].value)
    assert leaking([figures["linkability"]]) == [False]
    assert evaluate(one, Run(), [ATTACKS["linkability"]])["privacy"]["linkability"] is None


def test_where_no_fingerprint_is_shown_nothing_is_told():
    given = tables("fresh", n=300)
    other = tables("fresh", n=300, seed=77)
    columns = {n: c.take(np.zeros(300, np.int64)) for n, c in other.synthetic.columns.items()}
    figure = ATTACKS["fingerprint"].measure(
        given.judging(Batch(columns, 300), given.holdout.take(np.arange(60))), np.random.default_rng(0), Run())
    assert abs(figure.value - 0.5) < 0.4
    assert figure.get_interval()[1] - figure.get_interval()[0] > 0.5
    assert leaking([figure]) == [False]
