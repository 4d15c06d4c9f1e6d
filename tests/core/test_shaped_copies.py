"""Copies with a share of anomalies, and copies chosen to agree with the real pairs of columns."""

from __future__ import annotations

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.batch import Batch
from core.data.schema import Kind
from core.errors import FitError, LikenessError, ParameterError
from core.run import Run
from core.synth.anomalies import Anomalies
from core.synth.draw import draw_rows
from core.synth.refine import OVER, Refinement
from core.tasks.fit import FitRequest
from core.tasks.score import ScoreRequest
from core.tasks.synth import SynthRequest

from .payments import write_payments
from .tables import table


def pairs(n: int, seed: int, agree: float = 0.9):
    """Two categories of which the second repeats the first in a share of the rows, and a number that follows it."""
    rng = np.random.default_rng(seed)
    first = rng.integers(5, size=n)
    second = np.where(rng.random(n) < agree, first, rng.integers(5, size=n))
    letters = np.array(list("abcde"))
    return table(first=(Kind.CATEGORY, letters[first]), second=(Kind.CATEGORY, letters[second]),
                 size=(Kind.NUMBER, first + rng.normal(0, 1, n)))


def refined(pool: Batch, n: int, train: int = 4000):
    real, guard = pairs(train, 1), pairs(1500, 2)
    refinement = Refinement(real.batch, guard.batch, real.schema)
    chosen = Batch.concat(list(refinement.among([pool], n, np.random.default_rng(0), Run())))
    return chosen, refinement.report()


def agreement(batch: Batch) -> float:
    return float(np.mean(batch["first"].objects() == batch["second"].objects()))


def test_a_copy_that_lost_a_relation_gets_nearer_to_the_real_table_and_not_past_its_holdout():
    pool = pairs(6000, 3, agree=0.6).batch
    chosen, told = refined(pool, 2000)
    assert chosen.rows == 2000
    assert agreement(pool) < 0.75 < agreement(chosen) < agreement(pairs(4000, 1).batch) + 0.02
    assert told["after"] < 0.7 * told["before"]
    assert told["after"] > 0.7 * told["level"], "nearer than unseen rows are would be learning their noise"


def test_a_copy_as_near_as_unseen_rows_is_left_as_it_is():
    pool = pairs(6000, 4).batch
    chosen, told = refined(pool, 2000)
    assert told["before"] == pytest.approx(told["level"], rel=0.35)
    assert abs(agreement(chosen) - agreement(pool)) < 0.03


def test_refining_chooses_whole_drawn_rows_once_each():
    pool = pairs(6000, 3, agree=0.6).batch
    values = pool["size"].values
    chosen, _ = refined(pool, 2000)
    assert len(np.unique(values)) == 6000
    assert len(np.unique(chosen["size"].values)) == 2000, "no row twice"
    assert np.isin(chosen["size"].values, values).all()


class Bell:
    """Draws a normal number."""

    def draw(self, n, condition, rng):
        yield table(x=(Kind.NUMBER, rng.normal(size=n))).batch


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
def test_a_share_of_the_copy_lies_above_the_cut(share):
    from core.data.conditions import Condition

    demand = Anomalies(lambda batch: np.abs(batch["x"].values), 2.0, share)
    schema = table(x=(Kind.NUMBER, [0.0, 1.0])).schema
    rows = Batch.concat(list(draw_rows(
        Bell(), schema, 1000, Condition(), np.random.default_rng(0), anomalies=demand)))
    assert rows.rows == 1000
    assert np.mean(np.abs(rows["x"].values) > 2.0) == share
    assert demand.report()["drawn"] >= 1000
    assert demand.report()["above"] / demand.report()["drawn"] == pytest.approx(0.0455, abs=0.02)


def test_a_share_that_the_model_hardly_ever_draws_ends_with_the_count():
    from core.data.conditions import Condition

    demand = Anomalies(lambda batch: np.abs(batch["x"].values), 9.0, 0.5)
    with pytest.raises(FitError) as caught:
        list(draw_rows(Bell(), table(x=(Kind.NUMBER, [0.0, 1.0])).schema, 100, Condition(),
                       np.random.default_rng(0), anomalies=demand))
    assert caught.value.key == "synth.too_few"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shaped")
    file, path = str(write_payments(folder / "march.csv")), str(folder / "p.likeness")
    execute(FitRequest(file, project=path, label="is_fraud"))
    return folder, file, path


def synth(project, **asked):
    folder, _, path = project
    return execute(SynthRequest(project=path, out=str(folder / "copy.csv"), generator="circuit", **asked))


def test_without_a_threshold_there_are_no_anomalies_to_drop(project):
    with pytest.raises(LikenessError) as caught:
        synth(project, rows=50, anomalies="drop")
    assert caught.value.key == "synth.no_threshold"
    assert len(caught.value.lines()) == 3


def test_anomalies_are_kept_dropped_or_set(project):
    _, file, path = project
    execute(ScoreRequest(file, project=path, threshold="budget:60"))
    assert synth(project, rows=300)["anomalies"] is None
    dropped = synth(project, rows=300, anomalies="drop")["anomalies"]
    assert dropped["share"] == 0.0
    assert dropped["above"] > 0, "some were drawn, and drawn again"
    assert synth(project, rows=300, anomalies="20%")["anomalies"]["share"] == 0.2


def test_a_refined_copy_tells_gain_and_cost(project):
    told = synth(project, rows=400, refine=True)["refined"]
    assert told["drawn"] == OVER * told["kept"] == OVER * 400
    assert told["after"] <= told["before"] + 1e-9


@pytest.mark.parametrize(("asked", "key"), [
    ({"anomalies": "many"}, "synth.anomalies"), ({"anomalies": "1.5"}, "synth.anomalies"),
    ({"refine": True, "anomalies": "drop"}, "synth.refine"), ({"refine": True, "where": "amount > 5"}, "synth.refine"),
])
def test_what_cannot_be_is_refused_in_three_lines(project, asked, key):
    with pytest.raises(ParameterError) as caught:
        synth(project, rows=20, **asked)
    assert caught.value.key == key
    assert len(caught.value.lines()) == 3
