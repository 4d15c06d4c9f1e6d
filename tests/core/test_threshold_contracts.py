"""Contracts beyond a budget, in simulations: each promise is kept where its assumption holds, and refused where not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.detect.calibrate import Basis, conformal_p_values, drift
from core.detect.threshold import Contract, apply
from core.errors import RefusedError
from core.stats.tails import Pareto, fit_pareto

NORMAL = ("fdr:0.1", "tail:0.01", "cost:1,10")
"""Contracts that need rows known to be normal."""
DRAWS = {
    "normal": lambda rng, n: rng.normal(size=n), "exponential": lambda rng, n: rng.exponential(size=n),
    "lognormal": lambda rng, n: rng.lognormal(size=n), "student": lambda rng, n: rng.standard_t(4, size=n),
    "bounded": lambda rng, n: rng.beta(2, 3, n),
}


def basis_of(calibration, scores=None):
    """What scoring records: the tail, and whether the batch drifted."""
    shift = drift(calibration, scores) if scores is not None else 0.0
    return Basis(len(calibration), Pareto.of(calibration), "drift" if shift else "", shift)


def applied(text, calibration, scores):
    """A contract on a batch, as scoring applies it."""
    basis = basis_of(calibration, scores)
    p = None if basis.lack else conformal_p_values(calibration, scores)
    return apply(Contract.parse(text), scores, p, basis)


# the tail


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.2, 0.8])
def test_the_fitted_tail_is_as_good_as_maximum_likelihood(shape):
    from scipy.stats import genpareto

    ours, theirs = [], []
    for seed in range(30):
        x = genpareto.rvs(shape, scale=2.0, size=400, random_state=seed)
        ours.append(fit_pareto(x))
        found, _, scale = genpareto.fit(x, floc=0)
        theirs.append((found, scale))
    assert np.abs(np.mean(ours, axis=0) - np.mean(theirs, axis=0)).max() < 0.06
    spread = [np.sqrt(np.mean((np.array(f) - (shape, 2.0)) ** 2, axis=0)) for f in (ours, theirs)]
    assert np.all(spread[0] < 1.15 * spread[1])


def test_the_tail_falls_from_its_start_and_agrees_with_scipy():
    from scipy.stats import genpareto

    tail = Pareto.of(np.sort(np.random.default_rng(0).lognormal(size=1000)))
    at = tail.start + np.linspace(0, 30, 200)
    p = tail.probability(at)
    assert p[0] == pytest.approx(0.1, abs=0.002)
    assert np.all(np.diff(p) < 0)
    assert np.allclose(p, tail.share * genpareto.sf(at - tail.start, tail.shape, scale=tail.scale))
    ends = Pareto(0.0, 0.1, -0.5, 1.0)
    assert list(ends.probability(np.array([-1.0, 5.0, np.inf]))) == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize(("rows", "p"), [(1000, 0.01), (1000, 0.002), (5000, 0.001), (400, 0.2)])
def test_the_false_alarm_rate_of_a_tail_is_near_what_was_promised(name, rows, p):
    rng, alarms, seen = np.random.default_rng(7), 0, 0
    for _ in range(60):
        both = DRAWS[name](rng, rows + 20_000)
        calibration, scores = np.sort(both[:rows]), both[rows:]
        basis = basis_of(calibration)
        flagged = apply(Contract.parse(f"tail:{p}"), scores, conformal_p_values(calibration, scores), basis).flagged
        alarms, seen = alarms + np.count_nonzero(flagged), seen + len(scores)
    assert p / 1.5 < alarms / seen < p * 1.5


def test_odds_longer_than_the_calibration_rows_tell_are_refused_with_those_that_hold():
    rng = np.random.default_rng(1)
    calibration, scores = np.sort(rng.normal(size=500)), rng.normal(size=300)
    with pytest.raises(RefusedError) as caught:
        applied("tail:0.001", calibration, scores)
    what, why, fix = caught.value.lines()
    assert "500 calibration rows" in why
    assert "2,000 calibration rows are needed" in fix
    offered = str(caught.value.values["offer"])
    assert offered in fix
    assert applied(offered, calibration, scores).count <= 5
    assert "tail:0.001" in what


@pytest.mark.parametrize("calibration", [np.arange(150.0), np.repeat([1.0, 2.0, 3.0], 50)])
def test_where_few_or_equal_scores_leave_no_tail_rows_are_counted(calibration):
    assert Pareto.of(calibration) is None
    scores = np.append(calibration, 1000.0)
    flagged = applied("tail:0.02", calibration, scores).flagged
    assert flagged[-1]
    assert np.mean(flagged[:-1]) <= 0.02


# the false-discovery rate, beside ties and heavy tails


@pytest.mark.parametrize("level", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("name", ["lognormal", "student"])
def test_the_false_discovery_rate_is_kept_whatever_scores_look_like(level, name):
    rng, rates, found = np.random.default_rng(3), [], []
    for _ in range(200):
        both = DRAWS[name](rng, 1400)
        is_anomaly = np.arange(400) < 40
        scores = np.where(is_anomaly, both[1000:] + 40, both[1000:])
        flagged = applied(f"fdr:{level}", np.sort(both[:1000]), scores).flagged
        rates.append(np.sum(flagged & ~is_anomaly) / max(flagged.sum(), 1))
        found.append(np.mean(flagged[is_anomaly]))
    assert np.mean(rates) <= level + 0.02
    assert np.mean(found) > 0.9


# cost


@pytest.mark.parametrize("miss", [1, 10, 50])
def test_cost_stays_near_the_cheapest_cut_and_far_below_flagging_none_or_all(miss):
    rng, paid, least = np.random.default_rng(5), 0.0, 0.0
    rows, is_anomaly = 5000, np.arange(5000) < 250
    for _ in range(40):
        calibration, scores = np.sort(rng.normal(size=2000)), rng.normal(size=rows) + 4 * is_anomaly
        flagged = applied(f"cost:1,{miss}", calibration, scores).flagged
        paid += np.sum(flagged & ~is_anomaly) + miss * np.sum(is_anomaly & ~flagged)
        hit = is_anomaly[np.argsort(-scores)]
        least += np.min(np.cumsum(~hit) + miss * (250 - np.cumsum(hit)))
    assert paid < {1: 1.3, 10: 1.8, 50: 2.6}[miss] * least
    assert paid < 40 * min(250 * miss, 4750) / 3


def test_dear_misses_flag_more_and_dear_looks_fewer():
    rng = np.random.default_rng(6)
    calibration, scores = np.sort(rng.normal(size=2000)), rng.normal(size=4000) + 3 * (np.arange(4000) < 200)
    counts = [applied(f"cost:{cost}", calibration, scores).count for cost in ("20,1", "1,1", "1,10", "1,100")]
    assert counts == sorted(counts)
    assert counts[0] < 150 < 300 < counts[-1]


def test_a_table_of_ordinary_rows_costs_little():
    rng, flagged = np.random.default_rng(8), 0
    for _ in range(50):
        calibration, scores = np.sort(rng.normal(size=1000)), rng.normal(size=1000)
        flagged += applied("cost:1,10", calibration, scores).count
    assert flagged < 0.04 * 50 * 1000


# refusals


@pytest.mark.parametrize("text", NORMAL)
@pytest.mark.parametrize(("lack", "says"), [
    ("mixed", "--reference clean"), ("columns", "columns"), ("drift", "recent"),
])
def test_each_is_refused_where_nothing_stands_for_normal_rows_and_the_budget_holds(text, lack, says):
    scores = np.arange(400.0)
    with pytest.raises(RefusedError) as caught:
        apply(Contract.parse(text), scores, np.full(400, np.nan), Basis(lack=lack))
    what, why, fix = caught.value.lines()
    assert text in what
    assert "normal" in why
    assert says in fix
    held = apply(Contract.parse(str(caught.value.values["offer"])), scores, None, Basis(lack=lack))
    assert held.count == 100
    assert held.expected_ordinary is None


@pytest.mark.parametrize("anomalies", [0.0, 0.1, 0.4])
def test_no_contract_is_refused_in_200_clean_simulations(anomalies):
    """Batches and calibrations of all sizes, with and without ties; anomalies are no drift."""
    rng, names = np.random.default_rng(9), list(DRAWS)
    for i in range(200):
        rows, n = int(rng.choice([200, 500, 2000])), int(rng.choice([1, 30, 300, 5000]))
        both = DRAWS[names[i % len(names)]](rng, rows + n)
        both = np.round(both, 2) if i % 3 == 0 else both
        calibration, scores = np.sort(both[:rows]), both[rows:]
        scores = np.where(rng.random(n) < anomalies, scores + 30, scores)
        for text in ("budget:10", *NORMAL):
            applied(text, calibration, scores)


@pytest.mark.parametrize("drifted", [
    lambda s: s + 0.6, lambda s: 1.6 * s, lambda s: s + 5.0, lambda s: s - 0.6, np.abs,
], ids=["higher", "wider", "far", "lower", "folded"])
def test_a_drifted_batch_is_noticed(drifted):
    rng = np.random.default_rng(10)
    for _ in range(20):
        calibration, scores = np.sort(rng.normal(size=2000)), drifted(rng.normal(size=5000))
        for text in NORMAL:
            with pytest.raises(RefusedError, match="as a whole score differently"):
                applied(text, calibration, scores)


def test_what_contracts_rest_on_survives_a_project():
    rng = np.random.default_rng(11)
    for basis in (basis_of(np.sort(rng.normal(size=400))), Basis(lack="mixed"), Basis(50, None, "drift", 0.1)):
        assert Basis.from_json(json.loads(json.dumps(basis.to_json()))) == basis
    assert Basis.from_json(None).rows == 0


@pytest.mark.parametrize("kind", Contract.kinds(), ids=lambda k: k.key)
def test_each_contract_is_made_from_whole_numbers_and_read_back(kind):
    """A form asks for whole numbers; what it makes is written, read and shown again as the same."""
    made = kind.typed([f.start for f in kind.fields])
    assert made.amounts() == tuple(f.start for f in kind.fields)
    assert Contract.parse(str(made)).amounts() == made.amounts()
    assert kind.form.startswith(f"{kind.key}:")
