"""A table with twenty rules, of which a few rows break each: what a search for rules has to bring back."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.data.batch import Batch, Column
from core.data.schema import ColumnSpec, Kind, Schema
from core.data.source import MemorySource

__all__ = ["PLANTED", "planted"]

PLANTED: frozenset[tuple[str, frozenset[str]]] = frozenset(
    (kind, frozenset(columns.split())) for kind, columns in (
        ("dependency", "city region"), ("dependency", "region country"), ("dependency", "grade grade_number"),
        ("dependency", "product size price_list"), ("combination", "channel device"),
        ("order", "ordered shipped"), ("order", "shipped delivered"), ("order", "least middle"),
        ("order", "middle most"), ("arithmetic", "net tax gross"), ("arithmetic", "quantity unit_price amount"),
        ("arithmetic", "part_a part_b part_c part_d total"), ("arithmetic", "metres feet"),
        ("absence", "married spouse_age"), ("absence", "plan renewal"), ("form", "reference"), ("form", "postcode"),
        ("bounds", "share"), ("bounds", "age"), ("bounds", "temperature"),
    )
)
"""Kind and columns of every rule."""

_DAY = 86_400_000_000
Made = dict[str, tuple[Kind, Any]]


def planted(rows: int, seed: int, dirty: float = 0.01) -> MemorySource:
    """The table: modelled columns alone, in it also columns that no rule speaks of though they depend on others."""
    rng = np.random.default_rng(seed)
    parts = {**_places(rows, rng), **_dates(rows, rng), **_numbers(rows, rng), **_others(rows, rng)}
    made = {name: (kind, np.asarray(values).tolist()) for name, (kind, values) in parts.items()}
    _soil(made, rng, dirty)
    schema = Schema(tuple(
        ColumnSpec(name, kind, decimals=2 if kind is Kind.NUMBER else None) for name, (kind, _) in made.items()))
    columns = {name: Column.of(kind, values) for name, (kind, values) in made.items()}
    return MemorySource(Batch(columns, rows), schema)


def _places(n: int, rng: np.random.Generator) -> Made:
    city = rng.choice(40, n, p=_skewed(40))
    region = city // 3
    product, size = rng.integers(8, size=n), rng.integers(3, size=n)
    prices = rng.permutation(np.arange(24) % 9) * 5 + 10
    grade = rng.choice(6, n, p=_skewed(6))
    channel = rng.choice(6, n)
    device = (channel * 2 + rng.integers(3, size=n)) % 9
    text = Kind.CATEGORY
    return {
        "city": (text, _named("city", 40)[city]), "region": (text, _named("region", 14)[region]),
        "country": (text, _named("country", 5)[region // 3]), "product": (text, _named("product", 8)[product]),
        "size": (text, np.array(list("SML"), dtype=object)[size]),
        "price_list": (Kind.INTEGER, prices[product * 3 + size]),
        "grade": (text, _named("grade", 6)[grade]), "grade_number": (Kind.INTEGER, grade * 2 + 1),
        "channel": (text, _named("channel", 6)[channel]), "device": (text, _named("device", 9)[device]),
    }


def _dates(n: int, rng: np.random.Generator) -> Made:
    ordered = 1_600_000_000_000_000 + rng.integers(0, 700 * _DAY, size=n)
    shipped = ordered + rng.exponential(3 * _DAY, n).astype(np.int64) + 1
    delivered = shipped + rng.exponential(5 * _DAY, n).astype(np.int64) + 1
    when = Kind.DATETIME
    return {"ordered": (when, ordered), "shipped": (when, shipped), "delivered": (when, delivered)}


def _numbers(n: int, rng: np.random.Generator) -> Made:
    least = rng.normal(50, 20, n).round(2)
    middle = (least + rng.exponential(5, n)).round(2)
    most = (middle + rng.exponential(8, n)).round(2)
    net = rng.lognormal(4, 1, n).round(2)
    tax = (net * rng.choice([0.05, 0.1, 0.2], n)).round(2)
    quantity, unit_price = rng.integers(1, 12, n), rng.lognormal(2, 0.8, n).round(2)
    parts = [np.where(rng.random(n) < 0.3, 0, rng.lognormal(3, 1, n)).round(2) for _ in range(4)]
    metres = rng.gamma(4, 20, n).round(2)
    number = Kind.NUMBER
    return {
        "least": (number, least), "middle": (number, middle), "most": (number, most),
        "net": (number, net), "tax": (number, tax), "gross": (number, (net + tax).round(2)),
        "quantity": (Kind.INTEGER, quantity), "unit_price": (number, unit_price),
        "amount": (number, (quantity * unit_price).round(2)),
        **{f"part_{k}": (number, part) for k, part in zip("abcd", parts, strict=True)},
        "total": (number, sum(parts).round(2)),
        "metres": (number, metres), "feet": (number, (metres * 3.281).round(2)),
        "share": (number, rng.beta(0.8, 1.5, n).round(2)),
        "age": (Kind.INTEGER, 18 + rng.gamma(2, 12, n).astype(int)),
        "temperature": (number, rng.uniform(-40, 60, n).round(2)),
    }


def _others(n: int, rng: np.random.Generator) -> Made:
    married = rng.random(n) < 0.55
    plan = rng.choice(4, n)
    spouse: list[Any] = [int(a) if m else None for a, m in zip(rng.normal(45, 12, n), married, strict=True)]
    renewal: list[Any] = [float(round(v, 2)) if p in {1, 2} else None
                          for v, p in zip(rng.normal(300, 80, n), plan, strict=True)]
    mood = rng.normal(size=n)
    reference = [f"{chr(65 + a)}{chr(65 + b)}-{c:04d}" for a, b, c in
                 zip(*rng.integers(0, 26, (2, n)), rng.integers(10_000, size=n), strict=True)]
    postcode = [f"{a:05d}" if b else f"{a:05d}-{c:04d}" for a, b, c in
                zip(rng.integers(99_999, size=n), rng.random(n) < 0.6, rng.integers(9_999, size=n), strict=True)]
    text, number = Kind.CATEGORY, Kind.NUMBER
    return {
        "married": (text, np.where(married, "yes", "no").astype(object)), "spouse_age": (Kind.INTEGER, spouse),
        "plan": (text, _named("plan", 4)[plan]), "renewal": (number, renewal),
        "reference": (text, reference), "postcode": (text, postcode),
        "mood": (number, mood.round(2)), "answer": (number, (2 * mood + rng.normal(size=n)).round(2)),
        "leaning": (text, np.where(mood + 0.7 * rng.normal(size=n) > 0, "left", "right").astype(object)),
        "colour": (text, rng.choice(["red", "green", "blue"], n).astype(object)),
    }


def _soil(made: Made, rng: np.random.Generator, dirty: float) -> None:
    """In each ruled column a share of the cells takes a value that breaks the rule, or another row's."""
    n = len(made["city"][1])
    far = {"share": (-3.0, 7.0), "age": (-40, 3), "temperature": (150.0, 900.0)}
    garbled = {"reference": "??", "postcode": "none"}
    for name in ("region", "country", "grade_number", "price_list", "device", "shipped", "delivered", "most", "gross",
                 "amount", "total", "feet", "spouse_age", "renewal", *far, *garbled):
        kind, values = made[name]
        fresh = list(values)
        for i in rng.choice(n, max(int(dirty * n), 1), replace=False).tolist():
            if name in far:
                drawn = rng.uniform(*far[name])
                fresh[i] = int(drawn) if kind is Kind.INTEGER else round(drawn, 2)
            else:
                fresh[i] = garbled.get(name, values[int(rng.integers(n))])
        made[name] = (kind, fresh)


def _named(stem: str, count: int) -> np.ndarray:
    return np.array([f"{stem}{i}" for i in range(count)], dtype=object)


def _skewed(k: int) -> np.ndarray:
    weight = 1.0 / np.arange(1, k + 1) ** 0.5
    return weight / weight.sum()
