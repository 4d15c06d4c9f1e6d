"""Two readings beside the score: an analyst who looks for odd values, or for odd company, would lose the other list."""

from __future__ import annotations

import numpy as np
import pytest

from core.commands._execute import execute
from core.errors import ParameterError
from core.tasks.fit import FitRequest
from core.tasks.ranked import RankedRequest
from core.tasks.score import ScoreRequest

FAR, APART = 100, 200
"""A row far out along the line that all rows follow, and one of everyday values that do not belong together."""


@pytest.fixture(scope="module", params=["circuit", "neighbours"])
def desk(request, tmp_path_factory):
    """Weights that follow heights; under `neighbours` the part that explains tells the two readings apart."""
    rng = np.random.default_rng(0)
    height = rng.normal(170, 8, 500)
    weight = 0.9 * height - 85 + rng.normal(0, 2, 500)
    height[FAR], weight[FAR] = 230, 0.9 * 230 - 85
    height[APART], weight[APART] = 182, 0.9 * 158 - 85
    folder = tmp_path_factory.mktemp(request.param)
    file = folder / "people.csv"
    lines = [f"{h:.2f},{w:.2f},{rng.choice(['north', 'south'])}" for h, w in zip(height, weight, strict=True)]
    file.write_text("\n".join(["height,weight,region", *lines]))
    project = str(folder / "people.likeness")
    settings = ("circuit.trees=1",) if request.param == "circuit" else ()
    execute(FitRequest(str(file), project=project, model=request.param, settings=settings))
    return project, execute(ScoreRequest(str(file), project=project))


def first(desk, sort, **more):
    found = execute(RankedRequest(project=desk[0], sort=sort, count=3, **more))
    return [item["row"] for item in found["items"]], found


def test_rows_are_ordered_by_either_reading(desk):
    assert desk[1]["has_readings"]
    assert first(desk, "value")[0][0] == FAR
    assert first(desk, "combination")[0][0] == APART


def test_a_row_tells_how_rare_each_of_its_readings_is(desk):
    _, found = first(desk, "combination")
    assert found["readings"] == ["value", "combination"]
    apart = found["items"][0]["readings"]
    assert apart["combination"]["every"] == 500, "no other row is as odd together"
    assert apart["value"]["every"] < 20, "its values alone are everyday ones"
    assert apart["combination"]["nats"] > apart["value"]["nats"] - 5


def test_flagged_rows_are_ordered_among_themselves(desk):
    by_score = {i["row"] for i in execute(RankedRequest(project=desk[0], count=20))["items"]}
    found = execute(RankedRequest(project=desk[0], sort="value", flagged=20, count=50))
    assert found["total"] == 20
    assert {i["row"] for i in found["items"]} == by_score
    values = [i["readings"]["value"]["nats"] for i in found["items"]]
    assert values == sorted(values, reverse=True)
    few = execute(RankedRequest(project=desk[0], where="region = 'north'", flagged=20, count=50))
    assert few["total"] == len([i for i in few["items"] if i["rank"] <= 20]) < 20


def test_an_order_there_is_not_is_refused(desk):
    with pytest.raises(ParameterError):
        first(desk, "luck")
