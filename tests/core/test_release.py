"""Releases: refused with what to change, written whole with their evidence, told in the journal, and checkable."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys

import pytest

from core.commands._app import main
from core.commands._execute import execute
from core.data.open import open_source
from core.errors import DataError, LeaseHeld, ParameterError, ProjectError, RefusedError
from core.project.project import Project
from core.tasks.fit import FitRequest
from core.tasks.release import ReleaseRequest

from .test_generator_choice import write_totals

FILES = {"data.csv", "data_card.html", "dossier.html", "dossier.json", "manifest.json"}
REASON = "The board wants the <figures> by Friday & accepts it"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    file = write_totals(folder / "orders.csv")
    project = folder / "orders.likeness"
    execute(FitRequest(str(file), project=str(project), model="circuit", settings=("trees=1", "states=2")))
    return project


@pytest.fixture(scope="module")
def accepted(shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("accepted") / "release"
    lines = [{"metric": "subjects", "min": 5}, {"metric": "rules_kept", "min": 1}, {"metric": "real_values", "max": 0}]
    return release(shop, out=str(out), policy=policy(out.parent, lines))


def policy(folder, lines):
    path = folder / "policy.json"
    path.write_text(json.dumps({"version": 1, "name": "house", "lines": lines}))
    return str(path)


IMPOSSIBLE = [{"metric": "subjects", "min": 5}, {"metric": "shapes", "min": 2}]


def release(project, **values):
    return execute(ReleaseRequest(project=str(project), **{"rows": 40, **values}))


def folder_of(result):
    from pathlib import Path

    return Path(result["out"])


def test_an_accepted_release_is_a_folder_with_rows_card_dossier_and_manifest(accepted):
    folder = folder_of(accepted)
    assert accepted["accepted"]
    assert accepted["failing"] == []
    assert {p.name for p in folder.iterdir()} == FILES
    rows = list(csv.DictReader((folder / "data.csv").open(encoding="utf-8")))
    assert len(rows) == 40
    assert all(abs(float(r["net"]) + float(r["tax"]) - float(r["total"])) < 0.006 for r in rows), "a rule of the table"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["provenance"] == "synthetic"
    assert manifest["seed"] == 0
    assert set(manifest["files"]) == FILES - {"manifest.json"}
    assert "numpy" in manifest["versions"]


def test_the_dossier_has_its_ten_points_and_loads_nothing(accepted):
    page = (folder_of(accepted) / "dossier.html").read_text("utf-8")
    for number in range(1, 11):
        assert f">{number}. " in page
    assert "release.dossier" not in page
    assert not re.findall(r'(?:src|href)="', page)
    assert "None. The model was not trained with a differential-privacy guarantee" in page
    fair = page.split("<h3>Fair</h3>")[1].split("</section>")[0]
    assert "Nothing of this kind was measured." in fair, "no table of dashes"
    assert "Tolerated are an AUC of 0.55, 5% of the guesses" in page
    attacks = page.split(">4. ")[1].split("</section>")[0]
    assert attacks.count("Found at 1% false alarms") == 3, "three membership attacks, on the most exposed rows as well"
    assert attacks.count("on unseen ones.") == 3, "each guess beside its control"


def test_the_recipient_gets_nothing_about_single_rows(accepted):
    plain = json.loads((folder_of(accepted) / "dossier.json").read_text("utf-8"))

    def longest(value):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        own = len(value) if isinstance(value, list) and value and isinstance(value[0], int | float) else 0
        return max([own, *map(longest, parts)])

    assert longest(plain) <= 2, "intervals are the only lists of numbers"
    assert plain["decision"]["accepted"] is True
    assert plain["differential_privacy"] is None
    assert {m["group"] for m in plain["measured"]} >= {"fidelity", "utility", "privacy"}


def test_details_that_speak_of_single_rows_are_left_out():
    from core.release.dossier import plain_details

    found = plain_details({"rows": 5, "auc": 0.5, "exposed": [3, 9], "scores": {"3": 0.1}, "target": "income"})
    assert found == {"rows": 5, "auc": 0.5}


def test_a_refusal_says_why_and_writes_nothing(shop, tmp_path, capsys):
    out = tmp_path / "release"
    asked = ["release", "--project", str(shop), "--rows", "40", "--out", str(out),
             "--policy", policy(tmp_path, IMPOSSIBLE)]
    assert main([*asked, "--json"]) == 3
    result = json.loads(capsys.readouterr().out)
    assert result["accepted"] is False
    assert [line["metric"] for line in result["failing"]] == ["shapes"]
    assert result["failing"][0]["fix"]
    assert result["out"] is None
    assert [p.name for p in tmp_path.iterdir()] == ["policy.json"]
    with Project.open(shop, read_only=True) as project:
        assert "shapes" not in str([entry.event for entry in project.journal.entries()])


def test_a_refined_release_tells_what_it_gained_and_cost(shop, tmp_path, capsys):
    out = tmp_path / "release"
    asked = ["release", "--project", str(shop), "--rows", "1000", "--out", str(out), "--refine"]
    house = policy(tmp_path, [{"metric": "subjects", "min": 5}, {"metric": "rules_kept", "min": 1}])
    assert main([*asked, "--policy", house, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["refined"]
    assert told["after"] < told["before"]
    assert told["drawn"] == 3 * told["kept"] == 3_000
    assert json.loads((out / "dossier.json").read_text("utf-8"))["draw"]["refined"] == told
    page = (out / "dossier.html").read_text("utf-8")
    assert f"fell from {told['before']:.4f} to {told['after']:.4f}" in page
    assert main(["verify", str(out)]) == 0


def test_a_policy_that_forbids_refining_refuses_it_before_any_work(shop, tmp_path, capsys, monkeypatch):
    from core.tasks import _release

    monkeypatch.setattr(_release, "for_release", lambda *_: pytest.fail("a model was made ready for nothing"))
    asked = ["release", "--project", str(shop), "--rows", "40", "--out", str(tmp_path / "r"), "--refine"]
    assert main([*asked, "--policy", "strict"]) == 2
    what, why, fix = capsys.readouterr().err.strip().splitlines()[-3:]
    assert "strict forbids refining" in what
    assert "training rows" in why
    assert "--refine" in fix
    assert not (tmp_path / "r").exists()
    assert main([*asked, "--where", "net > 100"]) == 2


def test_a_reason_overrides_and_stands_in_dossier_and_journal(shop, tmp_path, capsys):
    out = tmp_path / "release"
    asked = ["release", "--project", str(shop), "--rows", "40", "--out", str(out), "--format", "parquet",
             "--policy", policy(tmp_path, IMPOSSIBLE), "--override", REASON, "--by", "Ada  Byron"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert REASON in said
    assert "against the policy" in said
    assert "The board wants the &lt;figures&gt; by Friday &amp; accepts it" in (out / "dossier.html").read_text("utf-8")
    assert json.loads((out / "dossier.json").read_text("utf-8"))["decision"]["override"] == REASON
    card = (out / "data_card.html").read_text("utf-8")
    assert "Released against the policy" in card, "whoever reads the card alone is told as well"
    assert "One required line of the policy “house” was missed" in card
    with Project.open(shop, read_only=True) as project:
        entry = project.journal.entries()[-1].event
        record = project.record("release")
    assert (entry["type"], entry["override"], entry["failing"]) == ("release", REASON, ["shapes"])
    assert entry["by"] == "Ada Byron"
    assert "Responsible: Ada Byron" in (out / "dossier.html").read_text("utf-8")
    assert record["id"] == entry["release"]
    assert main(["verify", str(shop)]) == 0
    import pyarrow.parquet as pq

    metadata = pq.read_schema(out / "data.parquet").metadata
    assert metadata[b"likeness.provenance"] == b"synthetic"
    assert metadata[b"likeness.status"] == b"released"
    assert metadata[b"likeness.release"].decode() == entry["release"]


def test_a_reason_nobody_needed_is_not_kept(shop, tmp_path):
    result = release(shop, out=str(tmp_path / "r"), override=REASON, policy=policy(tmp_path, IMPOSSIBLE[:1]))
    assert result["accepted"]
    assert result["override"] is None


@pytest.mark.parametrize("harm", ["byte", "missing", "added", "manifest", "none"])
def test_verify_sees_what_happened_to_a_release(accepted, tmp_path, harm, capsys):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(folder_of(accepted), folder)
    if harm == "byte":
        data = bytearray((folder / "data.csv").read_bytes())
        data[-3] ^= 1
        (folder / "data.csv").write_bytes(data)
    elif harm == "missing":
        (folder / "dossier.html").unlink()
    elif harm == "added":
        (folder / "scores.csv").write_text("row,score\n")
    elif harm == "manifest":
        (folder / "manifest.json").unlink()
    assert main(["verify", str(folder), "--json"]) == (0 if harm == "none" else 1)
    result = json.loads(capsys.readouterr().out)
    assert result["ok"] is (harm == "none")
    assert len(result["problems"]) == (0 if harm == "none" else 1)


def test_whoever_rewrites_the_manifest_is_caught_by_its_digest(accepted, tmp_path):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(folder_of(accepted), folder)
    assert main(["verify", str(folder), "--head", accepted["manifest"]]) == 0
    text = (folder / "manifest.json").read_text("utf-8")
    (folder / "manifest.json").write_text(text.replace('"rows": 40', '"rows": 41'))
    assert main(["verify", str(folder), "--head", accepted["manifest"]]) == 1


def test_a_check_judges_and_writes_nothing(shop, tmp_path):
    result = release(shop, check=True, policy=policy(tmp_path, IMPOSSIBLE[:1]))
    assert result["accepted"]
    assert result["out"] is None


def test_the_same_request_gives_the_same_rows(shop, tmp_path):
    first, again, other = (
        release(shop, out=str(tmp_path / name), seed=seed, policy=policy(tmp_path, IMPOSSIBLE[:1]))
        for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    rows = [(folder_of(r) / "data.csv").read_bytes() for r in (first, again, other)]
    assert rows[0] == rows[1] != rows[2]


def test_one_row_under_a_condition_can_be_released(shop, tmp_path):
    result = release(shop, rows=1, where="region = 'north'", out=str(tmp_path / "one"),
                     policy=policy(tmp_path, IMPOSSIBLE[:1]), format="sqlite")
    assert result["accepted"]
    source = open_source(folder_of(result) / "data.sqlite")
    assert source.rows == 1
    assert "north" in str(next(source.batches())["region"].objects())


def test_groups_that_may_fare_worse_stand_in_the_dossier(shop, tmp_path):
    asked = {"policy": policy(tmp_path, IMPOSSIBLE[:1]), "rows": 1_000}
    made = [release(shop, out=str(tmp_path / name), sensitive=groups, **asked)
            for name, groups in (("told", ("region",)), ("plain", ()))]
    told, plain = (
        {line["key"]: line["value"] for line in json.loads((folder_of(m) / "dossier.json").read_text())["measured"]}
        for m in made)
    assert 0.8 < told["representation"] <= 1
    assert plain["representation"] is None
    assert made[0]["release"] != made[1]["release"]


def nothing_left(tmp_path, *known):
    return {p.name for p in tmp_path.iterdir()} <= set(known)


REFUSALS = {
    "short reason": ({"override": "because"}, ParameterError, "20"),
    "no folder": ({"out": None}, ParameterError, "--out"),
    "no such format": ({"format": "docx"}, ParameterError, "csv"),
    "no rows": ({"rows": 0}, ParameterError, "rows"),
    "no such column": ({"where": "nowhere = 1"}, DataError, "nowhere"),
    "impossible": ({"where": "net > 1e12"}, Exception, "net"),
    "no such group": ({"sensitive": ("creed",)}, DataError, "creed"),
    "no such fit": ({"fit": "nothing"}, ProjectError, "nothing"),
    "folder in use": ({"out": "."}, DataError, "empty"),
    "no parent": ({"out": "gone/release"}, DataError, "folder"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_done_is_said_before_anything_is_written(shop, tmp_path, monkeypatch, name):
    changed, kind, says = REFUSALS[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").write_text("x")
    with pytest.raises(kind) as error:
        release(shop, **{"out": "release", **changed})
    lines = error.value.lines()
    assert says in " ".join(lines)
    assert not re.search(r"\{|release\.[a-z_]", " ".join(lines))
    assert nothing_left(tmp_path, "here")


def test_a_model_that_keeps_rare_values_never_draws_a_release(tmp_path):
    file, project = write_totals(tmp_path / "o.csv", 300), tmp_path / "m.likeness"
    execute(FitRequest(str(file), project=str(project), model="mixture"))
    with pytest.raises(RefusedError) as error:
        release(project, out=str(tmp_path / "r"))
    assert "Mixture" in " ".join(error.value.lines())
    assert not (tmp_path / "r").exists()


def test_the_codec_for_analysis_never_draws_a_release(shop, tmp_path, monkeypatch):
    from core.tasks import _release

    def exact(store, fit, bundle, run, subjects):
        return bundle.draws

    monkeypatch.setattr(_release, "for_release", exact)
    with pytest.raises(RefusedError):
        release(shop, out=str(tmp_path / "r"))
    assert nothing_left(tmp_path)


def test_a_stricter_house_gets_a_stricter_generator(shop, tmp_path):
    result = release(shop, check=True, policy=policy(tmp_path, [{"metric": "subjects", "min": 9}]))
    assert result["lines"][0]["value"] == 9


def test_a_project_that_may_not_be_written_releases_nothing(shop, tmp_path):
    with Project.open(shop) as held:
        assert not held.read_only
        asked = [sys.executable, "main.py", "release", "--project", str(shop), "--rows", "9", "--out",
                 str(tmp_path / "r")]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert f"{os.getpid():,}" in told.stderr
    assert nothing_left(tmp_path)
    assert issubclass(LeaseHeld, ProjectError)


def test_a_full_disk_leaves_nothing_half(shop, tmp_path, monkeypatch):
    import core.data.write as write

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.os, "fsync", full)
    with pytest.raises(DataError) as error:
        release(shop, out=str(tmp_path / "r"), policy=policy(tmp_path, IMPOSSIBLE[:1]))
    assert error.value.key == "data.write_full"
    assert nothing_left(tmp_path, "policy.json")


KILLED = """
import os, signal, sys
from pathlib import Path
import core.data.write as write
with write.making(Path(sys.argv[1])) as draft:
    (draft / "data.csv").write_text("a\\n1\\n")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_release_leaves_no_folder_and_the_next_one_clears_up(tmp_path):
    from core.data.write import making

    out = tmp_path / "release"
    done = subprocess.run([sys.executable, "-c", KILLED, str(out)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    with making(out) as draft:
        (draft / "data.csv").write_text("a\n1\n")
    assert [p.name for p in tmp_path.iterdir()] == ["release"]
    assert [p.name for p in out.iterdir()] == ["data.csv"]


def test_dates_leave_moved_and_people_made_up(tmp_path):
    import numpy as np

    rng = np.random.default_rng(0)
    people = [(f"C{i:04d}", f"{a} {b}", f"{a}.{b}@bank.co.uk") for i, (a, b) in enumerate(
        (a, b) for a in ("Anna", "James", "Maria", "Peter", "Laura", "David") for b in (
            "Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Green", "Hall"))]
    with (tmp_path / "calls.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "holder", "email", "at", "minutes"])
        for i in range(900):
            row = people[int(rng.integers(len(people)))]
            when = f"2025-{1 + i % 12:02d}-{1 + i % 28:02d} {i % 24:02d}:00:00"
            writer.writerow([*row, when, round(rng.gamma(2, 4), 1)])
    project = tmp_path / "p.likeness"
    execute(FitRequest(str(tmp_path / "calls.csv"), project=str(project), model="circuit", settings=("trees=1",)))
    asked = policy(tmp_path, [{"metric": "real_values", "max": 0}])
    result = release(project, rows=300, out=str(tmp_path / "out"), policy=asked)
    assert result["accepted"]
    rows = list(csv.DictReader((folder_of(result) / "data.csv").open(encoding="utf-8")))
    assert not {r["holder"] for r in rows} & {p[1] for p in people}
    assert all(r["email"].endswith(("@example.com", "@example.org", "@example.net")) for r in rows)
    assert len({(r["customer"], r["holder"], r["email"]) for r in rows}) == len({r["customer"] for r in rows})
    assert min(r["at"] for r in rows) < "2025-01-01", "moved into the past"
    page = (folder_of(result) / "dossier.html").read_text("utf-8")
    assert "All dates were moved by one whole number of weeks" in page
    kept = release(project, rows=50, out=str(tmp_path / "kept"), policy=asked, where="at >= '2025-06-01'")
    rows = list(csv.DictReader((folder_of(kept) / "data.csv").open(encoding="utf-8")))
    assert min(r["at"] for r in rows) >= "2025-06-01", "a condition on dates means the dates as they are"
