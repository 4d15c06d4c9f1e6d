"""Round numbers: drawn values are as round as those of training, and what that does to a density."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.circuit.heaps import Heaps

EDGES = np.array([1e6, 3e6])


def amounts(n: int = 20_000) -> np.ndarray:
    """Whole amounts up to 5,100,000: below a million any; above, nine of ten are multiples of 500, some of 5,000.

    So many that few subjects share one.
    """
    rng = np.random.default_rng(0)
    values = rng.integers(101, 5_100_000, size=n).astype(float)
    round_ones = (values >= EDGES[0]) & (rng.random(n) < 0.9)
    values[round_ones] = np.round(values[round_ones] / 500) * 500
    on_5000 = round_ones & (rng.random(n) < 0.3)
    values[on_5000] = np.round(values[on_5000] / 5_000) * 5_000
    return values


def fit(values: np.ndarray, edges: np.ndarray, subjects: np.ndarray | None = None) -> Heaps:
    found = Heaps.of(values, 0, edges, np.arange(len(values)) if subjects is None else subjects, fewest=30)
    assert found is not None, "these values pile up"
    return found


@pytest.fixture
def heaps() -> Heaps:
    return fit(amounts(), EDGES)


def test_a_column_without_round_values_has_no_heaps() -> None:
    rng = np.random.default_rng(1)
    each = np.arange(5_000)
    assert Heaps.of(rng.permutation(50_000)[:5_000].astype(float), 0, EDGES, each, fewest=5) is None
    assert Heaps.of(rng.normal(size=5_000), None, EDGES, each, fewest=5) is None


def test_drawn_values_are_as_round_as_those_of_training_size_by_size(heaps: Heaps) -> None:
    rng = np.random.default_rng(2)
    smooth = rng.uniform(101, 5_099_999, size=40_000)
    drawn, real = heaps.place(smooth, 101, 5_099_999, rng), amounts(40_000)
    for size in range(3):
        before, there = (np.searchsorted(EDGES, v, side="right") == size for v in (smooth, real))
        for step in (500, 5_000):
            assert np.mean(drawn[before] % step == 0) == pytest.approx(np.mean(real[there] % step == 0), abs=0.02)


def test_drawn_values_stay_near_and_within_the_ends(heaps: Heaps) -> None:
    rng = np.random.default_rng(3)
    smooth = rng.uniform(101, 5_099_999, size=5_000)
    drawn = heaps.place(smooth, 101, 5_099_999, rng)
    assert drawn.min() >= 101
    assert drawn.max() <= 5_099_999
    assert np.abs(drawn - smooth).max() <= heaps.steps[-1] + 500


def test_a_flat_density_still_sums_to_one(heaps: Heaps) -> None:
    lattice = np.arange(3_501_000.0, 3_506_000.0)  # whole steps of the coarsest heap, in one bin
    assert np.exp(heaps.log_weights(lattice)).mean() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("rows", [4, 50])
def test_what_too_few_subjects_hold_is_left_out_however_many_rows_they_make(rows: int) -> None:
    values = np.concatenate([amounts(), [12_500_000.0] * rows])
    subjects = np.concatenate([np.arange(20_000), np.full(rows, 20_000)])
    found = fit(values, np.array([1e6, 3e6, 1e7]), subjects)
    assert found.shares[-1].tolist() == [1.0, *[0.0] * len(found.steps)]


def test_saved_heaps_are_the_same(heaps: Heaps) -> None:
    again = Heaps.load(heaps.state())
    values = amounts(500)
    assert np.array_equal(again.log_weights(values), heaps.log_weights(values))


def test_a_value_that_enough_hold_is_kept_and_nothing_else_is_moved_to_it() -> None:
    common = np.array([2_350_001.0] * 60 + [2_500_000.0] * 40)
    found = fit(np.concatenate([amounts(), common]), EDGES)
    assert set(common) <= set(found.held)
    rng = np.random.default_rng(4)
    near = np.repeat(common[[0, -1]], 50) + np.tile([-0.4, 0.4], 50)
    assert set(found.place(near, 101, 5_099_999, rng)) == set(common)
    aside = np.repeat(common[[0, -1]], 200) + 3.0
    assert not set(found.place(aside, 101, 5_099_999, rng)) & set(common)
