"""Makes the card-payments sample: 30,000 invented payments of one month with four kinds of injected fraud.

    python resources/samples/card_payments/make.py [--seed 0] [--rows 30000] [--out DIR]

Everybody and everything in it is invented. The kinds of fraud were written down here before any detector was run on the
table; another seed gives another table of the same sort, which is how results are checked.

`card_payments.csv` holds the payments with the label `is_fraud`; `fraud_kinds.csv` says which kind each fraud is, in a
file of its own so that no model can read it by accident.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

DAYS = 31
START = np.datetime64("2026-03-01T00:00", "s")
COUNTRIES = ["GB", "IE", "FR", "DE", "ES", "NL", "US", "AE", "BR"]
TRAVEL = np.array([0.0, 0.34, 0.2, 0.14, 0.14, 0.08, 0.06, 0.02, 0.02])

# category: share, median amount, spread of its logarithm, first and last usual hour, channels with their shares
CATEGORIES: dict[str, tuple[float, float, float, int, int, dict[str, float]]] = {
    "grocery": (0.26, 28, 0.6, 7, 21, {"contactless": 0.62, "chip": 0.36, "keyed": 0.02}),
    "restaurants": (0.15, 22, 0.6, 11, 23, {"contactless": 0.6, "chip": 0.4}),
    "transport": (0.14, 5, 0.45, 5, 23, {"contactless": 0.9, "chip": 0.1}),
    "fuel": (0.08, 52, 0.35, 6, 22, {"contactless": 0.3, "chip": 0.7}),
    "pharmacy": (0.06, 14, 0.6, 8, 20, {"contactless": 0.66, "chip": 0.34}),
    "clothing": (0.08, 48, 0.6, 9, 20, {"chip": 0.4, "contactless": 0.2, "online": 0.4}),
    "electronics": (0.04, 160, 0.9, 9, 21, {"chip": 0.35, "online": 0.65}),
    "digital": (0.09, 9, 0.5, 0, 23, {"online": 1.0}),
    "travel": (0.04, 190, 0.8, 6, 23, {"online": 0.88, "chip": 0.12}),
    "jewellery": (0.01, 320, 0.8, 10, 18, {"chip": 1.0}),
    "books": (0.05, 17, 0.5, 8, 22, {"online": 0.5, "contactless": 0.35, "chip": 0.15}),
}
FIRST = ["Harbour", "Kestrel", "Northgate", "Orchard", "Linden", "Pixel", "Metro", "Café", "Volt", "Bluebird", "Maple",
         "Quay", "Silver", "Crown", "Meadow", "Stone", "Lantern", "Willow", "Anchor", "Bridge"]
LAST = {"grocery": "Grocers", "restaurants": "Kitchen", "transport": "Transit", "fuel": "Fuel", "pharmacy": "Pharmacy",
        "clothing": "Clothing", "electronics": "Electric", "digital": "Arcade", "travel": "Air",
        "jewellery": "Jewellers", "books": "Books"}
CONTACTLESS_LIMIT = 100.0


def merchants(rng: np.random.Generator) -> pd.DataFrame:
    """220 shops: name, category, price level, three terminals each on average."""
    names = list(CATEGORIES)
    shares = np.array([CATEGORIES[c][0] for c in names])
    category = rng.choice(names, 220, p=shares / shares.sum())
    category[: len(names)] = names  # every category has a shop
    label = [f"{FIRST[i % len(FIRST)]} {LAST[c]}" for i, c in enumerate(category)]
    frame = pd.DataFrame({"merchant": label, "category": category, "level": rng.lognormal(0, 0.25, 220)})
    return frame.drop_duplicates("merchant", ignore_index=True)


def people(rng: np.random.Generator, n: int = 900) -> pd.DataFrame:
    """Customers: spending level, how much they travel, whether they are awake at night, age band."""
    return pd.DataFrame({
        "customer": [f"C-{i:05d}" for i in rng.permutation(np.arange(20_000, 20_000 + n))],
        "card": [f"{i:04d}" for i in rng.permutation(9_000)[:n] + 1_000],
        "level": rng.lognormal(0, 0.4, n), "activity": rng.gamma(2.0, 1.0, n),
        "abroad": rng.beta(0.4, 12, n), "age_band": rng.choice(["18-35", "36-60", "61+"], n, p=[0.38, 0.42, 0.2]),
    })


def ordinary(rng: np.random.Generator, rows: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Everyday payments, with the shops and the people behind them."""
    shops, folk = merchants(rng), people(rng)
    who = rng.choice(len(folk), rows, p=(folk["activity"] / folk["activity"].sum()).to_numpy())
    names = list(CATEGORIES)
    shares = np.array([CATEGORIES[c][0] for c in names])
    category = rng.choice(names, rows, p=shares / shares.sum())
    shop = np.empty(rows, dtype=np.int64)
    for name in names:
        stock = np.flatnonzero(shops["category"] == name)
        weight = 1.0 / np.arange(1, len(stock) + 1) ** 0.7
        mask = category == name
        shop[mask] = rng.choice(stock, int(mask.sum()), p=weight / weight.sum())
    frame = pd.DataFrame({
        "time": times(rng, category),
        "card": folk["card"].to_numpy()[who], "customer": folk["customer"].to_numpy()[who],
        "age_band": folk["age_band"].to_numpy()[who], "merchant": shops["merchant"].to_numpy()[shop],
        "category": category,
        "amount": amounts(rng, category, folk["level"].to_numpy()[who] * shops["level"].to_numpy()[shop]),
    })
    frame["channel"] = channels(rng, frame)
    frame["terminal"] = terminals(rng, frame["channel"].to_numpy(), shop)
    frame["country"], frame["distance_km"] = places(rng, frame["channel"].to_numpy(), folk["abroad"].to_numpy()[who])
    frame["pin_fails"] = np.where(frame["channel"] == "chip", rng.choice([0, 1, 2], rows, p=[0.965, 0.03, 0.005]), 0)
    return frame, shops, folk


def times(rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
    """Moments within each category's usual hours, more of them at noon and in the evening."""
    low = np.array([CATEGORIES[c][3] for c in category])
    high = np.array([CATEGORIES[c][4] for c in category])
    hour = low + (high - low + 1) * rng.beta(2.2, 1.9, len(category))
    seconds = rng.integers(0, DAYS, len(category)) * 86_400 + np.minimum(hour, 23.999) * 3_600
    return START + seconds.astype("timedelta64[s]")


def amounts(rng: np.random.Generator, category: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Log-normal around category and habit; some prices end in .99, fuel and transport often round."""
    median = np.array([CATEGORIES[c][1] for c in category])
    spread = np.array([CATEGORIES[c][2] for c in category])
    raw = median * level**0.6 * rng.lognormal(0, spread)
    neat = rng.random(len(raw)) < 0.25
    return np.round(np.where(neat, np.floor(raw) + 0.99, np.maximum(raw, 0.5)), 2)


def channels(rng: np.random.Generator, frame: pd.DataFrame) -> np.ndarray:
    """How it was paid; nothing above the contactless limit is contactless."""
    out = np.empty(len(frame), dtype=object)
    for name, (*_, shares) in CATEGORIES.items():
        mask = (frame["category"] == name).to_numpy()
        out[mask] = rng.choice(list(shares), int(mask.sum()), p=list(shares.values()))
    out[(out == "contactless") & (frame["amount"] > CONTACTLESS_LIMIT).to_numpy()] = "chip"
    return out


def terminals(rng: np.random.Generator, channel: np.ndarray, shop: np.ndarray) -> np.ndarray:
    """One of three tills of the shop; one gateway a shop online."""
    till = rng.integers(1, 4, len(shop))
    names = zip(channel, shop, till, strict=True)
    return np.array([f"W{s:03d}" if c == "online" else f"T{s:03d}-{t}" for c, s, t in names])


def places(rng: np.random.Generator, channel: np.ndarray, abroad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Country of the terminal and distance from home; online has no distance, some terminals no position."""
    away = rng.random(len(channel)) < np.where(channel == "online", 0.12, abroad)
    country = np.where(away, rng.choice(COUNTRIES, len(channel), p=TRAVEL), "GB")
    distance = np.where(away, rng.lognormal(6.9, 0.6, len(channel)), rng.lognormal(1.2, 1.0, len(channel)))
    distance = np.round(distance, 1)
    distance[(channel == "online") | (rng.random(len(channel)) < 0.02)] = np.nan
    return country, distance


def other_day(rng: np.random.Generator, time: pd.Series) -> np.ndarray:
    """The same hour on another day, so that a fraud made from a payment does not stand beside it."""
    since = (time.to_numpy() - START).astype("timedelta64[s]").astype(np.int64)
    shift = rng.integers(1, DAYS, len(since)) * 86_400 + rng.integers(-1_200, 1_200, len(since))
    return START + ((since + shift) % (DAYS * 86_400)).astype("timedelta64[s]")


def out_of_habit(rng: np.random.Generator, frame: pd.DataFrame, n: int) -> pd.DataFrame:
    """Amount out of habit: an everyday payment, 10 to 40 times the usual price of its category."""
    everyday = frame[frame["category"].isin(["grocery", "restaurants", "transport", "pharmacy", "books", "digital"])]
    rows = everyday.sample(n, random_state=rng).copy()
    rows["time"] = other_day(rng, rows["time"])
    usual = np.array([CATEGORIES[c][1] for c in rows["category"]])
    rows["amount"] = np.round(usual * rng.uniform(10, 40, n), 2)
    rows.loc[(rows["channel"] == "contactless") & (rows["amount"] > CONTACTLESS_LIMIT), "channel"] = "chip"
    return rows


def impossible(rng: np.random.Generator, frame: pd.DataFrame, n: int) -> pd.DataFrame:
    """Impossible combination: every value is ordinary, together they never occur."""
    rows = frame[frame["category"].isin(["fuel", "transport", "jewellery", "electronics", "clothing"])]
    rows = rows.sample(n, random_state=rng).copy()
    rows["time"] = other_day(rng, rows["time"])
    which = rng.integers(0, 3, n)
    rows.loc[which == 0, "channel"] = "contactless"  # above the limit
    rows.loc[which == 0, "amount"] = np.round(rng.uniform(180, 700, int((which == 0).sum())), 2)
    rows.loc[which == 1, "channel"] = "keyed"  # typed in by hand where nobody does
    rows.loc[which == 2, "channel"] = "online"  # at a pump or a ticket gate, with a distance
    rows.loc[which == 2, "category"] = rng.choice(["fuel", "transport"], int((which == 2).sum()))
    rows.loc[which == 2, "distance_km"] = np.round(rng.lognormal(1.2, 1.0, int((which == 2).sum())), 1)
    return rows


def bursts(rng: np.random.Generator, frame: pd.DataFrame, shops: pd.DataFrame, n: int) -> pd.DataFrame:
    """Burst on one card: 6 to 10 online payments within half an hour, small at first, then large."""
    web = shops[shops["category"].isin(["digital", "electronics", "clothing"])]
    parts: list[pd.DataFrame] = []
    while sum(map(len, parts)) < n:
        size = int(rng.integers(6, 11))
        rows = pd.DataFrame([frame.iloc[int(rng.integers(len(frame)))]] * size)
        pick = web.sample(size, replace=True, random_state=rng)
        start = START + np.timedelta64(int(rng.integers(0, DAYS * 86_400 - 3_600)), "s")
        rows["time"] = start + np.sort(rng.integers(0, 1_800, size)).astype("timedelta64[s]")
        rows["merchant"], rows["category"] = pick["merchant"].to_numpy(), pick["category"].to_numpy()
        rows["terminal"] = [f"W{i:03d}" for i in pick.index]
        rows["amount"] = np.round(np.geomspace(2, 400, size) * rng.lognormal(0, 0.3, size), 2)
        rows["channel"], rows["distance_km"], rows["pin_fails"] = "online", np.nan, 0
        parts.append(rows)
    return pd.concat(parts).iloc[:n]


def compromised(rng: np.random.Generator, frame: pd.DataFrame, n: int) -> pd.DataFrame:
    """Compromised terminal: for three nights cards of many customers are keyed in at one till, with failed PINs."""
    till = rng.choice(frame.loc[frame["channel"] == "chip", "terminal"].unique(), 3, replace=False)
    parts = []
    for i, name in enumerate(till):
        size = n // 3 + (i < n % 3)
        place = frame[frame["terminal"] == name].iloc[0]
        rows = frame.drop_duplicates("card").sample(size, random_state=rng).copy()
        day = int(rng.integers(0, DAYS - 3))
        seconds = (day + rng.integers(0, 3, size)) * 86_400 + rng.uniform(1, 5, size) * 3_600
        rows["time"] = START + seconds.astype("timedelta64[s]")
        for column in ("merchant", "category", "country", "terminal"):
            rows[column] = place[column]
        rows["amount"] = np.round(rng.lognormal(np.log(90), 0.5, size), 2)
        rows["channel"], rows["pin_fails"] = "keyed", rng.choice([0, 1, 2, 3], size, p=[0.4, 0.2, 0.2, 0.2])
        rows["distance_km"] = np.round(rng.lognormal(4.5, 0.8, size), 1)
        parts.append(rows)
    return pd.concat(parts)


def payments(rows: int, seed: int) -> pd.DataFrame:
    """The whole table with the column `kind` ("" for ordinary payments)."""
    rng = np.random.default_rng(seed)
    per_kind = max(rows // 500, 6)
    frame, shops, _ = ordinary(rng, rows - 4 * per_kind)
    frauds = {
        "amount out of habit": out_of_habit(rng, frame, per_kind),
        "impossible combination": impossible(rng, frame, per_kind),
        "burst on one card": bursts(rng, frame, shops, per_kind),
        "compromised terminal": compromised(rng, frame, per_kind),
    }
    table = pd.concat([frame.assign(kind=""), *(part.assign(kind=kind) for kind, part in frauds.items())])
    table = table.sort_values("time", kind="stable", ignore_index=True)
    gap = table.groupby("card")["time"].diff().dt.total_seconds() / 60
    table["minutes_since_last"] = gap.round(1)
    table.insert(0, "payment_id", [f"P-{i}" for i in rng.permutation(np.arange(100_000, 100_000 + rows))])
    table["is_fraud"] = (table["kind"] != "").astype(int)
    return table


COLUMNS = [
    "payment_id", "time", "card", "customer", "age_band", "merchant", "category", "terminal", "amount", "channel",
    "country", "distance_km", "pin_fails", "minutes_since_last", "is_fraud",
]


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    asked = parser.parse_args()
    table = payments(asked.rows, asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    table[COLUMNS].to_csv(asked.out / "card_payments.csv", index=False, lineterminator="\n")
    kinds = table.loc[table["kind"] != "", ["payment_id", "kind"]]
    kinds.to_csv(asked.out / "fraud_kinds.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
