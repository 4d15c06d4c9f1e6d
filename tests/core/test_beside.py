"""Rows beside a case: linked by any key, alike in what is strange about them."""

from __future__ import annotations

import csv

import pytest

from core.commands._execute import execute
from core.errors import ParameterError
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
