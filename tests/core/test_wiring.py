"""What a generator's cells follow, and that common values and a bound over a chain of amounts come through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.data.batch import Batch, Column
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind
from core.encode.column import Grain
from core.encode.table import TableCodec
from core.models.circuit.plan import wire
from core.models.generator import Generator, GeneratorParams
from core.run import Run

from .model_tables import numbers, table


def bills(n: int = 3_000) -> dict[str, np.ndarray]:
    """A card's limit and twelve bills below it, each near the one before."""
    rng = np.random.default_rng(0)
    limit = rng.integers(1, 40, n) * 1_000.0
    columns = {"limit": limit, "months": rng.integers(0, 6, n).astype(float)}
    last = limit * rng.uniform(0.1, 1, n)
    for month in range(12):
        last = np.minimum(limit, last * rng.lognormal(0, 0.1, n))
        columns[f"bill {month}"] = np.round(last, 2)
    return columns


def test_amounts_always_follow_the_bound_they_share_and_never_a_number_of_few_values():
    source = numbers(**bills())
    grain = replace(Grain(few=128, repeats=2.0), subjects=5)
    everyone = np.arange(source.rows)
    codec = TableCodec.fit(source, source.batch, "normal", Run(), grain)
    wiring = wire(codec, codec.encode(source.batch), everyone, 5)
    names = [{codec.names[f // 2] for f in found} for found in wiring.regressors]
    assert len(names) == 12
    assert all("limit" in found for found in names)
    assert not any("months" in found for found in names)


@pytest.fixture(scope="module")
def paid() -> np.ndarray:
    rng = np.random.default_rng(1)
    common = np.repeat([390.0, 7_000.0], 40)  # less than the hundredth of the cells that makes a token
    return np.concatenate([np.round(rng.lognormal(7, 1.2, 5_920)), common])


def test_a_common_value_is_drawn_as_often_as_it_was(paid):
    source = table([ColumnSpec("paid", Kind.INTEGER)], {"paid": Column.of(Kind.INTEGER, list(paid.astype(int)))})
    model = Generator(GeneratorParams(trees=1, states=4, passes=1)).fit(source, Run())
    made = Batch.concat(list(model.draw(20_000, Condition(), np.random.default_rng(0))))["paid"].values
    for value in (390.0, 7_000.0):
        assert np.mean(made == value) == pytest.approx(np.mean(paid == value), rel=0.15)
    assert np.quantile(made, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(paid, [0.1, 0.5, 0.9]), rel=0.03)
    again = Generator.load(model.state())
    few, same = (list(m.draw(2_000, Condition(), np.random.default_rng(1))) for m in (model, again))
    assert np.array_equal(few[0]["paid"].values, same[0]["paid"].values)
