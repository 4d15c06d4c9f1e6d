"""How lines are cut into cells: the files that people and programs really send."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.open import ReadOptions, open_source

DIALECTS = {
    # content, columns
    "comma": ("a,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "semicolon, decimal comma": ("a;b\n1,5;x\n2,5;y\n", {"a": [1.5, 2.5], "b": ["x", "y"]}),
    "tab": ("a\tb\n1\tx, y\n2\tz\n", {"a": [1, 2], "b": ["x, y", "z"]}),
    "pipe": ("a|b\n1|x\n2|y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "a blank after each comma": ("a, b\n1, x\n2, y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "everything in quotes": ('"a","b"\n"1","x"\n"2","y"\n', {"a": [1, 2], "b": ["x", "y"]}),
    "single quotes": ("a,b\n'x,y',2\n'z',3\n", {"a": ["x,y", "z"], "b": [2, 3]}),
    "backslash before a quote": ('a,b\n"x\\"y",2\n"z",3\n', {"a": ['x"y', "z"], "b": [2, 3]}),
    "quotes in names": ('"a ""q""","b"\n1,2\n3,4\n', {'a "q"': [1, 3], "b": [2, 4]}),
    "JSON in a cell": ('a,b\n1,"{""k"": [1,2]}"\n2,{}\n', {"a": [1, 2], "b": ['{"k": [1,2]}', "{}"]}),
    "Windows line ends": ("a,b\r\n1,x\r\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]}),
    "line ends of both sorts": ("a,b\r\n1,x\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]}),
    "blank lines at the end": ("a,b\n1,x\n2,y\n\n\n", {"a": [1, 2], "b": ["x", "y"]}),
    "no line end at the end": ("a,b\n1,x\n2,y", {"a": [1, 2], "b": ["x", "y"]}),
    "no header": ("1,x\n2,y\n", {"column1": [1, 2], "column2": ["x", "y"]}),
    "comments above": ("# made by hand\n# twice\na,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "a name that begins with a hash": ("#n,b\n1,x\n1,y\n", {"#n": [1, 1], "b": ["x", "y"]}),
    "a title with a comma above": ("Report, March\na,b,c\n1,2,3\n4,5,6\n7,8,9\n", {
        "a": [1, 4, 7], "b": [2, 5, 8], "c": [3, 6, 9]}),
    "a delimiter at the end of rows alone": ("a,b\n1,x,\n2,y,\n3,z\n", {"a": [1, 2, 3], "b": ["x", "y", "z"]}),
    "a blank line in a single column": ("a\n1\n\n3\n", {"a": [1, None, 3]}),
    "free text in one column": ("note\nthe quick brown fox\njumps\n", {"note": ["the quick brown fox", "jumps"]}),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_dialect(name, tmp_path):
    content, columns = DIALECTS[name]
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode())
    source = open_source(path)
    found = source.take(np.arange(source.rows)).columns
    assert {n: c.objects().tolist() for n, c in found.items()} == columns


def test_a_header_of_numbers_can_be_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("2019,2020\n1,2\n3,4\n")
    assert "read.note.no_header" in {n.key for n in open_source(path).notes}
    source = open_source(path, ReadOptions(header=True))
    assert source.schema.names == ("2019", "2020")
    assert source.rows == 2


def test_rows_stay_in_the_order_of_the_file(tmp_path):
    """Scores are given back by row number: a reader of many threads must not shuffle."""
    path = tmp_path / "t.csv"
    path.write_text("n,x\n" + "".join(f"{i},{i * 7919 % 104729}\n" for i in range(300_000)))
    source = open_source(path)
    values = np.concatenate([b["x"].values for b in source.batches(["x"])])
    assert np.array_equal(values, np.arange(300_000) * 7919 % 104729)


def test_a_late_surprise_is_seen(tmp_path):
    """Sniffing looks at the first rows; the text in row 250,000 counts as much as they do."""
    path = tmp_path / "t.csv"
    path.write_text("n,x\n" + "1,2.5\n" * 250_000 + "1,oops\n")
    source = open_source(path)
    (note,) = [n for n in source.notes if n.key == "read.note.mixed"]
    assert note.values["first"] == 250_001
    assert source.take(np.array([250_000]))["x"].objects().tolist() == ["oops"]
