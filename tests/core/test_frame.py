"""Frames: what a notebook hands in comes back as it was."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.batch import Missing
from core.data.frame import from_pandas, to_pandas
from core.data.schema import Kind

FRAME = pd.DataFrame({
    "amount": [1.5, np.nan, 3.0],
    "pins": [1, 2, 3],
    "ok": [True, False, True],
    "at": pd.to_datetime(["2024-01-01 00:00", None, "2024-01-02 10:30"]),
    "shop": pd.Series(["a", None, ""], dtype=object),
    "grade": pd.Categorical(["x", "y", None]),
    "seen": pd.array([1, None, 3], dtype="Int64"),
})


def test_kinds_follow_dtypes():
    kinds = {c.name: c.kind for c in from_pandas(FRAME).schema}
    assert kinds == {
        "amount": Kind.NUMBER, "pins": Kind.INTEGER, "ok": Kind.BOOLEAN, "at": Kind.DATETIME, "shop": Kind.CATEGORY,
        "grade": Kind.CATEGORY, "seen": Kind.INTEGER,
    }


def test_missing_cells_keep_their_sort():
    batch = from_pandas(FRAME).batch
    assert batch["amount"].missing.tolist() == [Missing.PRESENT, Missing.NAN, Missing.PRESENT]
    assert batch["shop"].missing.tolist() == [Missing.PRESENT, Missing.NULL, Missing.EMPTY]
    assert batch["seen"].missing.tolist() == [Missing.PRESENT, Missing.NULL, Missing.PRESENT]
    assert batch["grade"].missing.tolist() == [Missing.PRESENT, Missing.PRESENT, Missing.NULL]


def test_a_frame_comes_back_as_it_was():
    back = to_pandas(from_pandas(FRAME).batch)
    expected = FRAME.astype({"at": "datetime64[us]"})
    expected["grade"] = pd.Series(["x", "y", None], dtype=object)
    pd.testing.assert_frame_equal(back, expected)


def test_an_empty_frame_has_its_columns():
    source = from_pandas(FRAME.iloc[:0])
    assert source.rows == 0
    assert list(to_pandas(source.batch).columns) == list(FRAME.columns)
