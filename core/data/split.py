"""Split: which rows a model learns from, which calibrate it, and which it never sees.

Rows are dealt out by a hash of their subject (a card, a customer) and the seed, so that all rows of a subject stay
together and a subject keeps its part when the file grows. Without a subject the content of the row decides, so that
copies of a row stay together. Labels never decide: they would leak into what the model sees.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .keys import distinct, occurrences, row_hashes, scramble
from .schema import Role
from .source import Source

__all__ = ["SHARES", "Split", "split"]

SHARES = (0.70, 0.15, 0.15)
"""Train, calibration, holdout."""

_FEWEST_SUBJECTS = 20
_LARGEST_SUBJECT = 0.10
_COMMON_SHARE, _COMMON_ROWS = 0.01, 20


@dataclass(frozen=True, eq=False)
class Split:
    """Three parts of the rows of a source.

    Args:
        train, calibration, holdout: ascending int64 positions; together every row once.
        subject: the column whose values stay together, or None.
        seed, shares: as asked for.
        fingerprint: of source, columns, subject rule, seed and shares.
    """

    train: NDArray[np.int64]
    calibration: NDArray[np.int64]
    holdout: NDArray[np.int64]
    subject: str | None
    seed: int
    shares: tuple[float, float, float]
    fingerprint: str

    def to_json(self) -> dict[str, Any]:
        """What `split` needs to make it again, and how many rows each part has."""
        rows = {"train": len(self.train), "calibration": len(self.calibration), "holdout": len(self.holdout)}
        return {
            "subject": self.subject, "seed": self.seed, "shares": list(self.shares), "rows": rows,
            "fingerprint": self.fingerprint,
        }


def split(
    source: Source, seed: int, subject: str | None = None, shares: tuple[float, float, float] = SHARES
) -> Split:
    """Deal the rows out.

    Args:
        source: a table of n rows.
        seed: another seed deals differently.
        subject: the column whose values must stay together; None takes the first entity column that can be dealt
            (at least 20 values, none in more than a tenth of the rows), or the one it belongs to (each card to one
            customer), else the content of rows.
        shares: of train, calibration and holdout; they add up to 1. A table of fewer than three groups trains whole.

    Raises:
        SchemaError: `subject` is no column.
    """
    subject = _entity(source) if subject is None else source.schema[subject].name
    groups = _content(source) if subject is None else _subjects(source, subject)
    salt = np.uint64((int(seed) + 0x9E3779B97F4A7C15) % 2**64)
    dealt = scramble(groups ^ scramble(np.atleast_1d(salt))[0])
    part = _deal(dealt, shares)
    train, calibration, holdout = (np.flatnonzero(part == p).astype(np.int64) for p in range(3))
    columns = source.schema.modelled if subject is None else (subject,)
    return Split(
        train, calibration, holdout, subject, seed, shares,
        _fingerprint(source.fingerprint, *columns, repr(subject), repr(seed), repr(shares)),
    )


def _deal(dealt: NDArray[np.uint64], shares: tuple[float, float, float]) -> NDArray[np.int64]:
    """(n,) part 0, 1 or 2 of each row. Small tables are dealt by rank, so that no part stays empty."""
    cuts = np.cumsum(shares)[:2]
    part = np.searchsorted(cuts, dealt / 2.0**64, side="right").astype(np.int64)
    groups = distinct(dealt)
    if len(groups) < 3:
        return np.zeros(len(dealt), dtype=np.int64)
    if np.count_nonzero(np.bincount(part, minlength=3)) == np.count_nonzero(shares):
        return part
    wanted = np.array([max(1, round(s * len(groups))) if s > 0 else 0 for s in shares])
    wanted[int(np.argmax(wanted))] += len(groups) - wanted.sum()
    rank = np.searchsorted(groups, dealt)
    return np.searchsorted(np.cumsum(wanted)[:2], rank, side="right").astype(np.int64)


def _entity(source: Source) -> str | None:
    """The first entity column whose values can be dealt; or the one it belongs to, as each card to one customer."""
    found: dict[str, NDArray[np.uint64]] = {}
    for name in source.schema.with_role(Role.ENTITY):
        groups = row_hashes(source, [name])
        counts = np.unique(groups, return_counts=True)[1]
        if len(counts) >= _FEWEST_SUBJECTS and counts.max() <= _LARGEST_SUBJECT * source.rows:
            found[name] = groups
    chosen = next(iter(found), None)
    for name, groups in found.items():
        if chosen is not None and name != chosen and _belongs(found[chosen], groups):
            chosen = name
    return chosen


def _belongs(inner: NDArray[np.uint64], outer: NDArray[np.uint64]) -> bool:
    """Whether all rows of one inner value share one outer value, and the outer values are fewer."""
    values = len(distinct(inner))
    return len(distinct(scramble(inner) ^ outer)) == values > len(distinct(outer))


def _subjects(source: Source, name: str) -> NDArray[np.uint64]:
    """(n,) hash of each row's subject; rows without one are subjects of their own."""
    groups = row_hashes(source, [name])
    absent = np.concatenate([~b[name].present for b in source.batches([name])]) if source.rows else np.zeros(0, bool)
    return np.where(absent, _content(source), groups) if absent.any() else groups


def _content(source: Source) -> NDArray[np.uint64]:
    """(n,) content hashes of what models see; contents too common to be copies by accident are dealt row by row."""
    groups = row_hashes(source, source.schema.modelled or None)
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    common = counts[inverse] > max(_COMMON_ROWS, _COMMON_SHARE * len(groups))
    if not common.any():
        return groups
    return np.where(common, scramble(groups + occurrences(groups).astype(np.uint64)), groups)


def _fingerprint(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
