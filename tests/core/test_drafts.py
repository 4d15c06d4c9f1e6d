"""Drafts: a copy that nothing has judged says so, in its own metadata and in a note beside it."""

from __future__ import annotations

import json
import sqlite3

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.commands._app import main
from core.data.open import open_source
from core.data.write import write_rows
from core.errors import DataError

from .payments import write_payments

FORMATS = (".csv", ".jsonl", ".parquet", ".feather", ".xlsx", ".sqlite")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drafts")
    file = write_payments(folder / "payments.csv", 300)
    path = folder / "p.likeness"
    assert main(["fit", str(file), "--project", str(path), "--model", "circuit", "--set", "trees=1", "--json"]) == 0
    return path


def said_inside(path):
    """What the file says about itself."""
    if path.suffix == ".parquet":
        return {k.decode(): v.decode() for k, v in pq.read_schema(path).metadata.items()}
    if path.suffix == ".feather":
        return {k.decode(): v.decode() for k, v in pa.ipc.open_file(path).schema.metadata.items()}
    if path.suffix == ".xlsx":
        return {p.name: p.value for p in openpyxl.load_workbook(path).custom_doc_props.props}
    if path.suffix == ".sqlite":
        return dict(sqlite3.connect(path).execute("SELECT name, value FROM likeness_about"))
    return None


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_copy_that_nothing_judged_says_so_in_the_file_and_beside_it(project, tmp_path, suffix, capsys):
    out = tmp_path / f"copy{suffix}"
    asked = ["synth", "--project", str(project), "--rows", "25", "--out", str(out), "--seed", "7"]
    assert main([*asked, "--where", "amount > 5"]) == 0
    assert "unchecked draft" in capsys.readouterr().out.lower()
    note = json.loads((tmp_path / f"copy{suffix}.draft.json").read_text("utf-8"))
    assert (note["status"], note["provenance"], note["is_judged"]) == ("unchecked draft", "synthetic", False)
    assert (note["rows"], note["seed"], note["where"], note["file"]) == (25, 7, "amount > 5", out.name)
    assert "main.py release" in note["release"]
    inside = said_inside(out)
    assert inside is None or inside["likeness.status"] == "unchecked draft"
    assert open_source(out).rows == 25  # what it says about itself is in nobody's way


def test_a_draft_never_appears_without_its_note(project, tmp_path):
    source = open_source(project.parent / "payments.csv")

    def full(_rows):
        raise OSError(28, "No space left on device")

    with pytest.raises(DataError):
        write_rows(tmp_path / "copy.csv", source.batches(), source.schema, beside=full)
    assert list(tmp_path.iterdir()) == []


def test_a_note_does_not_take_the_place_of_a_project(project, tmp_path, capsys):
    taken = tmp_path / "copy.csv.draft.json"
    taken.write_bytes(project.read_bytes())
    assert main(["synth", "--project", str(project), "--rows", "5", "--out", str(tmp_path / "copy.csv")]) == 2
    assert "draft.json" in capsys.readouterr().err
    assert not (tmp_path / "copy.csv").exists()
