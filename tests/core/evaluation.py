"""Tables to evaluate: real rows with strong relations, and copies of every sort of them."""

from __future__ import annotations

import numpy as np

from core.data.batch import Batch
from core.data.schema import Kind, Role
from core.evaluate.base import Tables
from core.evaluate.tables import prepare

from .tables import table

SCHEMA_OF = {"amount": 2, "fee": 2}


def real(n: int, seed: int):
    """Payments: the category sets the amount, the amount the fee, and fraud depends on both."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(4, size=n)
    amount = np.round(np.exp(kind + rng.normal(0, 0.4, n)), 2)
    risky = (kind == 3) & (rng.random(n) < 0.5)
    age = rng.integers(18, 90, size=n)
    return table(
        amount=(Kind.NUMBER, amount, Role.AMOUNT),
        fee=(Kind.NUMBER, np.round(amount * 0.03 + rng.normal(0, 0.05, n), 2)),
        age=(Kind.INTEGER, np.where(rng.random(n) < 0.1, None, age.astype(object))),
        category=(Kind.CATEGORY, np.array(["grocery", "fuel", "clothing", "travel"])[kind]),
        channel=(Kind.CATEGORY, np.where(rng.random(n) < 0.8, np.where(kind > 1, "online", "chip"), "keyed"),
                 Role.SENSITIVE),
        hour=(Kind.INTEGER, (kind * 5 + rng.integers(0, 4, n)) % 24),
        is_fraud=(Kind.BOOLEAN, risky, Role.LABEL),
        payment_id=(Kind.ID, [f"P-{seed}-{i}" for i in range(n)], Role.ID),
    )


def tables(copy: str = "fresh", n: int = 1500, seed: int = 0) -> Tables:
    """Training rows, a holdout and a copy.

    "fresh" = other real rows, "training" = training rows, "half" = half of each row's cells from one training row,
    "independent" = shuffled columns, "some half" = a fifth of the rows half copied.
    """
    train, holdout, fresh = (real(n, seed + s) for s in (1, 2, 3))
    rng = np.random.default_rng(seed)
    synthetic = {
        "fresh": lambda: fresh.batch,
        "training": lambda: train.batch.take(rng.permutation(n)),
        "independent": lambda: partly_copied(train.batch, 0.0, 0.0, rng),
        "half": lambda: partly_copied(train.batch, 0.5, 1.0, rng),
        "some half": lambda: partly_copied(train.batch, 0.5, 0.2, rng),
    }[copy]()
    return prepare(train.batch, holdout.batch, synthetic, train.schema).tables


def partly_copied(train: Batch, cells: float, rows: float, rng: np.random.Generator) -> Batch:
    """In a share `rows` of the rows a share `cells` of the cells from one training row, all others by chance."""
    n = train.rows
    source, is_copied = rng.integers(n, size=n), rng.random(n) < rows
    columns = {}
    for name, column in train.columns.items():
        taken = is_copied & (rng.random(n) < cells)
        columns[name] = column.take(np.where(taken, source, rng.integers(n, size=n)))
    return Batch(columns, n)
