"""Rows that satisfy any of several conditions, drawn by a model that knows conditions joined by AND alone.

An alternative is chosen by its exact probability and a row drawn from it; a row that satisfies c alternatives could
have come from each, so it is kept with probability 1/c. What is kept is distributed as the model's rows that satisfy
any of them (Karp and Luby, 1983); where no two alternatives overlap nothing is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.conditions import Condition, Either
from ..errors import FitError
from ..models.base import Answers, Draws

__all__ = ["drawn_under"]

_NEVER = -200.0  # nats: no row of any table
_BATCH = 65_536


def drawn_under(draws: Draws, n: int, condition: Condition | Either, rng: np.random.Generator) -> Iterator[Batch]:
    """Up to n rows that satisfy the condition: n of a single alternative, fewer where several overlap.

    Args:
        draws: the model.
        n: rows drawn from it.
        condition: names as the schema writes them.
        rng: the only source of chance.

    Raises:
        FitError: the model knows no probabilities, or no row can satisfy any alternative.
    """
    if isinstance(condition, Condition):
        yield from draws.draw(n, condition, rng)
        return
    if len(condition.parts) == 1:
        yield from draws.draw(n, condition.parts[0], rng)
        return
    shares = _shares(draws, condition)
    for start in range(0, n, _BATCH):
        counts = rng.multinomial(min(_BATCH, n - start), shares).tolist()
        kept = [batch for part, rows in zip(condition.parts, counts, strict=True)
                for batch in (_fair(draws, rows, part, condition, rng) if rows else ())]
        whole = Batch.concat(kept)
        yield whole.take(rng.permutation(whole.rows))


def _fair(
    draws: Draws, n: int, part: Condition, condition: Either, rng: np.random.Generator
) -> Iterator[Batch]:
    """Rows of one alternative, each kept as often as its number of alternatives allows."""
    for batch in draws.draw(n, part, rng):
        times = np.sum([other.mask(batch) for other in condition.parts], axis=0)
        yield batch.take(rng.random(batch.rows) * np.maximum(times, 1) < 1)


def _shares(draws: Draws, condition: Either) -> NDArray[np.float64]:
    """(k,) probabilities of the alternatives, to a sum of 1; those of overlapping ones are counted in each."""
    if not isinstance(draws, Answers):
        raise FitError("synth.no_alternatives")
    logs = np.array([draws.log_prob(part).value for part in condition.parts])
    if not (logs > _NEVER).any():
        raise FitError("synth.too_few", wanted=1, drawn=0)
    shares: NDArray[np.float64] = np.exp(logs - logs.max())
    shares /= shares.sum()
    return shares
