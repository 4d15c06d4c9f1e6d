"""Anomalies in a copy: none of them, or a share of its rows. A row is one where its score lies above a cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch

__all__ = ["Accept", "Anomalies"]

Accept = Callable[[Batch], NDArray[np.bool_]]


@dataclass(eq=False)
class Anomalies:
    """Which drawn rows are kept, so that a share of the copy are anomalies.

    Args:
        score: (n,) of drawn rows, higher = more anomalous.
        cut: rows above it are anomalies.
        share: of the copy's rows; 0 = none.
        seen, above: rows looked at so far, and how many of them were anomalies: what the model draws by itself.
    """

    score: Callable[[Batch], NDArray[np.float64]]
    cut: float
    share: float
    seen: int = field(default=0, init=False)
    above: int = field(default=0, init=False)

    def parts(self) -> list[tuple[float, Accept]]:
        """(share of the copy, which rows it takes): the anomalies and the others."""
        wanted = [(self.share, self._is_above),
                  (1.0 - self.share, lambda batch: ~self._is_above(batch))]
        return [(share, accept) for share, accept in wanted if share > 0]

    def report(self) -> dict[str, Any]:
        """What was asked for, where the cut lies, and how many of the rows drawn for it lay above."""
        return {"share": self.share, "cut": self.cut, "drawn": self.seen, "above": self.above}

    def _is_above(self, batch: Batch) -> NDArray[np.bool_]:
        found = self.score(batch) > self.cut if batch.rows else np.zeros(0, dtype=bool)
        self.seen += batch.rows
        self.above += int(np.count_nonzero(found))
        return found
