"""Which model draws a copy: chosen by how it does on rows nobody learned from, said, and kept with the fit."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.commands._execute import execute
from core.errors import Cancelled, ParameterError, ReadError
from core.project.project import Project
from core.project.store import Store
from core.project.verify import verify
from core.run import Run, Signal
from core.tasks import _generator
from core.tasks.base import TASKS
from core.tasks.fit import FitRequest
from core.tasks.synth import SynthRequest

N = 1_200
_COARSE = ("trees=1", "states=2")
"""A circuit that keeps few of the ties between columns: its rows are easily told from real ones."""


def write_totals(path: Path, rows: int = N) -> Path:
    """Orders whose total is net plus tax to the cent."""
    rng = np.random.default_rng(0)
    net = np.round(rng.lognormal(6, 1, rows), 2)
    tax = np.round(net * rng.choice([0.05, 0.2], rows), 2)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["net", "tax", "total", "region"])
        writer.writerows(zip(net, tax, np.round(net + tax, 2), rng.choice(["north", "south"], rows), strict=True))
    return path


@dataclass
class Shop:
    folder: Path
    project: str
    fit: str

    def synth(self, **values):
        values = {"rows": 200, "out": str(self.folder / "copy.csv"), **values}
        return execute(SynthRequest(project=self.project, fit=self.fit, **values))


def open_shop(folder: Path, model: str = "circuit", rows: int = N) -> Shop:
    file, project = str(write_totals(folder / "orders.csv", rows)), str(folder / "orders.likeness")
    fit = execute(FitRequest(file, project=project, model=model, settings=_COARSE if model == "circuit" else ()))
    return Shop(folder, project, fit["fit"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def new_shop(tmp_path) -> Shop:
    return open_shop(tmp_path)


def test_the_model_whose_rows_pass_for_real_draws_them_and_the_user_is_told_why(shop):
    result = shop.synth()
    assert result["generator"] == "generator"
    told = result["two_sample"]
    assert abs(told["generator"] - 0.5) < abs(told["circuit"] - 0.5)
    assert f"{told['generator']:.3f}" in result["why"]
    assert f"{told['circuit']:.3f}" in result["why"]
    assert "{" not in result["why"]
    rows = list(csv.DictReader((shop.folder / "copy.csv").open(encoding="utf-8")))
    off = [abs(float(r["net"]) + float(r["tax"]) - float(r["total"])) / float(r["total"]) for r in rows]
    assert np.median(off) < 0.05, "what the choice is for"


def test_what_was_chosen_is_kept_and_no_later_copy_waits_for_it_again(shop, monkeypatch):
    first = shop.synth(seed=3)
    before = (shop.folder / "copy.csv").read_bytes()
    monkeypatch.setattr(_generator, "_family", lambda: pytest.fail("fitted again"))
    again = shop.synth(seed=3)
    assert {k: again[k] for k in ("generator", "why", "two_sample")} == {
        k: first[k] for k in ("generator", "why", "two_sample")}
    assert (shop.folder / "copy.csv").read_bytes() == before
    assert shop.synth(seed=4)["two_sample"] == first["two_sample"], "the copy's seed has no say in it"


def test_a_fit_stays_what_it_was_and_the_file_stays_sound(shop):
    shop.synth()
    with Project.open(shop.project, read_only=True) as project:
        assert [f["id"] for f in project.fits()] == [shop.fit]
        assert project.fit()["id"] == shop.fit
    assert verify(shop.project).ok


def test_conditions_are_met_by_the_circuit_and_that_is_said(shop, monkeypatch):
    monkeypatch.setattr(_generator, "_family", lambda: pytest.fail("fitted for nothing"))
    result = shop.synth(where="region = 'north'")
    assert result["generator"] == "circuit"
    assert "conditions only by rejection" in result["why"]
    assert result["two_sample"] is None


def test_who_asks_for_a_model_gets_it_also_under_a_condition(shop):
    assert shop.synth(generator="circuit")["generator"] == "circuit"
    assert shop.synth(generator="generator", where="region = 'north'")["generator"] == "generator"
    rows = csv.DictReader((shop.folder / "copy.csv").open(encoding="utf-8"))
    assert {r["region"] for r in rows} == {"north"}
    with pytest.raises(ParameterError):
        shop.synth(generator="mixture")


@pytest.mark.parametrize(("circuit", "generator", "key", "sentence"), [
    (0.60, 0.55, "generator", "generator"), (0.55, 0.60, "circuit", "circuit"), (0.554, 0.55, "circuit", "tie"),
    (0.55, 0.47, "generator", "generator"), (0.60, 0.40, "circuit", "tie"),
])
def test_the_copy_that_is_harder_to_tell_from_real_rows_wins_and_a_tie_goes_to_the_circuit(
    circuit, generator, key, sentence,
):
    chosen, why = _generator._better({"circuit": circuit, "generator": generator}, 100)
    assert (chosen, why.key) == (key, f"synth.by.{sentence}")


def test_without_its_table_the_circuit_draws_and_says_so(new_shop, monkeypatch):
    (new_shop.folder / "orders.csv").unlink()
    monkeypatch.setenv("LIKENESS_HOME", str(new_shop.folder / "empty"))
    result = new_shop.synth()
    assert result["generator"] == "circuit"
    assert "is gone" in result["why"]
    with pytest.raises(ReadError):
        new_shop.synth(generator="generator")


def test_a_small_table_is_drawn_by_the_circuit_without_a_comparison_that_would_be_chance(tmp_path):
    result = open_shop(tmp_path, rows=300).synth()
    assert result["generator"] == "circuit"
    assert "too few" in result["why"]
    assert result["two_sample"] is None


def test_a_fit_of_another_model_draws_by_itself(tmp_path):
    shop = open_shop(tmp_path, model="mixture")
    assert shop.synth()["generator"] == "mixture"
    with pytest.raises(ParameterError):
        shop.synth(generator="generator")


def test_a_project_that_may_not_be_written_still_gives_a_copy(new_shop, monkeypatch):
    monkeypatch.setattr(Project, "can_adopt", property(lambda _: False))
    assert new_shop.synth()["generator"] == "generator"
    with Project.open(new_shop.project, read_only=True) as project:
        store = Store(project.path, new_shop.folder / "staging")
        assert store.draws_bytes(new_shop.fit) is None


def test_stopping_while_the_generator_is_fitted_leaves_nothing_behind(new_shop):
    fitting: list[float] = []
    run = Run(
        on_progress=lambda fraction, _text: fitting.append(fraction),
        get_signal=lambda: Signal.CANCEL if len(fitting) > 2 else Signal.GO)
    store = Store(new_shop.project, new_shop.folder / "staging")
    out = new_shop.folder / "stopped.csv"
    with pytest.raises(Cancelled):
        TASKS.get("synth").run(SynthRequest(project=new_shop.project, out=str(out)), store, run)
    store.close()
    assert not store.staging.items()
    assert not out.exists()
