"""The real tables of the study of copies: half to learn from, half never shown; which columns are codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from core.data.batch import CODED, Batch
from core.data.frame import to_pandas
from core.data.open import open_source
from core.data.source import Source

NAMES = ("adult", "magic", "default")
TARGETS = {"adult": "income", "magic": "class", "default": "default"}
_CODES = {"default": ("SEX", "EDUCATION", "MARRIAGE", "PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")}
"""Whole numbers that are codes: judged as categories, as published comparisons do, whatever a model takes them for."""


@dataclass(frozen=True, eq=False)
class Table:
    """A real table in two halves.

    Args:
        name: its folder.
        source, held: both halves as a model reads them.
        train, holdout: both halves as the judges read them, categories as texts.
        target: the column to predict.
        codes: the columns judged as categories.
    """

    name: str
    source: Source
    held: Source
    train: pd.DataFrame
    holdout: pd.DataFrame
    target: str
    codes: frozenset[str]

    def frame(self, copy: Batch | pd.DataFrame) -> pd.DataFrame:
        """Rows as the judges read them."""
        return judged(to_pandas(copy) if isinstance(copy, Batch) else copy, self.codes)[list(self.train)]

    def swapped(self) -> Table:
        """The same table with its halves in each other's place."""
        return replace(self, source=self.held, held=self.source, train=self.holdout, holdout=self.train)


def judged(frame: pd.DataFrame, codes: frozenset[str]) -> pd.DataFrame:
    """Categories as texts, all else as floats."""
    return pd.DataFrame({
        str(name): _texts(values) if name in codes else values.astype(float) for name, values in frame.items()
    })


def _texts(values: pd.Series) -> pd.Series:
    """Texts of categories; a code that a model drew as a float is still that code."""
    if values.dtype.kind == "f":
        values = values.round().astype("Int64")
    return values.astype(object).where(values.notna(), "missing").astype(str)


def whole(source: Source) -> Batch:
    """All rows in one batch."""
    return Batch.concat(list(source.batches()))


def load(data: Path, name: str) -> Table:
    """Read one table; its files are train.csv and holdout.csv."""
    folder = data / "tables" / name
    source = open_source(folder / "train.csv")
    held = open_source(folder / "holdout.csv").with_schema(source.schema)
    codes = frozenset(c.name for c in source.schema if c.kind in CODED or c.name in _CODES.get(name, ()))
    train, holdout = (judged(to_pandas(whole(s)), codes) for s in (source, held))
    return Table(name, source, held, train, holdout, TARGETS[name], codes)
