"""A small table of payments for the tests of tasks and commands: thirty cards, five shops, eight odd rows."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

__all__ = ["FRAUD", "write_payments"]

FRAUD = 8
SHOPS = {"grocery": 30.0, "fuel": 55.0, "books": 18.0, "travel": 420.0, "games": 9.0}


def write_payments(path: Path, rows: int = 600, seed: int = 0, start: int = 0, **renamed: str) -> Path:
    """Write the table.

    Args:
        path: CSV file.
        rows: ordinary and odd ones together.
        seed: of amounts, cards and times.
        start: first payment number.
        renamed: old name -> new name of a column; "" leaves it out.
    """
    rng = np.random.default_rng(seed)
    kinds = rng.choice(list(SHOPS), rows, p=[0.4, 0.2, 0.2, 0.1, 0.1])
    odd = set(rng.choice(rows, FRAUD, replace=False).tolist())
    table = []
    for i, kind in enumerate(kinds):
        amount = SHOPS[kind] * float(np.exp(rng.normal(0, 0.3)))
        if i in odd:
            amount = 40 * SHOPS["travel"] if kind == "travel" else 60 * amount
        minute = int(rng.integers(0, 1440))
        table.append({
            "payment_id": f"P-{start + i:05d}",
            "time": f"2026-03-{1 + i * 28 // rows:02d} {minute // 60:02d}:{minute % 60:02d}:00",
            "card": f"{4000 + int(rng.integers(0, 30))}", "category": kind,
            "channel": "keyed" if i in odd else str(rng.choice(["chip", "contactless", "online"])),
            "amount": f"{amount:.2f}", "distance_km": "" if rng.random() < 0.15 else f"{rng.gamma(2.0, 3.0):.1f}",
            "is_fraud": int(i in odd),
        })
    names = {name: renamed.get(name, name) for name in table[0]}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([new for new in names.values() if new])
        writer.writerows([[row[old] for old, new in names.items() if new] for row in table])
    return path
