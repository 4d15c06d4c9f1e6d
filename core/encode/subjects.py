"""The k-subject rule: what a codec for release keeps of a column's values.

A subject is whom a row is about. A value that k subjects hold may be kept and drawn again; numbers that fewer hold are
replaced by means over k neighbours in order (univariate microaggregation), so that every quantile of what is left,
the extremes too, stands for k subjects. Fewer than k subjects in all leave nothing.

Reference: Domingo-Ferrer and Mateo-Sanz, "Practical data-oriented microaggregation for statistical disclosure
control" (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.keys import row_hashes
from ..data.schema import Role
from ..data.source import Source
from ..run import Run

__all__ = ["Subjects", "extremes", "grouped", "held_texts", "is_held"]

Ints = NDArray[np.int64]

_ENDS = 1_000  # values at either end of a column among which enough subjects are looked for at first


@dataclass(frozen=True, eq=False)
class Subjects:
    """Whom rows are about.

    Args:
        rows: (n,) number of each row's subject.
        sampled: (m,) those of a sample of the rows.
    """

    rows: Ints
    sampled: Ints

    @classmethod
    def of(cls, source: Source, sample: Ints, fewest: int) -> Subjects:
        """The values of the entity column, rows without one together; every row by itself where there is no entity.

        Of several the first, or of those it belongs to the one of the fewest values, if at least `fewest`: a customer
        counts once, however many cards. A terminal that many customers use is no subject of theirs.
        """
        names = source.schema.with_role(Role.ENTITY)
        found = [_numbers(source, name) for name in names]
        there = [np.concatenate([b[n].present for b in source.batches([n])] or [np.zeros(0, bool)]) for n in names[:1]]
        found = [codes for codes in found if codes is found[0] or _belongs(found[0][there[0]], codes[there[0]])]
        able = [codes for codes in found if codes.max(initial=-1) + 1 >= fewest] or found
        rows = min(able, key=lambda codes: codes.max(initial=-1), default=np.arange(source.rows, dtype=np.int64))
        return cls(rows, rows[sample])


def _belongs(inner: Ints, outer: Ints) -> bool:
    """Whether all rows of one inner value share one outer value."""
    width = int(outer.max(initial=0)) + 1
    return len(np.unique(inner * width + outer)) == len(np.unique(inner))


def _numbers(source: Source, name: str) -> Ints:
    """(n,) the column's values, numbered."""
    codes: Ints = np.unique(row_hashes(source, [name]), return_inverse=True)[1].astype(np.int64)
    return codes


def is_held(values: NDArray[np.generic], subjects: Ints, fewest: int) -> NDArray[np.bool_]:
    """(n,) where a value is one that at least `fewest` different subjects hold."""
    if not fewest or not len(values):
        return np.ones(len(values), dtype=bool)
    codes = np.unique(values, return_inverse=True)[1].astype(np.int64)
    if len(subjects) > 1 and (np.diff(subjects) > 0).all():  # every value is somebody else's
        alone: NDArray[np.bool_] = np.bincount(codes)[codes] >= fewest
        return alone
    width = int(subjects.max(initial=0)) + 1
    pairs = np.unique(codes * width + subjects)
    held: NDArray[np.bool_] = np.bincount(pairs // width)[codes] >= fewest
    return held


def grouped(values: NDArray[Any], subjects: Ints, fewest: int) -> NDArray[Any]:
    """Values that are each held by `fewest` subjects, or the mean over a group of so many neighbours.

    Args:
        values: (n,) numbers.
        subjects: (n,) who holds them. In a mean each counts once, however many values it holds there.
        fewest: subjects; 0 leaves all as they are.

    Returns:
        (m,) numbers in no particular order; less than n where fewer subjects are left over than a group needs.
    """
    if not fewest:
        return values
    held = is_held(values, subjects, fewest)
    rest, who = values[~held], subjects[~held]
    order = np.argsort(rest, kind="stable")
    rest, who = rest[order], who[order]
    groups = _groups(who, fewest)
    if not len(groups):
        return values[held]
    width = int(who.max()) + 1
    members, place = np.unique(groups * width + who, return_inverse=True)
    own = np.bincount(place, weights=rest) / np.bincount(place)  # a subject's mean within its group
    means = np.bincount(members // width, weights=own) / np.bincount(members // width)
    return np.concatenate([values[held], means[groups]])


def extremes(values: NDArray[Any], subjects: Ints, fewest: int) -> tuple[float, float] | None:
    """Least and greatest of `grouped` values, without grouping what lies between; None where nothing is left."""
    if len(values) <= 2 * _ENDS:
        found = grouped(values, subjects, fewest)
        return (float(found.min()), float(found.max())) if len(found) else None
    order = np.argpartition(values, (_ENDS, len(values) - _ENDS))
    low, high = (grouped(values[part], subjects[part], fewest) for part in (order[:_ENDS], order[-_ENDS:]))
    if not len(low) or not len(high):  # so many of one subject
        low = high = grouped(values, subjects, fewest)
    return (float(low.min()), float(high.max())) if len(low) else None


def _groups(who: Ints, fewest: int) -> Ints:
    """(n,) runs of at least so many different subjects, numbered; the last takes in what is left. () if too few."""
    out = np.empty(len(who), dtype=np.int64)
    number, here = 0, set[int]()
    for place, subject in enumerate(who.tolist()):
        out[place] = number
        here.add(subject)
        if len(here) == fewest:
            number, here = number + 1, set()
    return np.minimum(out, number - 1) if number else out[:0]


def held_texts(source: Source, names: Sequence[str], subjects: Ints, fewest: int, run: Run) -> dict[str, set[str]]:
    """The values of coded columns that at least `fewest` different subjects hold."""
    width = int(subjects.max(initial=0)) + 1
    codes: dict[str, dict[str, int]] = {name: {} for name in names}
    pairs: dict[str, list[Ints]] = {name: [np.zeros(0, dtype=np.int64)] for name in names}
    done = 0
    for batch in source.batches(names) if names else ():
        run.check()
        whose = subjects[done : done + len(batch)]
        done += len(batch)
        for name in names:
            column, known = batch[name], codes[name]
            used, place = np.unique(column.values[column.present], return_inverse=True)
            own = np.array([known.setdefault(column.categories[c], len(known)) for c in used], dtype=np.int64)
            pairs[name].append(np.unique(own[place] * width + whose[column.present]))
    holders = {n: np.bincount(np.unique(np.concatenate(p)) // width, minlength=len(codes[n])) for n, p in pairs.items()}
    return {n: {text for text, c in codes[n].items() if holders[n][c] >= fewest} for n in names}
