"""Rows beside a case: linked by any key, alike in what is strange about them."""

from __future__ import annotations

import csv
import json

import pytest

from core.commands._execute import execute
from core.errors import LikenessError, ParameterError
from core.tasks.base import TASKS

COLUMNS = ("id", "card", "terminal", "amount", "shop")


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """600 payments; rows 7, 107 and 207 pay the same strange amount in the same strange shop."""
    folder = tmp_path_factory.mktemp("beside")
    with (folder / "p.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for i in range(600):
            odd = i in (7, 107, 207)
            lines.writerow([f"P-{i}", f"C{i % 60}", f"T{i % 150}", 9000 + i / 100 if odd else 20 + i % 17,
                            "jewels" if odd else ("grocer", "fuel", "books")[i % 3]])
    project = str(folder / "p.likeness")
    execute(make("fit", file=str(folder / "p.csv"), project=project, model="mixture"))
    execute(make("score", file=str(folder / "p.csv"), project=project, out=str(folder / "s.csv")))
    return project


def make(task, **values):
    return TASKS.get(task).request(**values)


def test_rows_are_linked_by_any_column_that_ties_them(scored):
    found = execute(make("linked", project=scored, row="7"))
    assert {"card", "terminal"} <= set(found["columns"])
    assert not {"amount", "shop", "id"} & set(found["columns"])
    by_terminal = execute(make("linked", project=scored, row="7", column="terminal"))
    assert [e["row"] for e in by_terminal["events"]] == [7, 157, 307, 457]
    assert (by_terminal["value"], by_terminal["total"]) == ("T7", 4)
    with pytest.raises(ParameterError):
        execute(make("linked", project=scored, row="7", column="nonsense"))


def test_a_value_stands_beside_what_its_own_card_is_used_to(scored):
    from core.words import Message, words

    found = execute(make("explain", project=scored, rows=("7",)))["items"][0]
    assert found["entity"]["column"] == "card"
    own = {c["column"]: words().text(Message.from_json(c["own"])) for c in found["cells"] if "own" in c}
    low, high = (float(part) for part in own["amount"].removeprefix("own rows ").split(" to "))
    assert 20 <= low <= high <= 36  # never the strange payment itself
    assert own["shop"].startswith("own rows ")


def test_look_alikes_are_strange_in_the_same_way(scored):
    found = execute(make("alike", project=scored, row="7"))
    assert {i["row"] for i in found["items"]} == {107, 207}
    assert all(i["likeness"] > 0.9 and i["key"] for i in found["items"])
    assert execute(make("alike", project=scored, row="7", rows=("7", "300")))["items"] == []


def test_a_package_travels_and_comes_back_by_commands(scored, tmp_path):
    from core.project.project import Project
    from core.review.package import KEY
    from core.review.queue import Case
    from core.review.session import Session

    out = str(tmp_path / "lee.likeness")
    cut = execute(make("package", project=scored, out=out, count=3, to="lee"))
    assert (cut["cases"], cut["claimed"]) == (3, True)
    with Project.open(out) as project:
        kept = project.setting(KEY)["items"]
        session = Session(project.journal, [Case.from_json(i) for i in kept], run=cut["run"], reviewer="lee")
        session.decide(session.position, "fraud")
        assert all(item["cells"] for item in kept)
    found = execute(make("merge", project=scored, file=out))
    assert (found["verdicts"], found["known"], found["pairs"]) == (1, 0, 0)
    with Project.open(scored):  # a window that has it open
        again = execute(make("package", project=scored, out=out, of="fraud", to="bo"))
        assert (again["cases"], again["claimed"]) == (1, False)
        with pytest.raises(LikenessError, match="another window"):
            execute(make("merge", project=scored, file=decided(out)))
    assert execute(make("merge", project=scored, file=out))["pairs"] == 1
    with pytest.raises(ParameterError):
        execute(make("package", project=scored, out=out, of="normal"))


def decided(path):
    from core.project.project import Project
    from core.review.package import KEY
    from core.review.queue import Case
    from core.review.session import Session

    with Project.open(path) as project:
        cases = [Case.from_json(i) for i in project.setting(KEY)["items"]]
        Session(project.journal, cases, reviewer="bo").decide(cases[0].key, "normal")
    return path


def test_labels_go_out_as_a_column_and_come_in_from_a_file(scored, tmp_path):
    out = tmp_path / "labels.csv"
    told = execute(make("labels", project=scored, out=str(out)))
    lines = list(csv.DictReader(out.open()))
    assert (told["rows"], len(lines)) == (600, 600)
    assert sum(line["label"] != "" for line in lines) == told["labels"]
    theirs = tmp_path / "bank.csv"
    theirs.write_text("row,chargeback\n300,yes\n301,no\n302,\n9999,yes\n")
    found = execute(make("take", file=str(theirs), project=scored, column="chargeback", by="bank"))
    assert (found["labels"], found["taken"], found["positive"]) == (2, 2, 1)
    assert execute(make("take", file=str(theirs), project=scored, column="chargeback", by="bank"))["taken"] == 0
    execute(make("labels", project=scored, out=str(out)))
    again = list(csv.DictReader(out.open()))
    assert [again[i]["label"] for i in (300, 301, 302)] == ["1", "0", ""]
    assert again[300]["decided_by"] == "bank"
    (tmp_path / "ids.csv").write_text(f"{COLUMNS[0]},chargeback\nP-310,yes\nP-311,no\n")
    by_id = execute(make("take", file=str(tmp_path / "ids.csv"), project=scored, column="chargeback", by="card scheme"))
    assert (by_id["taken"], by_id["positive"]) == (2, 1), "the id that other tools know is enough"
    (tmp_path / "short.csv").write_text("chargeback,x\nyes,1\nno,2\n")
    with pytest.raises(ParameterError, match="cannot be told"):
        execute(make("take", file=str(tmp_path / "short.csv"), project=scored, column="chargeback"))
    with pytest.raises(ParameterError):
        execute(make("take", file=str(theirs), project=scored, column="nonsense"))


def test_a_redacted_case_file_names_nobody_and_the_full_one_tells_all(scored, tmp_path):
    full, bare = tmp_path / "full", tmp_path / "bare"
    execute(make("case_file", project=scored, out=str(full), printed=str(tmp_path / "paper.html")))
    written = execute(make("case_file", project=scored, out=str(bare), redact=True, mask=("amount",)))
    texts = "\n".join(f.read_text("utf-8") for f in sorted(bare.iterdir()))
    ids = [line["case"] for line in csv.DictReader((full / "cases.csv").open())]
    assert len(ids) == 100
    assert not [i for i in ids if i in texts]
    assert not [c for c in (f"C{i}" for i in range(60)) if f'"{c}"' in texts or f">{c}<" in texts]
    assert "9,00" not in texts  # the strange amounts
    assert not (bare / "journal.jsonl").exists()
    assert written["head"] in texts
    assert all(execute(make("verify", path=str(folder)))["ok"] for folder in (full, bare))
    again = tmp_path / "again"
    execute(make("case_file", project=scored, out=str(again), redact=True, mask=("amount",)))
    keys = [[line["case"] for line in csv.DictReader((f / "cases.csv").open())] for f in (bare, again)]
    assert keys[0] == keys[1]  # the same pseudonym each time
    data = json.loads((full / "cases.json").read_text("utf-8"))
    assert data["data"]
    assert data["fit"]
    assert "Why: " in data["cases"][0]["account"]
    assert data["cases"][0]["account"].splitlines()[0] in (tmp_path / "paper.html").read_text("utf-8")
    with pytest.raises(ParameterError):
        execute(make("case_file", project=scored, out=str(bare), redact=True, mask=("nonsense",)))
