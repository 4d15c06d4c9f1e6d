"""Other ways to judge windows of an entity's rows, beside the one in use: what each finds, calibrated by shuffling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.detect.groups import LEVELS, find_groups

ENTITIES, SHIFTED = 1_000, 50
Kinds = dict[str, Callable[[np.random.Generator, int], np.ndarray]]


def fisher(who: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Best window by Fisher's sum of -log p, as the likelihood ratio of an exponential mean, for each entity."""
    best, total = np.zeros(who[-1] + 1), np.r_[0.0, np.cumsum(x)]
    for m in range(2, min(int(np.bincount(who).max()), 40) + 1):
        first = np.flatnonzero(who[: len(who) - m + 1] == who[m - 1 :])
        mean = np.maximum((total[first + m] - total[first]) / m, 1.0)
        np.maximum.at(best, who[first], m * (mean - 1 - np.log(mean)))
    return best


def berk_jones(who: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Best window by the likelihood ratio of how many rows are strange."""
    best = np.zeros(who[-1] + 1)
    for level in LEVELS:
        far = np.flatnonzero(x >= -np.log(level))
        for k in range(2, 13):
            first, last = far[: len(far) - k + 1], far[k - 1 :]
            kept = who[first] == who[last]
            first, m = first[kept], (last - first + 1)[kept]
            share = np.minimum(k / m, 1 - 1e-12)
            ratio = k * np.log(share / level) + (m - k) * np.log((1 - share) / (1 - level))
            np.maximum.at(best, who[first], np.where(share > level, ratio, 0.0))
    return best


def strangest(who: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The strangest single row."""
    best = np.zeros(who[-1] + 1)
    np.maximum.at(best, who, x)
    return best


def _calibrated(best: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    def p_values(who: np.ndarray, when: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        order = np.lexsort((when, who))
        who, x = who[order], x[order]
        count = np.bincount(who)
        size = np.asarray(2 * np.log2(np.maximum(count, 1)), dtype=int)
        found, null = best(who, x), np.stack([best(who, rng.permutation(x)) for _ in range(20)])
        out = np.full(len(count), np.nan)
        for like in np.unique(size[count > 1]):
            own = size == like
            ordered = np.sort(null[:, own].ravel())
            out[own] = (1 + len(ordered) - np.searchsorted(ordered, found[own])) / (1 + len(ordered))
        return out

    return p_values


def _ours(who: np.ndarray, when: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return find_groups(who, when, x, rng).p_values


WAYS = {
    "higher criticism (in use)": _ours, "Fisher's sum": _calibrated(fisher),
    "likelihood ratio (Berk-Jones)": _calibrated(berk_jones), "strangest single row": _calibrated(strangest),
}


def _each(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.full(n, 1.0)


def _some(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.where(rng.random(n) < 0.25, 3.0, 0.0)


def _two(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.where(np.isin(np.arange(n), rng.choice(n, 2, replace=False)), 3.5, 0.0)


def _burst(rng: np.random.Generator, n: int) -> np.ndarray:
    start = rng.integers(0, n - 3)
    return np.where((np.arange(n) >= start) & (np.arange(n) < start + 4), 2.2, 0.0)


KINDS: Kinds = {"every row by 1": _each, "a quarter by 3": _some, "two by 3.5": _two, "four in a row by 2.2": _burst}


def power(seed: int) -> list[list[object]]:
    """Share of shifted entities with p < .01, each way and kind of shift; 1,000 entities of 5 to 40 rows."""
    rows: list[list[object]] = [[name] for name in WAYS]
    for shift in (*KINDS.values(), None):
        rng = np.random.default_rng(seed)
        who = np.repeat(np.arange(ENTITIES), rng.integers(5, 40, ENTITIES))
        z, bad = rng.normal(size=len(who)), rng.permutation(ENTITIES)[:SHIFTED]
        for entity in bad if shift is not None else ():
            own = np.flatnonzero(who == entity)
            z[own] += shift(rng, len(own))
        rank = np.empty(len(z))
        rank[np.argsort(-z)] = np.arange(len(z)) + 0.5
        for row, p_values in zip(rows, WAYS.values(), strict=True):
            found = p_values(who, np.arange(len(who)), -np.log(rank / len(z)), np.random.default_rng(seed))
            row.append(float(np.mean(found[bad] < 0.01) if shift is not None else np.nanmean(found < 0.01)))
    return rows
