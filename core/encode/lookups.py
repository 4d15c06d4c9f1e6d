"""Places of a column's categories among the values a codec knows, worked out once for all batches of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["NULL", "UNSEEN", "places_among"]

NULL, UNSEEN = -1, -2
_KEPT = 128  # dictionaries; a table's batches share theirs, so few are in use at a time

Texts = tuple[str, ...]
Places = NDArray[np.int32]

_found: dict[tuple[int, int], tuple[Texts, Texts, Places]] = {}


def places_among(categories: Texts, values: Texts) -> Places:
    """(len(categories) + 1,) place of each category among the values, `UNSEEN` where it is none, and `NULL` last.

    Batches of a source hold the very same tuple of categories, as does a codec of its values: what was found for the
    two is kept, since ten thousand texts take longer to look up than the rows of a batch.
    """
    key = id(categories), id(values)
    held = _found.get(key)
    if held is None or held[0] is not categories or held[1] is not values:
        at = {v: i for i, v in enumerate(values)}
        places = np.array([*(at.get(c, UNSEEN) for c in categories), NULL], dtype=np.int32)
        if len(_found) >= _KEPT:
            _found.clear()
        held = _found[key] = (categories, values, places)
    return held[2]
