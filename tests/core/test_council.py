"""The council: which engines rank, what their sum means, and what the self-test says of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data.batch import CODED, Batch, Column
from core.data.schema import ColumnSpec, Kind
from core.detect.council import CouncilFitted
from core.detect.engine import MIXED, POOL, SEATS, SMALL, WITH_CATEGORIES, Council, CouncilParams
from core.detect.kinds import KINDS, inject
from core.detect.selftest import self_test
from core.errors import Cancelled
from core.models.base import State
from core.models.neighbours import Neighbours
from core.run import Run, Signal
from core.stats.ranking import auroc
from core.words import words

from .model_tables import payments, rows_of, table
from .test_engines import clump
from .test_neighbours import as_source


def council(source, reference, run=None, **settings):
    return Council(CouncilParams(reference=reference, **settings)).fit(source, run or Run())


@pytest.fixture(scope="module")
def clean():
    return council(payments(900), "clean")


def test_mixed_rows_do_not_hide_each_other():
    x, odd = clump(share=0.03)
    source = as_source(x)
    found = council(source, "mixed")
    assert [m.name for m in found.members] == list(MIXED)
    assert auroc(odd, Neighbours().fit(source, Run()).reference) < 0.5
    assert auroc(odd, found.reference) > 0.95
    assert found.facts["aside"] == int(0.15 * len(x))


def test_where_there_are_categories_engines_that_know_them_join():
    found = council(payments(300), "mixed")
    assert [m.name for m in found.members] == [*MIXED, *WITH_CATEGORIES]


def test_the_sum_says_how_rare_each_engine_finds_a_row():
    source = payments(500)
    found = council(source, "mixed")
    batch = rows_of(payments(40, seed=3))
    alone = [m.tail.surprise(m.fitted.score(batch).total) for m in found.members]
    np.testing.assert_allclose(found.score(batch).total, np.sum(alone, axis=0))
    assert np.median(found.reference) < 2 * len(found.members), "most rows are rare to nobody"
    assert found.reference.max() > 12


def test_rows_beyond_the_sample_that_judges_are_scored_too():
    source = payments(700)
    found = council(source, "mixed", judged=200)
    assert found.facts == {"reference": "mixed", "judged": 200, "aside": 30}
    assert found.reference.shape == (700,)
    apart = np.abs(found.reference - found.score(rows_of(source)).total)
    assert np.median(apart) < 0.5


def test_clean_rows_are_ranked_by_the_best_of_a_self_test(clean):
    told = clean.facts["self_test"]
    assert told["kinds"] == list(KINDS)
    assert told["members"] == list(POOL)
    assert len(clean.members) == 4
    deciding = [KINDS.index(k) for k in ("global", "local", "dependency", "cluster", "cell")]
    means = dict(zip(told["members"], np.array(told["auroc"])[:, deciding].mean(axis=1), strict=True))
    chosen = {m.name for m in clean.members}
    assert min(means[n] for n in chosen) >= max(v for n, v in means.items() if n not in chosen)
    assert all("{" not in words().text(said) for said in clean.learned())


def test_few_clean_rows_are_not_tested():
    found = council(payments(60), "clean")
    assert tuple(m.name for m in found.members) == SMALL
    assert "self_test" not in found.facts


def test_few_clean_rows_suffice_to_find_what_breaks_how_columns_go_together():
    rng = np.random.default_rng(5)
    shared = rng.normal(size=(260, 1)) * 3
    x = shared + 0.5 * rng.normal(size=(260, 8))
    odd = np.arange(200) >= 190
    asked = x[60:].copy()
    asked[odd, 3] -= 3 * np.sign(asked[odd, 3])
    found = council(as_source(x[:60]), "clean").score(as_source(asked).batch).total
    assert auroc(odd, found) > 0.975


def test_a_row_scores_the_same_alone_and_among_others(clean):
    batch = rows_of(payments(120, seed=2))
    whole = clean.score(batch).total
    np.testing.assert_allclose(clean.score(batch.take(np.array([7]))).total, whole[[7]], rtol=1e-9)


def test_a_saved_council_answers_as_before(clean):
    state = clean.state()
    back = CouncilFitted.load(State(state.version, json.loads(json.dumps(state.json)), dict(state.arrays)))
    batch = rows_of(payments(50, seed=4))
    assert back.score(batch).total.tobytes() == clean.score(batch).total.tobytes()
    assert back.learned() == clean.learned()


def test_progress_of_all_members_never_falls_and_cancelling_stops_them():
    seen = []
    council(payments(300), "clean", Run(on_progress=lambda f, _: seen.append(f)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    asked = iter([Signal.GO] * 60)
    with pytest.raises(Cancelled):
        council(payments(300), "clean", Run(get_signal=lambda: next(asked, Signal.CANCEL)))


@pytest.mark.parametrize("kind", KINDS)
def test_made_rows_are_of_the_columns_and_unlike_the_real_ones(kind):
    source = payments(400)
    base = source.take(np.arange(400), source.schema.modelled)
    made = inject(kind, base, 30, np.random.default_rng(0))
    assert len(made) == 30
    for name, column in base.columns.items():
        assert made[name].kind is column.kind
        assert made[name].values.dtype == column.values.dtype
        if column.kind in CODED:
            assert set(made[name].objects()) - {None} <= set(column.categories)
    real = {tuple(row) for row in zip(*(c.objects() for c in base.columns.values()), strict=True)}
    assert sum(tuple(row) in real for row in zip(*(c.objects() for c in made.columns.values()), strict=True)) < 15


def test_tables_of_categories_alone_are_tested_too():
    rng = np.random.default_rng(1)
    a = rng.integers(0, 4, 300)
    columns = {"a": Column.of(Kind.CATEGORY, [f"a{i}" for i in a]), "b": Column.of(Kind.CATEGORY, [f"b{i}" for i in a])}
    source = table([ColumnSpec(n, Kind.CATEGORY) for n in columns], columns)
    test = self_test({n: SEATS[n].family() for n in ("neighbours-5", "histogram")}, source, Run())
    broken = KINDS.index("dependency")
    assert test.auroc[0, broken] > test.auroc[1, broken], "single columns know nothing of what belongs together"
    assert np.isfinite(test.auroc).all()


def test_a_burst_of_ordinary_rows_is_not_claimed_to_be_found(clean):
    told = clean.facts["self_test"]
    found = dict(zip(told["members"], np.array(told["found"])[:, KINDS.index("collective")], strict=True))
    assert found["neighbours-1"] == 0.0


def test_a_column_the_batch_lacks_is_left_out(clean):
    batch = rows_of(payments(30, seed=6))
    without = Batch({k: v for k, v in batch.columns.items() if k != "amount"}, 30)
    assert np.isfinite(clean.score(without).total).all()
