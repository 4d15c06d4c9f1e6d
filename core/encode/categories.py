"""Codec of categories and booleans: one token per frequent value, one for all rare and never seen ones together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Column, Missing
from ..data.conditions import Test
from ..data.schema import ColumnSpec, Kind
from ..errors import FitError
from .column import MISSING, EncodedColumn, Piece
from .lookups import NULL, UNSEEN, places_among

__all__ = ["CategoryCodec"]

_MAX_TOKENS = 1_000
_FEWEST = 3  # a category seen less often is rare: its own share could not be told from chance
_MAX_RARE = 50_000


@dataclass(frozen=True, eq=False)
class CategoryCodec:
    """Tokens: missing, the frequent values (most frequent first), rare.

    The rare token spreads its probability over the rare values as often as they occur; a value never seen counts one.

    Args:
        name: of the column.
        kind: category or boolean.
        frequent: values with a token each.
        rare: values that share a token.
        counts: (len(frequent) + 2,) training cells per token.
        rare_counts: (len(rare),) training cells per rare value.
    """

    name: str
    kind: Kind
    frequent: tuple[str, ...]
    rare: tuple[str, ...]
    counts: NDArray[np.int64]
    rare_counts: NDArray[np.int64]
    log_scale = 0.0
    limits = (-np.inf, np.inf)

    @classmethod
    def fit(cls, spec: ColumnSpec, totals: Mapping[str, int], missing: int) -> CategoryCodec:
        """From how often each value occurs.

        Args:
            spec: the column.
            totals: value -> cells.
            missing: cells without a value.
        """
        ordered = sorted((c for c in totals.items() if c[1] > 0), key=lambda c: (-c[1], c[0]))
        split = sum(1 for _, n in ordered[:_MAX_TOKENS] if n >= _FEWEST)
        rare = ordered[split:split + _MAX_RARE]
        counts = [missing, *(n for _, n in ordered[:split]), sum(n for _, n in rare)]
        return cls(
            spec.name, spec.kind, tuple(c for c, _ in ordered[:split]), tuple(c for c, _ in rare),
            np.array(counts, dtype=np.int64), np.array([n for _, n in rare], dtype=np.int64),
        )

    @cached_property
    def continuous(self) -> NDArray[np.bool_]:
        """(tokens,) none has a continuous value."""
        return np.zeros(len(self.counts), dtype=bool)

    @property
    def density(self) -> NDArray[np.bool_]:
        """(tokens,) all are probabilities."""
        return self.continuous

    @cached_property
    def _values(self) -> tuple[str, ...]:
        """Those of tokens from 1 on, then those of the rare token."""
        return self.frequent + self.rare

    @property
    def _rare_token(self) -> int:
        return len(self.frequent) + 1

    @cached_property
    def _log_shares(self) -> NDArray[np.float64]:
        """(len(rare) + 1,) log share of each rare value, and of any value never seen, within the rare token."""
        counts = np.append(self.rare_counts, 1)
        shares: NDArray[np.float64] = np.log(counts / counts.sum())
        return shares

    @property
    def rare_entropy(self) -> float:
        """Nats that a rare cell costs beyond its token, on average."""
        return -float(np.exp(self._log_shares) @ self._log_shares)

    def encode(self, column: Column) -> EncodedColumn:
        """Cells to tokens; a value never seen is rare."""
        rare, unseen = self._rare_token, len(self._values) + 1
        found = places_among(column.categories, self._values)
        places = np.where(found == UNSEEN, unseen, np.where(found == NULL, MISSING, found + 1)).astype(np.int32)
        tokens = np.minimum(places, rare)
        shares = np.concatenate([np.zeros(rare), self._log_shares])[places]
        cells = np.where(column.present, column.values, len(column.categories))
        return EncodedColumn(tokens[cells], np.full(len(column), np.nan), shares[cells])

    def decode(self, tokens: NDArray[np.int32], values: NDArray[np.float64], rng: np.random.Generator) -> Column:  # noqa: ARG002
        """Tokens to cells; which rare value is drawn by its share."""
        codes = tokens.astype(np.int32) - 1
        rare = np.flatnonzero(tokens == self._rare_token)
        if len(rare) and self.rare:
            weights = self.rare_counts / self.rare_counts.sum()
            codes[rare] += rng.choice(len(self.rare), size=len(rare), p=weights).astype(np.int32)
        missing = np.where(tokens == MISSING, Missing.NULL, Missing.PRESENT).astype(np.uint8)
        return Column(self.kind, np.maximum(codes, 0), missing, self.frequent + self.rare)

    def pieces(self, tests: Sequence[Test]) -> list[Piece]:
        """Tokens whose values pass all tests."""
        allowed = {*self.frequent, *self.rare, None}
        for test in tests:
            allowed &= self._passing(test)
        found = [Piece(t) for t, text in enumerate(self.texts()[:-1]) if text in allowed]
        share = sum(n for c, n in zip(self.rare, self.rare_counts, strict=True) if c in allowed)
        if share:
            found.append(Piece(self._rare_token, share=float(share / self.rare_counts.sum())))
        return found

    def only(self, tests: Sequence[Test]) -> CategoryCodec:
        """The codec whose rare values are those that pass all tests: for decoding under a condition."""
        allowed = set(self.rare).intersection(*(self._passing(t) for t in tests))
        kept = [i for i, c in enumerate(self.rare) if c in allowed]
        return replace(self, rare=tuple(self.rare[i] for i in kept), rare_counts=self.rare_counts[kept])

    def holding(self, held: Collection[str]) -> CategoryCodec:
        """The codec that draws none but these values; tokens stay what they are."""
        counts = self.counts.copy()
        counts[1:-1] *= np.array([text in held for text in self.frequent], dtype=bool)
        rare_counts = self.rare_counts * np.array([text in held for text in self.rare], dtype=bool)
        counts[-1] = rare_counts.sum()
        return replace(self, counts=counts, rare_counts=rare_counts)

    @property
    def seen(self) -> dict[str, int]:
        """How often each value occurs."""
        each = np.concatenate([self.counts[1:-1], self.rare_counts]).tolist()
        return dict(zip(self._values, each, strict=True))

    def _passing(self, test: Test) -> set[str | None]:
        values: set[str | None] = {*self.frequent, *self.rare}
        if test.op == "is missing":
            return {None}
        if test.op == "is present":
            return {*values}
        wanted = test.texts(self.kind)
        gap: set[str | None] = {None} if test.or_missing else set()
        if test.op == "!=":
            return {v for v in values if v not in wanted} | gap
        if not wanted & values and not test.or_missing:
            known = [*self.frequent, *self.rare][:8]
            raise FitError("models.unknown_value", column=self.name, value=sorted(wanted)[0], known=known)
        return {v for v in values if v in wanted} | gap

    def texts(self) -> list[str | None]:
        """(tokens,) values; the rare token stands for the commonest of its values."""
        return [None, *self.frequent, self.rare[0] if self.rare else None]

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """JSON and arrays."""
        plain = {"codec": "category", "kind": str(self.kind), "frequent": list(self.frequent), "rare": list(self.rare)}
        return plain, {f"{self.name}.counts": self.counts, f"{self.name}.rare": self.rare_counts}

    @classmethod
    def load(cls, name: str, data: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> CategoryCodec:
        """The codec that `state` wrote."""
        return cls(
            name, Kind(data["kind"]), tuple(data["frequent"]), tuple(data["rare"]),
            arrays[f"{name}.counts"], arrays[f"{name}.rare"],
        )
