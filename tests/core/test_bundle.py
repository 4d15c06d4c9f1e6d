"""The bundle: what a fit is stored as, and who does what in it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data.conditions import Condition
from core.data.split import split
from core.errors import Cancelled, FitError, ParameterError
from core.models.base import Draws, Explains
from core.models.bundle import Bundle, families_of, fit_bundle
from core.run import Run, Signal
from core.words import Message, words

from .model_tables import payments, rows_of


@pytest.fixture(scope="module")
def source():
    return payments(800)


@pytest.fixture(scope="module")
def bundle(source):
    return fit_bundle(source, split(source, 0), families_of("default", ["trees=1"]), Run())


def test_by_default_neighbours_rank_the_mixture_explains_and_the_circuit_draws(bundle):
    assert bundle.ranks.family == "neighbours"
    assert isinstance(bundle.explains, Explains)
    assert isinstance(bundle.draws, Draws)
    assert (bundle.explains.family, bundle.draws.family) == ("mixture", "circuit")
    assert bundle.answers is bundle.draws
    assert words().text(Message.from_json(bundle.record["why"])).endswith("Circuit draws new rows.")


def test_one_family_can_have_every_duty(source):
    parts = families_of("mixture", ["components=2"])
    assert {f.key for f in parts.values()} == {"mixture"}
    fitted = fit_bundle(source, split(source, 0), parts, Run())
    assert list(fitted.parts) == ["mixture"]
    assert fitted.ranks is fitted.explains


def test_a_family_that_cannot_draw_leaves_that_to_the_default():
    parts = families_of("neighbours")
    assert {duty: f.key for duty, f in parts.items()} == {
        "ranks": "neighbours", "explains": "mixture", "draws": "circuit",
    }


def test_settings_reach_the_family_that_declares_them():
    parts = families_of("default", ["trees=3", "neighbours.sample=500", "mixture.sample=400"])
    assert parts["draws"].params.trees == 3
    assert parts["explains"].params.sample == 400
    assert parts["ranks"].params.sample == 500
    assert families_of("default", ["sample=300"])["ranks"].params.sample == 300


@pytest.mark.parametrize(
    "setting", ["nothing=1", "circuit.nothing=1", "trees", "trees=many", "forest.trees=3"]
)
def test_unknown_settings_are_refused(setting):
    with pytest.raises(ParameterError):
        families_of("default", [setting])


def test_an_unknown_model_is_refused_with_those_there_are():
    with pytest.raises(ParameterError, match="neighbours"):
        families_of("crystal ball")


def test_scores_are_read_against_training_and_calibration(source, bundle):
    parts = split(source, 0)
    np.testing.assert_array_equal(bundle.train_index, parts.train)
    assert len(bundle.train_scores) == len(parts.train)
    assert len(bundle.calibration) == 0, "no p-value rests on mixed rows"
    clean = fit_bundle(source, parts, families_of("mixture", ["components=2"]), Run(), "clean")
    assert (np.diff(clean.calibration) >= 0).all()
    expected = clean.ranks.score(source.take(parts.calibration)).total
    np.testing.assert_allclose(clean.calibration, np.sort(expected))


def test_the_record_says_how_it_was_made(source, bundle):
    record = json.loads(json.dumps(bundle.record))
    assert record["source"] == source.fingerprint
    assert record["reference"] == bundle.reference == "mixed"
    assert record["rows"] == 800
    assert record["columns"] == list(bundle.columns)
    assert record["params"]["circuit"]["trees"] == 1
    assert "{" not in words().text(Message.from_json(record["why"]))


def test_the_fingerprint_changes_with_what_made_it(source, bundle):
    again = fit_bundle(source, split(source, 0), families_of("default", ["trees=1"]), Run())
    assert again.fingerprint == bundle.fingerprint
    for changed in (
        fit_bundle(source, split(source, 1), families_of("default", ["trees=1"]), Run()),
        fit_bundle(source, split(source, 0), families_of("default", ["trees=2"]), Run()),
        fit_bundle(source, split(source, 0), families_of("default", ["trees=1"]), Run(seed=3)),
        fit_bundle(source, split(source, 0), families_of("default", ["trees=1"]), Run(), "clean"),
    ):
        assert changed.fingerprint != bundle.fingerprint


def test_known_values_are_those_of_the_training_rows(source, bundle):
    assert bundle.known["category"] == {"food", "toys", "travel"}
    assert "card" not in bundle.known
    assert "fraud" not in bundle.known


def test_a_bundle_comes_back_from_json_and_safetensors(source, bundle):
    plain, data = bundle.to_bytes()
    back = Bundle.from_bytes(json.loads(json.dumps(plain)), data)
    batch = rows_of(source).take(np.arange(40))
    assert back.ranks.score(batch).total.tobytes() == bundle.ranks.score(batch).total.tobytes()
    assert back.explains.cells(batch).expected == bundle.explains.cells(batch).expected
    first, second = (list(b.draws.draw(7, Condition(), np.random.default_rng(0))) for b in (bundle, back))
    assert first[0]["amount"].values.tobytes() == second[0]["amount"].values.tobytes()
    assert back.record == bundle.record
    assert back.known == bundle.known
    assert back.schema == bundle.schema
    assert back.calibration.tobytes() == bundle.calibration.tobytes()


def test_the_same_bundle_is_the_same_bytes(source, bundle):
    again = fit_bundle(source, split(source, 0), families_of("default", ["trees=1"]), Run())
    assert again.to_bytes()[1] == bundle.to_bytes()[1]


def test_a_bundle_of_another_format_is_refused(bundle):
    plain, data = bundle.to_bytes()
    with pytest.raises(FitError, match="format"):
        Bundle.from_bytes({**plain, "version": 99}, data)


def test_a_duty_nobody_has_is_refused_in_words(bundle):
    lame = Bundle(
        bundle.parts, {"ranks": "neighbours"}, bundle.schema, bundle.record, bundle.calibration,
        bundle.train_index, bundle.train_scores,
    )
    with pytest.raises(FitError, match="draws"):
        _ = lame.draws


def test_cancelling_stops_the_whole_fit(source):
    asked = iter([Signal.GO] * 20)
    with pytest.raises(Cancelled):
        fit_bundle(
            source, split(source, 0), families_of("default"), Run(get_signal=lambda: next(asked, Signal.CANCEL))
        )


def test_progress_of_all_parts_never_falls(source):
    seen = []
    fit_bundle(source, split(source, 0), families_of("default"), Run(on_progress=lambda f, _: seen.append(f)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.fixture(scope="module")
def shown_some(source):
    """A bundle whose parts that do not rank were shown 300 rows, as happens with very many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.models.bundle._LEARNED", 300)
        return fit_bundle(source, split(source, 0), families_of("default", ["trees=1"]), Run())


def test_where_rows_are_very_many_parts_that_do_not_rank_learn_from_some_and_say_so(source, shown_some):
    rows = len(split(source, 0).train)
    assert shown_some.record["shown"] == {"neighbours": rows, "mixture": 300, "circuit": 300}
    assert len(shown_some.train_scores) == rows
    said = {key: [words().text(m) for m in told] for key, told in shown_some.learned().items()}
    told = f"learned from 300 of {rows} training rows, drawn at random with the seed"
    assert said["mixture"][0] == said["circuit"][0] == told
    assert told not in said["neighbours"]


def test_how_many_rows_parts_were_shown_survives_saving_and_is_all_of_them_in_earlier_fits(shown_some):
    again = Bundle.from_bytes(*shown_some.to_bytes())
    assert again.shown("mixture") == 300
    record = {k: v for k, v in shown_some.record.items() if k != "shown"}
    assert Bundle(**{**vars(shown_some), "record": record}).shown("mixture") == record["train_rows"]


def test_no_time_goes_into_training_scores_that_nobody_reads(bundle):
    assert len(bundle.ranks.reference) == len(bundle.train_index)
    assert {key: len(part.reference) for key, part in bundle.parts.items() if part is not bundle.ranks} == {
        "mixture": 0, "circuit": 0}
