"""Council: several engines side by side, their surprises added.

What a score of one engine means is read off its own training scores: minus the log of the share of training rows at
least as unusual, and more the farther a score lies beyond the largest. These surprises, unlike distances, depths or
nats, can be added; and unlike ranks within what is scored, they say the same of a row whatever is scored beside it.

Where columns tell what an entity's earlier rows say, a second bench of engines looks at these alone, and the larger of
both sums counts: among other columns a habit would drown what is high for anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..errors import FitError
from ..models.base import FAMILIES, Describes, Fitted, Readings, State
from ..models.scoring import total
from ..stats.tails import Tail
from ..words import Message, message

__all__ = ["CouncilFitted", "Member"]

VERSION = 2

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Member:
    """One engine of a council.

    Args:
        name: that tells it from the others, such as "lesinn-64".
        fitted: the engine; its own training scores live on in the tail alone.
        tail: of its scores of the training rows, each without itself.
        bench: 0, or 1 where it looks at an entity's earlier rows.
    """

    name: str
    fitted: Fitted
    tail: Tail
    bench: int = 0

    def surprise(self, batch: Batch) -> Floats:
        """(n,) nats, by those of its columns that the batch has."""
        own = batch.select([name for name in self.fitted.columns if name in batch.columns])
        return self.tail.surprise(total(self.fitted, own))


@dataclass(frozen=True, eq=False)
class CouncilFitted:
    """See `Fitted` and `Describes` in models/base.

    Args:
        members: whose surprises are added, bench by bench.
        reference: (n,) scores of the training rows, each without itself.
        facts: plain JSON: for which reference rows it was made, how many were set aside, what the self-test found;
            of the first bench where there are two.
    """

    members: tuple[Member, ...]
    reference: Floats
    facts: dict[str, Any]

    family = "council"
    unit = "nats"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return tuple(dict.fromkeys(name for m in self.members for name in m.fitted.columns))

    @property
    def benches(self) -> tuple[tuple[Member, ...], ...]:
        """Its members, by what they look at."""
        kept = dict.fromkeys(m.bench for m in self.members)
        return tuple(tuple(m for m in self.members if m.bench == bench) for bench in kept)

    def learned(self) -> tuple[Message, ...]:
        """Who sits in it, how many rows were set aside, and what its members settled."""
        first, *others = self.benches
        facts = [message(f"detect.council.{self.facts['reference']}", members=_names(first))]
        for own in others:
            columns = list(own[0].fitted.columns)
            facts.append(message("detect.council.beside", members=_names(own), columns=columns))
        if self.facts.get("aside"):
            facts.append(message("detect.council.aside", aside=self.facts["aside"], rows=self.facts["judged"]))
        for member in first:
            settled = member.fitted.learned() if isinstance(member.fitted, Describes) else ()
            title = message(f"detect.member.{member.name}")
            facts += [message("detect.council.member", member=title, settled=said) for said in settled]
        return tuple(facts)

    def score(self, batch: Batch) -> Readings:
        """Sum of the members' surprises; of two benches the larger."""
        told = [bench for bench in self.benches if batch.columns.keys() & set(bench[0].fitted.columns)]
        sums = [np.sum([m.surprise(batch) for m in bench], axis=0) for bench in told or self.benches[:1]]
        return Readings(np.max(sums, axis=0))

    def state(self) -> State:
        """Everything `load` needs."""
        arrays: dict[str, NDArray[Any]] = {"reference": self.reference}
        seats = []
        for i, member in enumerate(self.members):
            own = member.fitted.state()
            seats.append({"name": member.name, "family": member.fitted.family, "version": own.version,
                          "json": dict(own.json), "bench": member.bench})
            arrays |= {f"{i}.{name}": array for name, array in own.arrays.items() if name != "reference"}
            arrays |= member.tail.state(str(i))
        return State(VERSION, {"members": seats, "facts": self.facts}, arrays)

    @classmethod
    def load(cls, state: State) -> CouncilFitted:
        """The council that `state` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        members = []
        for i, seat in enumerate(state.json["members"]):
            own = {k.removeprefix(f"{i}."): v for k, v in state.arrays.items() if k.startswith(f"{i}.")}
            saved = State(seat["version"], seat["json"], {**own, "reference": np.zeros(0)})
            fitted = FAMILIES.get(seat["family"]).load(saved)
            members.append(Member(seat["name"], fitted, Tail.load(str(i), state.arrays), seat["bench"]))
        return cls(tuple(members), state.arrays["reference"], dict(state.json["facts"]))


def _names(members: Sequence[Member]) -> Message:
    said, *names = [message(f"detect.member.{m.name}") for m in members]
    for name in names:
        said = message("detect.and", first=said, second=name)
    return said
