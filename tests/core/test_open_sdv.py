"""SDV metadata and the bundled samples."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data import ColumnSpec, Kind, Role, Schema
from core.data.open import open_source
from core.data.samples import sample, samples
from core.data.sdv import from_sdv, is_sdv, over, to_sdv
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


def test_a_boolean_that_sdv_would_refuse_is_written_as_categorical_and_stays_ours_on_the_way_back(tmp_path):
    """SDV takes true and false alone for a boolean: its validation refuses 0 and 1, yes and no."""
    (tmp_path / "t.csv").write_text("fraud,police,vip,n\n" + "0,Yes,true,1\n1,No,false,2\n" * 20)
    own = open_source(tmp_path / "t.csv").schema
    assert [own[c].kind for c in ("fraud", "police", "vip")] == [Kind.BOOLEAN] * 3
    told = to_sdv(own)
    assert [told["columns"][c]["sdtype"] for c in ("fraud", "police", "vip")] == ["categorical"] * 2 + ["boolean"]
    assert over(own, from_sdv(told)) == own


# As Metadata.save_to_json of sdv 2.0.0 writes it.
THEIRS = {
    "tables": {"payments": {
        "primary_key": "id", "sequence_key": "card", "sequence_index": "when", "alternate_keys": ["code"],
        "columns": {
            "id": {"sdtype": "id"}, "card": {"sdtype": "id"}, "code": {"sdtype": "id"},
            "when": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d %H:%M:%S", "range_is_nullable": False,
                     "range_min": "2026-03-01 02:49:30", "range_max": "2026-03-31 23:44:09"},
            "booked": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"},
            "amount": {"sdtype": "numerical"}, "tries": {"sdtype": "ordinal", "range_values": [0, 1, 2]},
            "grade": {"sdtype": "ordinal", "range_values": ["low", "high"]},
            "count": {"sdtype": "numerical", "decimal_places": 0}, "vip": {"sdtype": "boolean"},
            "mail": {"sdtype": "email", "pii": True},
        }}},
    "relationships": [], "METADATA_SPEC_VERSION": "V2",
}


def test_keys_of_sdv_metadata_become_roles_and_other_roles_stay_as_guessed(tmp_path):
    from core.tasks._files import read_schema

    rows = "\n".join(
        f"{i},{i % 5},x{i},2026-03-{1 + i % 28:02d} 10:{i % 60:02d}:00,2026-04-01,{i * 1.5},{i % 3},"
        f"{'low' if i % 7 else 'high'},{i * 3},{'true' if i % 2 else 'false'},a{i}@b.org" for i in range(60))
    (tmp_path / "t.csv").write_text("id,card,code,when,booked,amount,tries,grade,count,vip,mail\n" + rows + "\n")
    own = open_source(tmp_path / "t.csv").schema
    own = own.set("amount", role=Role.AMOUNT)
    (tmp_path / "theirs.json").write_text(json.dumps(THEIRS))
    found = read_schema(str(tmp_path / "theirs.json"), own)
    roles = {c.name: c.role for c in found}
    assert roles == {
        "id": Role.ID, "card": Role.ENTITY, "code": Role.ID, "when": Role.TIME, "booked": own["booked"].role,
        "amount": Role.AMOUNT, "tries": Role.FEATURE, "grade": Role.FEATURE, "count": own["count"].role,
        "vip": own["vip"].role, "mail": found["mail"].role,
    }
    assert found["card"].kind is Kind.ID
    assert [found[c].kind for c in ("tries", "grade", "count")] == [Kind.INTEGER, Kind.CATEGORY, Kind.INTEGER]
    assert not found["mail"].is_modelled
    source = open_source(tmp_path / "t.csv").with_schema(found)
    assert source.take(np.arange(3))["card"].objects().tolist() == ["0", "1", "2"]
    (tmp_path / "wrong.json").write_text(json.dumps({"tables": {"t": {"columns": {"nowhere": {"sdtype": "id"}}}}}))
    with pytest.raises(SchemaError, match="nowhere"):
        read_schema(str(tmp_path / "wrong.json"), own)
    (tmp_path / "ours.json").write_text(json.dumps(found.to_json()))
    assert not is_sdv(found.to_json())
    assert read_schema(str(tmp_path / "ours.json"), own) == found


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
