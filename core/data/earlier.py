"""Earlier rows of the same entity: how long ago the last one was, and how large they usually are. Arrays only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Past", "usual_sizes"]

_CHUNK = 65_536

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Past:
    """Where the earlier rows of each row stand. Rows of the same moment are not each other's past.

    Args:
        who: (n,) entities, as numbers.
        when: (n,) moments in microseconds.

    Attributes:
        order: (n,) rows by entity, then by moment.
        start: (n,) in that order, first place of the rows at the same moment.
        first: (n,) in that order, first place of the entity.
    """

    def __init__(self, who: NDArray[np.uint64], when: Ints) -> None:
        self.order: Ints = np.lexsort((when, who))
        self.who, self.when = who[self.order], when[self.order]
        place = np.arange(len(who))
        is_first = np.concatenate([[True], self.who[1:] != self.who[:-1]])[: len(who)]
        is_later = is_first | np.concatenate([[True], self.when[1:] != self.when[:-1]])[: len(who)]
        self.first: Ints = np.maximum.accumulate(np.where(is_first, place, 0))
        self.start: Ints = np.maximum.accumulate(np.where(is_later, place, 0))

    def gaps(self) -> Floats:
        """(n,) seconds since the same entity's latest earlier moment, NaN where there is none."""
        out = np.full(len(self.who), np.nan)
        has = self.start > self.first
        out[self.order[has]] = (self.when[has] - self.when[self.start[has] - 1]) / 1e6
        return out

    def medians(self, sizes: Floats, most: int) -> tuple[Floats, Ints]:
        """The middle of the same entity's earlier sizes.

        Args:
            sizes: (n,) finite.
            most: the latest so many count.

        Returns:
            (n,) medians, NaN where there is no earlier row, and (n,) how many rows they are of.
        """
        out, count = np.full(len(self.who), np.nan), np.minimum(self.start - self.first, most)
        ordered, back = sizes[self.order], np.arange(1, most + 1)
        for begin in range(0, len(out), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            place = self.start[part, None] - back  # (chunk, most)
            known = np.sort(np.where(back <= count[part, None], ordered[np.maximum(place, 0)], np.inf), axis=1)
            rows, n = np.arange(len(known)), np.maximum(count[part], 1)
            middle = known[rows, (n - 1) // 2] / 2 + known[rows, n // 2] / 2
            out[self.order[part]] = np.where(count[part] > 0, middle, np.nan)
        counts = np.empty_like(count)
        counts[self.order] = count
        return out, counts


def usual_sizes(past: Past, sizes: Floats, centre: float, most: int = 20, weight: float = 5.0) -> Floats:
    """(n,) what size is usual for each row's entity, by its earlier rows; NaN where it has none.

    The median of the latest rows, so that a few odd ones do not become usual, drawn to the centre of the table as if
    `weight` rows of that size had been seen too: a card of two payments has hardly a habit (James & Stein 1961).

    Args:
        past: of the rows.
        sizes: (n,) finite and not negative.
        centre: the usual size of all rows, above 0.
        most: earlier rows that count.
        weight: rows that the centre counts for.
    """
    middle, count = past.medians(sizes, most)
    own = count / (weight + count)
    found: Floats = (1 - own) * centre + own * middle
    return found
