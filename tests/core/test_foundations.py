"""Words, errors, parameters, plugins, runs and batches: what every room stands on."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from core.data.batch import Batch, Column, Missing
from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.data.source import MemorySource
from core.errors import Cancelled, JobError, ParameterError, ReadError, SchemaError, error_from_json
from core.params import Params, boolean, choice, integer, real
from core.registry import Registry
from core.run import Run, Signal
from core.words import Message, Words, number


@dataclass(frozen=True)
class Sample(Params):
    components: int = integer(1, low=1, high=512, help="How many.")
    tolerance: float = real(1e-3, low=0, high=1, help="When to stop.")
    covariance: str = choice("full", "full", "diagonal", help="Shape.")
    warm: bool = boolean(False, help="Start from the last fit.")


def test_a_wrong_parameter_is_told_its_domain():
    with pytest.raises(ParameterError) as error:
        Sample(components=0)
    assert error.value.lines()[0] == "'components' must be an int in [1, 512]; got 0."


WRONG = ["components=x", "components=1.5", "tolerance=nan", "covariance=round", "warm=maybe", "components", "speed=3"]


@pytest.mark.parametrize("setting", WRONG)
def test_wrong_settings_are_refused(setting):
    with pytest.raises(ParameterError):
        Sample.parse([setting])


def test_settings_and_json_make_the_same_parameters():
    parsed = Sample.parse(["components=7", "tolerance=0.5", "covariance=diagonal", "warm=true"])
    assert Sample.from_json(json.loads(json.dumps(parsed.to_json()))) == parsed
    with pytest.raises(ParameterError):
        Sample.from_json({"speed": 3})


def test_templates_format_by_locale_rules_and_never_reach_attributes():
    words = Words({"a": "{n:n} of {x}, {s:p}, {k:# case|# cases}; {inner}", "b": "in {where}", "evil": "{x.__class__}"})
    said = Message("a", {"n": 12345, "x": 0.123456, "s": 0.031, "k": 1, "inner": Message("b", {"where": "row 3"})})
    received = Message.from_json(json.loads(json.dumps(said.to_json())))
    assert words.text(received) == "12,345 of 0.1235, 3.1%, 1 case; in row 3"
    assert "class '" not in words.text("evil", x=1)
    assert words.text("unknown.key", file="a.csv") == "unknown.key (file=a.csv)"


@pytest.mark.parametrize(("value", "text"), [(1234567.0, "1,234,567"), (1234.5678, "1,234.57"), (0.5, "0.5"),
                                             (float("nan"), "NaN"), (float("-inf"), "-infinity"), (0, "0")])
def test_numbers_read_as_people_write_them(value, text):
    assert number(value) == text


def test_errors_cross_a_pipe_and_keep_their_three_lines():
    sent = ReadError("params.domain", name="k", domain="an int", got="'x'")
    got = error_from_json(json.loads(json.dumps(sent.to_json())))
    assert type(got) is ReadError
    assert got.lines() == sent.lines()
    assert type(error_from_json({"type": "SystemExit", "key": "x"})) is JobError


def test_a_plugin_is_one_file_and_an_unknown_one_names_the_others():
    families = Registry("core.data", "Source")
    assert "source" in set(families.keys())
    with pytest.raises(ParameterError) as error:
        families.get("nonsense")
    assert "source" in str(error.value)


def test_progress_in_parts_and_cancel():
    seen = []
    run = Run(on_progress=lambda f, _t: seen.append(f))
    run.part(0.5, 1.0).part(0.0, 0.5).progress(0.5)
    assert seen == [0.625]
    with pytest.raises(Cancelled):
        Run(get_signal=lambda: Signal.CANCEL).progress(0.1)


def test_a_paused_run_waits_where_it_looks_and_still_hears_cancel():
    asked = iter([Signal.PAUSE, Signal.PAUSE, Signal.GO])
    Run(get_signal=lambda: next(asked)).check()
    assert next(asked, None) is None
    asked = iter([Signal.PAUSE, Signal.CANCEL])
    with pytest.raises(Cancelled):
        Run(get_signal=lambda: next(asked)).check()


def test_random_streams_are_named_and_repeatable():
    assert Run(seed=1).rng("a").random() == Run(seed=1).rng("a").random()
    assert Run(seed=1).rng("a").random() != Run(seed=1).rng("b").random()


def test_missing_values_of_every_sort_stay_apart():
    column = Column.of(Kind.CATEGORY, ["x", None, "", float("nan"), "0"])
    assert list(column.missing) == [Missing.PRESENT, Missing.NULL, Missing.EMPTY, Missing.NAN, Missing.PRESENT]
    assert list(column.objects()) == ["x", None, None, None, "0"]
    numbers = Column.of(Kind.NUMBER, [0.0, None, float("nan")])
    assert np.array_equal(numbers.floats(), [0.0, np.nan, np.nan], equal_nan=True)


def test_joining_batches_merges_their_dictionaries():
    a = Batch({"c": Column.of(Kind.CATEGORY, ["x", "y"])}, 2)
    b = Batch({"c": Column.of(Kind.CATEGORY, ["y", None, "z"])}, 3)
    assert list(Batch.concat([a, b])["c"].objects()) == ["x", "y", "y", None, "z"]


def test_dates_keep_microseconds():
    column = Column.of(Kind.DATETIME, ["2026-03-01T12:00:00.000001", None])
    assert column.objects()[0] == np.datetime64("2026-03-01T12:00:00.000001")


def test_schema_round_trips_and_names_its_columns():
    guessed = ColumnSpec("a", Kind.NUMBER, reason=Message("params.domain.what"))
    schema = Schema((guessed, ColumnSpec("b", Kind.ID, Role.ID)))
    assert Schema.from_text(json.dumps(schema.to_json())) == schema
    assert schema.modelled == ("a",)
    assert schema.set("a", role=Role.LABEL).with_role(Role.LABEL) == ("a",)
    assert schema.set("a", role=Role.LABEL)["a"].reason is None
    with pytest.raises(SchemaError):
        schema["nothing"]
    wrong_kind = '{"version": 1, "columns": [{"name": "a", "kind": "x"}]}'
    for text in ("", "[]", "{}", '{"version": 99, "columns": []}', wrong_kind):
        with pytest.raises(SchemaError):
            Schema.from_text(text)


def test_memory_source_reads_the_same_rows_each_time():
    batch = Batch({"a": Column.of(Kind.INTEGER, list(range(10)))}, 10)
    source = MemorySource(batch, Schema((ColumnSpec("a", Kind.INTEGER),)))
    assert [b.start for b in source.batches(size=4)] == [0, 4, 8]
    assert list(source.subset(np.array([1, 3])).take(np.array([1]))["a"].values) == [3]
    assert source.fingerprint != source.subset(np.array([1, 3])).fingerprint


def test_a_schemas_fingerprint_tells_what_models_learn_from():
    schema = Schema((
        ColumnSpec("a", Kind.INTEGER), ColumnSpec("t", Kind.DATETIME), ColumnSpec("i", Kind.ID, Role.ID),
    ))
    assert schema.fingerprint == Schema(tuple(reversed(schema.columns))).fingerprint
    assert schema.fingerprint == schema.set("i", role=Role.IGNORE).fingerprint, "models never saw it"
    others = [schema.set("a", kind=Kind.CATEGORY), schema.set("t", role=Role.TIME), schema.set("a", role=Role.IGNORE)]
    assert len({schema.fingerprint, *(s.fingerprint for s in others)}) == 4
