"""SDV metadata and the bundled samples."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data import ColumnSpec, Kind, Role, Schema
from core.data.open import open_source
from core.data.samples import sample, samples
from core.data.sdv import from_sdv, to_sdv
from core.errors import ParameterError, SchemaError
from core.words import words

SCHEMA = Schema((
    ColumnSpec("id", Kind.ID, Role.ID),
    ColumnSpec("card", Kind.ID, Role.ENTITY),
    ColumnSpec("when", Kind.DATETIME, Role.TIME, "timestamp[us]"),
    ColumnSpec("day", Kind.DATETIME, Role.FEATURE, "date32[day]", date_format="%d/%m/%Y"),
    ColumnSpec("amount", Kind.NUMBER, Role.AMOUNT, "double"),
    ColumnSpec("count", Kind.INTEGER, storage="int64"),
    ColumnSpec("country", Kind.CATEGORY),
    ColumnSpec("ok", Kind.BOOLEAN, storage="bool"),
    ColumnSpec("note", Kind.TEXT),
))


def test_sdv_metadata_as_sdv_writes_it():
    told = to_sdv(SCHEMA)
    assert told["METADATA_SPEC_VERSION"] == "SINGLE_TABLE_V1"
    assert told["primary_key"] == "id"
    assert told["columns"] == {
        "id": {"sdtype": "id"}, "card": {"sdtype": "id"},
        "when": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d %H:%M:%S"},
        "day": {"sdtype": "datetime", "datetime_format": "%d/%m/%Y"},
        "amount": {"sdtype": "numerical", "computer_representation": "Float"},
        "count": {"sdtype": "numerical", "computer_representation": "Int64"},
        "country": {"sdtype": "categorical"}, "ok": {"sdtype": "boolean"}, "note": {"sdtype": "text"},
    }


def test_kinds_storage_and_ids_survive_the_way_through_sdv():
    back = from_sdv(json.loads(json.dumps(to_sdv(SCHEMA))))
    same = ("name", "kind", "storage", "date_format")
    assert [[getattr(c, n) for n in same] for c in back] == [[getattr(c, n) for n in same] for c in SCHEMA]
    assert back["id"].role is Role.ID
    assert back["card"].role is Role.ENTITY
    assert all(c.reason.key not in words().text(c.reason) for c in back)


def test_metadata_of_one_table_among_tables_and_personal_types():
    one = {"columns": {"mail": {"sdtype": "email", "pii": True}, "n": {"sdtype": "numerical"}}}
    schema = from_sdv({"METADATA_SPEC_VERSION": "V1", "tables": {"people": one}})
    assert [(c.kind, c.storage) for c in schema] == [(Kind.TEXT, "string"), (Kind.NUMBER, "double")]


@pytest.mark.parametrize("told", [
    {}, {"METADATA_SPEC_VERSION": "MULTI_TABLE_V1"}, {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {}},
    {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {"a": {}}},
    {"tables": {"a": {}, "b": {}}}, {"tables": {"a": 1}},
])
def test_what_is_no_metadata_of_one_table_is_refused(told):
    with pytest.raises(SchemaError) as caught:
        from_sdv(told)
    assert caught.value.key == "read.sdv"


def test_a_table_opens_under_sdv_metadata(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n2,2\n")
    source = open_source(tmp_path / "t.csv")
    told = {**to_sdv(source.schema), "columns": {"a": {"sdtype": "categorical"}, "b": {"sdtype": "numerical"}}}
    changed = source.with_schema(from_sdv(told))
    assert changed.take(np.arange(2))["a"].objects().tolist() == ["1", "2"]


@pytest.mark.parametrize("one", samples(), ids=lambda s: s.key)
def test_each_sample_is_what_its_card_says(one):
    """The Start page promises rows and columns before the file is opened."""
    source = open_source(one.path)
    assert (source.rows, len(source.schema)) == (one.rows, one.columns)
    assert one.label is None or source.schema[one.label].role is Role.LABEL
    for said in (one.title, one.note):
        assert said.key not in words().text(said)
    assert not source.notes


def test_samples_are_found_by_name():
    assert [s.key for s in samples()] == ["card_payments", "penguins"]
    assert sample("penguins").rows == 344
    with pytest.raises(ParameterError):
        sample("unicorns")
