"""The mixture against independent references: scikit-learn, numerical integration, counting."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from core.data.batch import Batch, Column
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind
from core.encode.table import TableCodec
from core.errors import Cancelled
from core.models.mixture import Mixture, MixtureParams
from core.models.mixture.components import Components
from core.models.mixture.design import Design
from core.models.mixture.em import Prior, em, maximise, start
from core.models.mixture.normals import leave_one_out, log_density
from core.run import Run, Signal
from core.words import words

from .model_tables import numbers, payments, rows_of, table

PLAIN = {"transform": "standard", "shrinkage": 0.0, "ridge": 1e-6, "pseudo": 1e-12}


def blobs(n=500, d=4, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 4, (3, d))
    mixing = rng.normal(0, 1, (3, d, d))
    which = rng.integers(0, 3, n)
    return centres[which] + np.einsum("nd,nde->ne", rng.normal(size=(n, d)), mixing[which])


def as_source(x):
    return numbers(**{f"x{j}": x[:, j] for j in range(x.shape[1])})


def sklearn_twin(components, covariance):
    """Their class with our parameters."""
    twin = GaussianMixture(len(components), covariance_type={"full": "full", "diagonal": "diag"}[covariance])
    twin.weights_ = np.exp(components.log_weights)
    twin.means_ = components.means
    if covariance == "full":
        twin.covariances_ = components.covariances
        roots = [np.linalg.inv(np.linalg.cholesky(c)).T for c in components.covariances]
        twin.precisions_cholesky_ = np.stack(roots)
    else:
        twin.covariances_ = components.variances
        twin.precisions_cholesky_ = 1 / np.sqrt(components.variances)
    return twin


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_log_likelihood_agrees_with_scikit_learn(covariance):
    source = as_source(blobs())
    model = Mixture(MixtureParams(components=3, covariance=covariance, **PLAIN)).fit(source, Run())
    encoded = model.codec.encode(source.batch)
    twin = sklearn_twin(model.components, covariance)
    theirs = twin.score_samples(encoded.values) - model.codec.log_scales.sum()
    np.testing.assert_allclose(model.log_likelihood(source.batch), theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_em_from_the_same_start_reaches_scikit_learns_optimum(covariance):
    source = as_source(blobs())
    values, design, prior = plain_problem(source)
    resp = np.zeros((len(values), 3))
    resp[np.arange(len(values)), np.random.default_rng(1).integers(0, 3, len(values))] = 1.0
    block = np.arange(4) if covariance == "full" else np.zeros(0, dtype=np.int64)
    first = maximise(resp, neutral(3, 4, block, prior), design, prior, Run())
    ours, level = em(first, design, prior, Run(), passes=300, tolerance=0.0)
    inverse = np.linalg.inv(first.covariances) if covariance == "full" else 1 / first.variances
    theirs = GaussianMixture(
        3, covariance_type={"full": "full", "diagonal": "diag"}[covariance], tol=1e-12, max_iter=300, reg_covar=1e-6,
        weights_init=np.exp(first.log_weights), means_init=first.means, precisions_init=inverse,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(values)
    assert level == pytest.approx(theirs.score(values), abs=1e-6)
    np.testing.assert_allclose(ours.means, theirs.means_, atol=1e-5)
    np.testing.assert_allclose(np.exp(ours.log_weights), theirs.weights_, atol=1e-6)


def plain_problem(source):
    """Encoded values, design and a prior that says nothing."""
    codec = TableCodec.fit(source, rows_of(source), "standard", Run())
    encoded = codec.encode(source.batch)
    design = Design.of(encoded, codec)
    places = np.repeat(np.arange(len(codec.columns)), [len(c.counts) for c in codec.columns])
    seen = np.concatenate([c.counts > 0 for c in codec.columns])
    shares = np.maximum(seen, 1e-12)
    return encoded.values, design, Prior.of(design, shares, places, seen, pseudo=1e-12, shrinkage=0.0, ridge=1e-6)


def neutral(k, values, block, prior):
    zeros = np.zeros((k, len(prior.shares)))
    covariances = np.tile(np.eye(len(block)), (k, 1, 1))
    return Components(np.zeros(k), zeros, np.zeros((k, values)), np.ones((k, values)), covariances, block)


def test_em_never_loses_likelihood_with_absent_values():
    rng = np.random.default_rng(3)
    x = blobs(300)
    x[rng.random(x.shape) < 0.3] = np.nan
    _, design, prior = plain_problem(as_source(x))
    block = np.arange(4)
    resp = np.eye(2)[rng.integers(0, 2, 300)]
    step = maximise(resp, neutral(2, 4, block, prior), design, prior, Run())
    levels = []
    for _ in range(25):
        levels.append(float(step.log_density(design).mean()))
        step, _ = em(step, design, prior, Run(), passes=1, tolerance=0.0)
    assert min(np.diff(levels)) > -1e-7
    assert levels[-1] > levels[0] + 0.1


@pytest.mark.parametrize(("asked", "said"), [(0, "3 components, chosen by BIC"), (5, "5 components, as set")])
def test_a_fit_says_how_many_components_it_has_and_who_chose(asked, said):
    model = Mixture(MixtureParams(components=asked, max_components=3)).fit(as_source(blobs(600)), Run())
    assert words().text(model.learned()[0]) == said
    assert len(model.components) == model.learned()[0].values["components"]


@pytest.mark.parametrize("block", [[], [0, 1, 2, 3]])
def test_each_part_of_a_pass_can_be_cancelled_in_its_midst(block):
    """A pass over a wide table with many components takes seconds: one look at its beginning is too few."""
    _, design, prior = plain_problem(as_source(blobs(300)))
    first = neutral(6, 4, np.array(block, dtype=np.int64), prior)
    resp = np.full((300, 6), 1 / 6)
    parts = [
        lambda run: first.log_joint(design, run),
        lambda run: maximise(resp, first, design, prior, run),
        lambda run: start(6, first.block, design=design, prior=prior, rng=np.random.default_rng(0), run=run),
    ]
    for part in parts:
        looks = []
        part(Run(get_signal=lambda looks=looks: looks.append(Signal.GO) or Signal.GO))
        assert len(looks) >= (6 if not block else 1)
        answers = iter([*looks[:-1], Signal.CANCEL])
        with pytest.raises(Cancelled):
            part(Run(get_signal=lambda answers=answers: next(answers)))


def test_em_with_absent_values_finds_the_covariance_that_made_them():
    rng = np.random.default_rng(4)
    truth = np.array([[1.0, 0.8], [0.8, 1.0]])
    x = rng.multivariate_normal([0, 0], truth, 6_000)
    x[rng.random(6_000) < 0.4, 1] = np.nan
    model = Mixture(MixtureParams(components=1, covariance="full", transform="standard")).fit(as_source(x), Run())
    covariance = model.components.covariances[0]
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert correlation == pytest.approx(0.8, abs=0.02)


def test_absent_values_are_integrated_out_exactly():
    rng = np.random.default_rng(5)
    root = rng.normal(size=(3, 3))
    covariance, mean = (root @ root.T + np.eye(3))[None], rng.normal(size=(1, 3))
    y = rng.normal(size=3)
    grid = np.arange(-40, 40, 0.01)
    rows = np.column_stack([np.full_like(grid, y[0]), grid, np.full_like(grid, y[2])])
    whole = np.exp(log_density(rows, mean, covariance, np.arange(3))[:, 0]).sum() * 0.01
    part = np.exp(log_density(y[None, [0, 2]], mean, covariance, np.array([0, 2]))[0, 0])
    assert part == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize("seen", [[0, 1, 2], [0, 2], [1], []])
def test_leave_one_out_normals_are_the_textbook_conditionals(seen):
    rng = np.random.default_rng(6)
    root = rng.normal(size=(3, 3))
    covariance, mean, y = root @ root.T + np.eye(3), rng.normal(size=3), rng.normal(size=3)
    at = np.array(seen, dtype=np.int64)
    gone = np.setdiff1d(np.arange(3), at)
    means, variances = leave_one_out(y[None, at], mean[None], covariance[None], at, gone)
    for j in range(3):
        others = np.setdiff1d(at, [j])
        slope = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, j])
        assert means[0, 0, j] == pytest.approx(mean[j] + slope @ (y[others] - mean[others]))
        assert variances[0, j] == pytest.approx(covariance[j, j] - slope @ covariance[others, j])


@pytest.fixture(scope="module")
def model():
    return Mixture(MixtureParams(components=3)).fit(payments(), Run())


def test_surprise_is_the_share_of_the_row_that_the_cell_adds(model):
    """-log p(cell | rest) by brute force: the row's density over its sum or integral along that cell."""
    batch = rows_of(payments(12, seed=11))
    cells = model.cells(batch)
    for j, name in enumerate(model.columns):
        for i in (0, 5, 11):
            log_rest = np.log(mass_along(model, batch.take(np.array([i])), name))
            log_row = model.log_likelihood(batch.take(np.array([i])))[0]
            unit = model.codec.densities(model.codec.encode(batch.take(np.array([i]))).tokens)[0, j]
            expected = log_rest - log_row - unit * model.codec.log_scales[j]
            beyond = 0.03 if name == "time" else 0.002  # tails of the model outside the training range
            assert cells.surprise[i, j] == pytest.approx(expected, abs=beyond), name


def mass_along(model, row, name):
    """Integral of the row's density over all values of one cell, in the units of the data."""
    column = row[name]
    if column.categories:
        texts = [*column.categories, None, "never seen"]
        return np.exp(model.log_likelihood(varied(row, name, Column.of(column.kind, texts)))).sum()
    codec = model.codec.columns[model.columns.index(name)]
    total = np.exp(model.log_likelihood(varied(row, name, Column.of(column.kind, [None]))))[0]
    if column.kind is Kind.DATETIME:
        minute = 60_000_000
        stamps = np.arange(codec.first, codec.last, 5 * minute) + 5 * minute // 2  # moments beyond are read as within
        moments = Column(column.kind, stamps, np.zeros(len(stamps), dtype=np.uint8))
        return total + np.exp(model.log_likelihood(varied(row, name, moments))).sum() * 5 * minute
    edges = np.unique(np.concatenate([codec.curve.x, codec.curve.x[[0, -1]] + np.array([-15, 15]) * codec.scale]))
    step = np.diff(edges) / 1_000
    grid = (edges[:-1, None] + step[:, None] * (np.arange(1_000) + 0.5)).ravel()
    grid = grid[~np.isin(grid, codec.atoms)]
    dense = np.exp(model.log_likelihood(varied(row, name, Column.of(Kind.NUMBER, grid)))) @ np.repeat(step, 1_000)
    atoms = np.exp(model.log_likelihood(varied(row, name, Column.of(Kind.NUMBER, codec.atoms)))).sum()
    return total + dense + atoms


def varied(row, name, column):
    """Copies of a row with one column replaced."""
    copies = row.take(np.zeros(len(column), dtype=np.int64))
    return copies.with_columns({name: column})


def test_typical_is_the_mean_surprise_of_rows_the_model_draws(model):
    drawn = Batch.concat(list(model.draw(4_000, Condition(), np.random.default_rng(0))))
    cells = model.cells(drawn)
    gap = (cells.surprise - cells.typical).mean(axis=0)
    assert np.abs(gap).max() < 0.12


def test_expected_ranges_hold_what_they_promise(model):
    drawn = Batch.concat(list(model.draw(2_000, Condition(), np.random.default_rng(1))))
    cells = model.cells(drawn)
    for name in ("amount", "distance", "age"):
        j = model.columns.index(name)
        low, high = (np.array([getattr(row[j], end) for row in cells.expected]) for end in ("low", "high"))
        there = drawn[name].present
        x = drawn[name].values
        held = np.mean(((x >= low) & (x <= high))[there])
        assert 0.93 < held < 0.985, name  # above 0.95 where a spike is the lowest value: nothing lies below it


def test_the_reason_is_the_cell_that_was_changed(model):
    batch = rows_of(payments(200, seed=12))
    rng = np.random.default_rng(0)
    wrong = np.where(rng.random(200) < 0.5, 45.0, -25.0)
    cells = model.cells(batch.with_columns({"distance": Column.of(Kind.NUMBER, wrong)}))
    top = np.argmax(cells.surprise - cells.typical, axis=1)
    assert np.mean(top == model.columns.index("distance")) > 0.95


def test_draws_look_like_the_rows_learned_from(model):
    real = rows_of(payments())
    drawn = Batch.concat(list(model.draw(6_000, Condition(), np.random.default_rng(2))))
    for name in ("amount", "distance", "age", "time"):
        a, b = (x[name].values[x[name].present] for x in (real, drawn))
        assert ks_2samp(a, b).statistic < 0.07, name
    rank = [spearman(x) for x in (real, drawn)]
    assert abs(rank[0] - rank[1]) < 0.1


def spearman(batch):
    both = batch["amount"].present & batch["distance"].present
    ranks = [np.argsort(np.argsort(batch[n].values[both])) for n in ("amount", "distance")]
    return np.corrcoef(ranks)[0, 1]


@pytest.mark.parametrize(
    "text",
    [
        "amount > 100", "category = 'travel' and age < 40", "amount = 0", "distance is missing", "online = true",
        "time >= 2024-03-20 and time < 2024-04-01", "amount > 20 and category != 'food'",
    ],
)
def test_conditions_reweigh_rows_as_bayes_says(model, text):
    """Drawing under a condition equals drawing freely and keeping what satisfies it."""
    condition = Condition.parse(text)
    free = Batch.concat(list(model.draw(40_000, Condition(), np.random.default_rng(3))))
    kept = free.take(np.flatnonzero(condition.mask(free)))
    share = len(kept) / 40_000
    assert np.exp(model.log_prob(condition)) == pytest.approx(share, abs=4 * np.sqrt(share / 40_000) + 0.006)
    drawn = Batch.concat(list(model.draw(4_000, condition, np.random.default_rng(4))))
    for name in ("amount", "distance", "age"):
        a, b = (x[name].values[x[name].present] for x in (kept, drawn))
        assert len(a) == len(b) == 0 or ks_2samp(a, b).statistic < 0.02 + 2 / np.sqrt(len(a)), name
    for name in ("category", "online"):
        for value in set(drawn[name].objects()):
            shares = [np.mean([o == value for o in x[name].objects()]) for x in (kept, drawn)]
            assert shares[0] == pytest.approx(shares[1], abs=0.03 + 1 / np.sqrt(len(kept))), (name, value)


def test_two_bounds_on_correlated_numbers_are_drawn_exactly():
    rng = np.random.default_rng(7)
    x = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 3_000)
    fitted = Mixture(MixtureParams(components=1, covariance="full", transform="standard")).fit(as_source(x), Run())
    condition = Condition.parse("x0 > 1 and x1 < 1")
    drawn = Batch.concat(list(fitted.draw(3_000, condition, rng)))
    kept = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 400_000)
    kept = kept[(kept[:, 0] > 1) & (kept[:, 1] < 1)]
    for j, name in enumerate(("x0", "x1")):
        assert drawn[name].values.mean() == pytest.approx(kept[:, j].mean(), abs=0.04)
        assert drawn[name].values.std() == pytest.approx(kept[:, j].std(), abs=0.04)


def test_a_fixed_number_moves_the_others():
    rng = np.random.default_rng(8)
    x = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 3_000)
    fitted = Mixture(MixtureParams(components=1, covariance="full", transform="standard")).fit(as_source(x), Run())
    drawn = Batch.concat(list(fitted.draw(2_000, Condition.parse("x0 = 1.5"), rng)))
    assert set(drawn["x0"].values) == {1.5}
    assert drawn["x1"].values.mean() == pytest.approx(1.35, abs=0.06)
    assert drawn["x1"].values.std() == pytest.approx(np.sqrt(1 - 0.81), abs=0.04)


def test_filling_uses_the_other_cells():
    source = payments(1_200, seed=13)
    fitted = Mixture().fit(source, Run())
    batch = rows_of(payments(400, seed=14))
    known = batch["distance"].present
    empty = Column(Kind.NUMBER, np.zeros(400), np.ones(400, dtype=np.uint8))
    hidden = batch.with_columns({"distance": empty})
    best = fitted.impute(hidden)["distance"].values[known]
    drawn = fitted.impute(hidden, np.random.default_rng(0))["distance"].values[known]
    truth = batch["distance"].values[known]
    assert np.sqrt(np.mean((best - truth) ** 2)) < 0.3 * np.std(truth)
    assert np.std(drawn - truth) > np.std(best - truth)
    assert np.std(drawn) == pytest.approx(np.std(truth), rel=0.15)


def test_bic_finds_the_number_of_kinds():
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.normal(m, 1, (400, 2)) for m in ((0, 0), (9, 0), (0, 9))])
    fitted = Mixture(MixtureParams(transform="standard")).fit(as_source(x), Run())
    assert len(fitted.components) == 3


def test_auto_covariance_sees_correlation():
    rng = np.random.default_rng(10)
    x = rng.multivariate_normal([0, 0, 0], np.full((3, 3), 0.9) + 0.1 * np.eye(3), 2_000)
    correlated = Mixture().fit(as_source(x), Run())
    assert list(correlated.components.block) == [0, 1, 2]
    free = Mixture().fit(as_source(rng.normal(size=(2_000, 3))), Run())
    assert len(free.components.block) == 0


def test_scores_do_not_depend_on_the_unit_of_measurement():
    source = as_source(blobs(400))
    metres = numbers(**{n: c.values * 1024.0 for n, c in source.batch.columns.items()})
    first, second = (Mixture().fit(s, Run()).reference for s in (source, metres))
    np.testing.assert_allclose(first, second, rtol=1e-7)


def test_total_is_value_and_combination(model):
    readings = model.score(rows_of(payments(50, seed=15)))
    np.testing.assert_allclose(readings.value + readings.combination, readings.total)


def test_swapped_cells_show_in_the_combination_not_in_the_values():
    x = np.random.default_rng(11).multivariate_normal([0, 0], [[1, 0.95], [0.95, 1]], 2_000)
    fitted = Mixture().fit(as_source(x), Run())
    swapped = numbers(x0=[1.8, 1.8], x1=[1.8, -1.8]).batch
    readings = fitted.score(swapped)
    assert readings.value[0] == pytest.approx(readings.value[1], abs=0.6)
    assert readings.combination[1] > readings.combination[0] + 5


def test_the_further_out_the_more_surprising(model):
    far = 10.0 ** np.arange(3, 12)
    batch = rows_of(payments(9, seed=16)).take(np.zeros(9, dtype=np.int64))
    scores = model.score(batch.with_columns({"amount": Column.of(Kind.NUMBER, far)})).total
    assert (np.diff(scores) > 0).all()


def test_stop_and_keep_gives_a_usable_model():
    stopped = Mixture().fit(payments(), Run(get_signal=lambda: Signal.STOP_AND_KEEP))
    assert np.isfinite(stopped.reference).all()


def test_a_sample_is_enough_and_all_rows_are_scored():
    fitted = Mixture(MixtureParams(sample=200, components=2)).fit(payments(), Run())
    assert fitted.fitted_rows == 200
    assert len(fitted.reference) == 600


def test_hours_of_the_day_are_learned():
    rng = np.random.default_rng(12)
    seconds = rng.integers(0, 90, 1_500) * 86_400 + rng.integers(9, 18, 1_500) * 3_600 + rng.integers(0, 3_600, 1_500)
    stamps = np.datetime64("2024-01-01", "us") + seconds.astype("timedelta64[s]")
    source = table([ColumnSpec("time", Kind.DATETIME)], {"time": Column.of(Kind.DATETIME, list(stamps))})
    fitted = Mixture().fit(source, Run())
    day, night = (Column.of(Kind.DATETIME, [f"2024-02-10T{h}:30:00"]) for h in ("11", "03"))
    cells = fitted.cells(Batch.concat([Batch({"time": c}, 1) for c in (day, night)]))
    assert cells.surprise[1, 0] > cells.surprise[0, 0] + 4
    assert all("09:00" <= hour <= "17:00" for hour, _ in cells.expected[1][0].values)


def test_a_gap_where_there_never_was_one_says_nothing_about_the_rest(model):
    """Its density is that of the row without the column, times the same small share for every row."""
    batch = rows_of(payments(30, seed=17))
    texts = batch["online"].categories
    answers = [Column.of(Kind.BOOLEAN, [v] * 30, texts) for v in (*texts, None)]
    *seen, gap = (model.log_likelihood(batch.with_columns({"online": a})) for a in answers)
    assert np.std(gap - np.logaddexp(*seen)) < 1e-9


def test_context_is_what_hiding_a_cell_takes_from_the_surprise(model):
    """Brute force: integrate the other cell out by summing over its values, or leave it out of the normal."""
    batch = rows_of(payments(8, seed=18))
    name, other = "amount", "category"
    main = np.full(8, model.columns.index(name))
    j = model.columns.index(other)
    gained = model.context(batch, main)
    texts = (*batch[other].categories, None, "never seen")
    for i in range(8):
        row = batch.take(np.array([i]))
        copies = [varied(row, other, Column.of(Kind.CATEGORY, [t])) for t in texts]
        without_both = np.log(sum(mass_along(model, copy, name) for copy in copies))
        without_other = np.logaddexp.reduce([model.log_likelihood(copy)[0] for copy in copies])
        unit = model.codec.densities(model.codec.encode(row).tokens)[0, main[i]] * model.codec.log_scales[main[i]]
        alone = without_both - without_other - unit
        assert gained[i, j] == pytest.approx(model.cells(row).surprise[0, main[i]] - alone, abs=3e-3)
    assert (gained[np.arange(8), main] == 0).all()


def test_context_within_a_full_covariance_leaves_the_value_out_of_the_normal():
    x = blobs(400)
    whole = Mixture(MixtureParams(components=2, covariance="full", **PLAIN)).fit(as_source(x), Run())
    c = whole.components
    rows = as_source(x[:20]).batch
    z = whole.codec.encode(rows).values
    gained = whole.context(rows, np.full(20, 1))
    for j in (0, 2, 3):
        rest = np.setdiff1d(np.arange(4), [j])
        also = np.setdiff1d(rest, [1])
        level = [
            np.logaddexp.reduce(log_density(z[:, s], c.means, c.covariances, s) + c.log_weights, axis=1)
            for s in (np.setdiff1d(np.arange(4), [1]), np.arange(4), also, rest)
        ]
        np.testing.assert_allclose(gained[:, j], (level[0] - level[1]) - (level[2] - level[3]), atol=1e-8)
