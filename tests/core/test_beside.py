"""Rows beside a case: linked by any key, alike in what is strange about them."""

from __future__ import annotations

import csv

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


def test_look_alikes_are_strange_in_the_same_way(scored):
    found = execute(make("alike", project=scored, row="7"))
    assert {i["row"] for i in found["items"]} == {107, 207}
    assert all(i["likeness"] > 0.85 and i["key"] for i in found["items"])
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
