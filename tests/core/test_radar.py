"""The radar: a row nobody is like is named with what is particular about it, and it can be treated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.batch import Batch
from core.data.conditions import Condition
from core.data.open import open_source
from core.data.schema import Kind, Role, Schema
from core.data.write import write_rows
from core.errors import Cancelled, FitError, RefusedError
from core.evaluate.exposure import exposures, single_out
from core.evaluate.soften import HOW, softened
from core.run import Run, Signal
from core.tasks.fit import FitRequest
from core.tasks.radar import RadarRequest
from core.words import Message, words

from .evaluation import real
from .tables import table


def with_odd_rows(n: int = 400):
    """Payments, the first of which is by the only keyed traveller aged 99."""
    made = real(n, 3)
    columns = {name: column.values.copy() for name, column in made.batch.columns.items()}
    columns["age"][0], columns["amount"][0], columns["fee"][0], columns["hour"][0] = 99, 9_999.0, 0.01, 3
    age = made.batch["age"].missing.copy()
    age[0] = 0
    changed = {
        name: replace(column, values=columns[name], missing=age if name == "age" else column.missing)
        for name, column in made.batch.columns.items()
    }
    return Batch(changed, n), made.schema.set("payment_id", role=Role.IGNORE)


def looked(batch, schema, owner=None, surprise=None):
    schema = Schema(tuple(c for c in schema if c.role is not Role.IGNORE))
    n = batch.rows
    scores = np.arange(n)[::-1].astype(float) if surprise is None else surprise
    return exposures(batch, schema, scores, np.arange(n) if owner is None else owner, np.random.default_rng(0)), schema


def test_the_row_nobody_is_like_comes_first_and_two_cells_say_why():
    batch, schema = with_odd_rows()
    found, kept = looked(batch, schema)
    assert found.rows[0] == 0
    singled = single_out(batch, kept, 0)
    assert singled.rows == 1
    assert Condition.parse(singled.condition.to_text()).check(schema).mask(batch).tolist() == [True] + [False] * 399


def test_an_ordinary_row_is_not_exposed_however_surprising_the_model_finds_it():
    one = table(a=(Kind.CATEGORY, ["x"] * 60), b=(Kind.NUMBER, [1.0] * 60))
    found, _ = looked(one.batch, one.schema)
    assert found.exposure.max() == 0.0


def test_rows_of_one_person_hide_nobody():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 3))
    values[:5] = 50.0  # one person's five equal rows, far from everybody
    spread = table(**{name: (Kind.NUMBER, values[:, j]) for j, name in enumerate("abc")})
    surprise = np.abs(values).sum(axis=1)
    crowd, _ = looked(spread.batch, spread.schema, surprise=surprise)
    person, _ = looked(spread.batch, spread.schema, np.r_[np.zeros(5), np.arange(1, 56)].astype(int), surprise)
    first = {int(r): e for r, e in zip(crowd.rows, crowd.exposure, strict=True)}
    then = {int(r): e for r, e in zip(person.rows, person.exposure, strict=True)}
    assert max(first[r] for r in range(5)) == 0.0
    assert min(then[r] for r in range(5)) > 0.85


def test_a_date_singles_out_as_a_condition_that_can_be_read_back():
    days = [int(d) * 86_400_000_000 for d in range(100, 140)]
    days[7] += 400 * 86_400_000_000
    given = table(day=(Kind.DATETIME, days), kind=(Kind.CATEGORY, ["a", "b"] * 20))
    singled = single_out(given.batch, given.schema, 7)
    assert singled.rows == 1
    assert Condition.parse(singled.condition.to_text()).mask(given.batch).sum() == 1


@pytest.mark.parametrize("how", HOW)
def test_a_treatment_reaches_the_exposed_rows(how):
    batch, schema = with_odd_rows()
    found, kept = looked(batch, schema)
    singled = single_out(batch, kept, 0)
    done = softened(batch, how, np.array([0]), [singled.condition], found.closest[:1])
    assert done.rows == (399 if how == "drop" else 400)
    assert singled.condition.mask(done).sum() == 0 or how == "generalise"
    assert single_out(done, kept, 0).rows >= 1
    if how != "drop":
        untouched = [n for n in batch.columns if n not in singled.condition.columns]
        assert all(np.array_equal(batch[n].values, done[n].values) for n in untouched)


def test_looking_stops_when_the_user_cancels():
    batch, schema = with_odd_rows(60)
    run = Run(get_signal=lambda: Signal.CANCEL)
    with pytest.raises(Cancelled):
        exposures(batch, schema, np.zeros(60), np.arange(60), np.random.default_rng(0), run.check)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("radar")
    batch, schema = with_odd_rows()
    write_rows(folder / "pay.csv", [batch], schema)
    project = str(folder / "p.likeness")
    execute(FitRequest(str(folder / "pay.csv"), project=project, model="mixture"))
    return folder, project


def test_the_command_names_rows_of_the_file_and_writes_it_without_them(fitted):
    folder, project = fitted
    found = execute(RadarRequest(project=project, count=5, out=str(folder / "safer.csv")))
    source = open_source(folder / "pay.csv")
    whole = Batch.concat(list(source.batches()))
    for item in found["top"]:
        mask = Condition.parse(item["condition"]).mask(whole)
        assert mask[item["row"]]
        assert item["condition"] in words().text(Message.from_json(item["reason"]))
    assert open_source(folder / "safer.csv").rows == 395
    assert found["effect"]["after"] <= found["effect"]["before"]
    assert sum(found["histogram"]["counts"]) == found["rows"]


def test_the_table_that_was_learned_from_is_never_written_over(fitted):
    folder, project = fitted
    with pytest.raises(RefusedError):
        execute(RadarRequest(project=project, out=str(folder / "pay.csv")))


def test_of_a_table_shorter_than_the_list_one_row_is_left_and_a_single_row_is_told_in_three_lines(tmp_path):
    short, one = tmp_path / "short.csv", tmp_path / "one.csv"
    short.write_text("a,b\n" + "".join(f"{i * 7 % 12},{'xy'[i % 2]}\n" for i in range(12)))
    one.write_text("a,b\n1,x\n")
    for file in (short, one):
        execute(FitRequest(str(file), project=str(file.with_suffix(".likeness")), model="mixture"))
    found = execute(RadarRequest(project=str(short.with_suffix(".likeness"))))
    assert len(found["top"]) == found["rows"] - 1
    with pytest.raises(FitError) as told:
        execute(RadarRequest(project=str(one.with_suffix(".likeness"))))
    assert told.value.key == "radar.nothing"


def test_a_label_singles_nobody_out_since_no_copy_shows_it(tmp_path):
    file, project = tmp_path / "t.csv", str(tmp_path / "t.likeness")
    file.write_text("a,b,fraud\n" + "".join(f"{i * 7 % 30},{'xy'[i % 2]},{int(i == 3)}\n" for i in range(60)))
    execute(FitRequest(str(file), project=project, model="mixture", label="fraud"))
    found = execute(RadarRequest(project=project))
    assert found["columns"] == ["a", "b"]
    assert not any("fraud" in item["condition"] for item in found["top"])


def test_of_a_wide_table_the_rarest_cells_are_tried():
    rng = np.random.default_rng(0)
    wide = table(**{f"c{j}": (Kind.CATEGORY, rng.choice(list("ab"), 300)) for j in range(200)})
    singled = single_out(wide.batch, wide.schema, 5)
    assert len(singled.condition.tests) == 3
    assert singled.condition.mask(wide.batch).sum() == singled.rows
