"""Draw the rows of a copy: modelled columns from the model, ids anew, free text never.

- modelled (feature, amount, time...): drawn from the model, within the range seen, with the column's decimals
- id: regenerated in the format seen, never equal to a real one
- entity: regenerated ids that repeat as often as the real ones did
- personal (e-mail, telephone, name, IBAN, card number): fictitious, one for each entity where the real ones had one
- label, free text, ignored: missing (a constant stays what it was)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column, Missing
from ..data.conditions import Condition, Either, Where
from ..data.rules.base import Rule
from ..data.rules.book import keep
from ..data.schema import ColumnSpec, Kind, Schema
from ..errors import FitError
from ..models.base import Draws, Proposes
from ..models.rejection import Tried, until_enough
from ..run import Run
from ..words import Message, message
from .anomalies import Accept, Anomalies
from .entities import Dealt, assign
from .facts import NEW, made_how
from .formats import IdFormat
from .refine import OVER, Refinement
from .values.base import VALUES

__all__ = ["conform", "draw_rows", "notes"]

_ROUNDS = 12
_MARGIN = 1.1  # rows drawn beyond what the last round's share of good ones asks for
_MOST_DRAWN = 20  # rows drawn in a round for each that is wanted
_BATCH = 16_384


def notes(schema: Schema, facts: Mapping[str, Any] | None = None) -> tuple[Message, ...]:
    """What a copy does with the columns the model does not know, for the user."""
    known = (facts or {}).get("columns", {})
    by_how: dict[str, list[str]] = {}
    for spec in schema:
        how = made_how(spec, facts)
        if how == "ignored" and "constant" in known.get(spec.name, {}):
            how = "constant"
        by_how.setdefault(how, []).append(spec.name)
    return tuple(message(f"synth.note.{how}", columns=names) for how, names in by_how.items() if how != "model")


def draw_rows(  # noqa: PLR0917 - the order in which a sentence names them
    draws: Draws,
    schema: Schema,
    n: int,
    condition: Where,
    rng: np.random.Generator,
    run: Run | None = None,
    facts: Mapping[str, Any] | None = None,
    rules: Sequence[Rule] = (),
    evenly: Sequence[Condition] = (),
    anomalies: Anomalies | None = None,
    refinement: Refinement | None = None,
    tried: Tried | None = None,
) -> Iterator[Batch]:
    """Draw n rows with all columns of the schema, in its order.

    Args:
        draws: the model.
        schema: of the real table.
        n: rows.
        condition: what all rows satisfy; it may name modelled columns only.
        rng: the only source of chance.
        run: progress and cancelling.
        facts: from `learn_facts`; without them ids are `column-000001` and every entity has one row.
        rules: what every row keeps: rows are mended where that is possible, and drawn again where it is not.
        evenly: conditions that are met by as many rows each, in turn, on top of the one for all.
        anomalies: how many of the rows are anomalies; others are drawn again.
        refinement: chooses the rows among more that are drawn.
        tried: receives how many rows were drawn, and how many of them met everything.

    Yields:
        Batches that hold n rows together; one empty batch when n is 0.

    Raises:
        FitError: the condition names a column that the model does not know, or cannot be met.
    """
    condition = Either.of(condition).check(schema)
    each = [condition.given(part.check(schema)) for part in evenly] or [condition]
    for name in {name for part in each for name in part.columns}:
        if (how := made_how(schema[name], facts)) != "model":
            raise FitError("synth.condition", column=name, how=message(f"synth.how.{how}"))
    run = run or Run()
    rest = _Rest.prepare(schema, n, facts or {}, rng)
    kinds = anomalies.parts() if anomalies is not None else [(1.0, None)]
    demands = [_Demands(part, _limits(facts or {}, part), tuple(rules), share / len(each), accept)
               for part in each for share, accept in kinds]
    done = 0
    tried = tried or Tried()
    tried.watch = lambda t: run.progress(  # the first rows say nothing yet of how many are kept
        done / max(n, 1), message("synth.tried", tried=t.rows, kept=t.kept) if t.rows > n else None)
    drawn = _in_turn(draws, schema, n if refinement is None else OVER * n, rng, demands, tried)
    for batch in drawn if refinement is None else refinement.among(drawn, n, rng, run):
        columns = {c.name: batch[c.name] if made_how(c, facts) == "model" else rest.column(c, done, batch.rows)
                   for c in schema}
        yield Batch(columns, batch.rows, done)
        done += batch.rows
        run.progress(done / n, message("synth.drawn", done=done, rows=n))
    if n == 0:
        yield Batch({c.name: _missing(c, 0) for c in schema}, 0)


def _limits(facts: Mapping[str, Any], condition: Either) -> dict[str, tuple[float, float]]:
    """Ranges that rows must keep; a column the user set a condition on is left to the condition."""
    ranges: Mapping[str, Any] = facts.get("ranges", {})
    return {name: (r[0], r[1]) for name, r in ranges.items() if name not in condition.columns}


@dataclass(frozen=True, eq=False)
class _Demands:
    """What every row has to meet.

    Args:
        condition: of the user.
        limits: column -> range seen; mended rows may have left it.
        rules: of the table.
        share: of the copy's rows.
        accept: which rows are kept besides; None = all.
    """

    condition: Either
    limits: Mapping[str, tuple[float, float]]
    rules: tuple[Rule, ...]
    share: float = 1.0
    accept: Accept | None = None

    def met(self, batch: Batch, rng: np.random.Generator, *, last: bool) -> tuple[Batch, NDArray[np.bool_]]:
        """The rows, mended, and (n,) which of them meet all; the last stubborn ones are clipped into the ranges."""
        if last:
            batch = _clipped(batch, self.limits)
        good = np.ones(batch.rows, dtype=bool)
        if self.rules:
            batch, good = keep(self.rules, batch, rng)
            good &= self.condition.mask(batch)
        good &= _within(batch, self.limits)
        if self.accept is not None:
            places = np.flatnonzero(good)
            good[places] = self.accept(batch.take(places))
        return batch, good


def _in_turn(  # noqa: PLR0917 - what is drawn, and how
    draws: Draws, schema: Schema, n: int, rng: np.random.Generator, demands: Sequence[_Demands], tried: Tried
) -> Iterator[Batch]:
    """The share of rows of each of the demands, mixed."""
    if len(demands) == 1:
        yield from _modelled(draws, schema, n, rng, demands[0], tried)
        return
    for start in range(0, n, _BATCH):
        cuts = np.cumsum([0.0, *(d.share for d in demands)])
        ends = np.ceil(cuts * [[start], [min(start + _BATCH, n)]] - 1e-6)
        counts = np.diff(np.diff(ends, axis=0)[0]).astype(int).tolist()
        parts = [b for k, d in zip(counts, demands, strict=True) if k
                 for b in _modelled(draws, schema, k, rng, d, tried)]
        whole = Batch.concat(parts)
        yield whole.take(rng.permutation(whole.rows))


def _modelled(  # noqa: PLR0917 - what is drawn, and how
    draws: Draws, schema: Schema, n: int, rng: np.random.Generator, demands: _Demands, tried: Tried
) -> Iterator[Batch]:
    """Rows of the model that meet what is demanded; others are drawn again."""
    left, ask = n, n
    for at in range(_ROUNDS):
        kept = 0
        for drawn in _under(draws, ask, demands.condition, rng, tried):
            batch, good = demands.met(_typed(drawn, schema), rng, last=at == _ROUNDS - 1)
            index = np.flatnonzero(good)[:left]
            tried.kept += len(index)
            for start in range(0, len(index), _BATCH):
                yield batch.take(index[start : start + _BATCH])
            left -= len(index)
            kept += len(index)
            if left == 0:
                return
        ask = min(int(_MARGIN * left * ask / max(kept, 1)) + 16, _MOST_DRAWN * n + 64)
    if left:
        raise FitError("synth.too_few", wanted=n, drawn=n - left, tried=tried.rows)


def _under(
    draws: Draws, n: int, condition: Either, rng: np.random.Generator, tried: Tried
) -> Iterator[Batch]:
    """N rows that satisfy the condition, every row that was drawn for them counted."""
    if condition and isinstance(draws, Proposes):
        draws.check(condition)
        yield from until_enough(lambda size: draws.propose(size, rng), n, condition, tried)
        return
    for batch in draws.draw(n, condition, rng):
        tried.add(batch.rows)
        yield batch


def _within(batch: Batch, limits: Mapping[str, tuple[float, float]]) -> NDArray[np.bool_]:
    inside = np.ones(batch.rows, dtype=bool)
    for name, (low, high) in limits.items():
        if name in batch.columns:
            column = batch[name]
            inside &= ~column.present | ((column.values >= low) & (column.values <= high))
    return inside


def _clipped(batch: Batch, limits: Mapping[str, tuple[float, float]]) -> Batch:
    columns = {}
    for name, (low, high) in limits.items():
        if name in batch.columns:
            column = batch[name]
            values = np.where(column.present, np.clip(column.values, low, high), column.values)
            columns[name] = Column(column.kind, values.astype(column.values.dtype), column.missing, column.categories)
    return batch.with_columns(columns)


def _typed(batch: Batch, schema: Schema) -> Batch:
    """Exactly the modelled columns, with the schema's kinds and decimals; what the model left out is missing."""
    columns = {}
    for spec in schema:
        if spec.is_modelled:
            column = batch.columns.get(spec.name)
            columns[spec.name] = _missing(spec, batch.rows) if column is None else conform(column, spec)
    return Batch(columns, batch.rows)


def conform(column: Column, spec: ColumnSpec) -> Column:
    """A model's cells as a column of the schema: its kind, and its decimals."""
    values = np.where(column.present, column.values, 0)
    if spec.kind in CODED:
        return Column(spec.kind, values.astype(np.int32), column.missing, column.categories)
    if spec.kind is Kind.NUMBER:
        rounded = values if spec.decimals is None else np.round(values, spec.decimals) + 0.0
        return Column(spec.kind, rounded.astype(np.float64), column.missing)
    whole = values if values.dtype.kind == "i" else np.round(values)
    return Column(spec.kind, whole.astype(np.int64), column.missing)


def _missing(spec: ColumnSpec, n: int) -> Column:
    dtype = np.int32 if spec.kind in CODED else np.float64 if spec.kind is Kind.NUMBER else np.int64
    return Column(spec.kind, np.zeros(n, dtype=dtype), np.full(n, Missing.NULL, dtype=np.uint8))


@dataclass(frozen=True, eq=False)
class _Rest:
    """The columns that no model draws, prepared for all n rows.

    Args:
        codes: name -> (n,) codes into texts, -1 where missing.
        texts: name -> the ids.
        constants: name -> (value, missing share).
    """

    codes: dict[str, NDArray[np.int64]]
    texts: dict[str, list[str]]
    constants: dict[str, tuple[Any, NDArray[np.bool_]]]

    @classmethod
    def prepare(cls, schema: Schema, n: int, facts: Mapping[str, Any], rng: np.random.Generator) -> _Rest:
        """Deal out entities and write all new ids."""
        known: Mapping[str, Any] = facts.get("columns", {})
        entities = [c.name for c in schema if made_how(c) == "entity"]
        dealt = assign(known, entities, n, rng)
        codes, texts, constants = {}, {}, {}
        for spec in schema:
            fact = known.get(spec.name, {})
            if made_how(spec, facts) in NEW:
                of_row, count = _places(spec, fact, dealt, n, rng)
                absent = rng.random(count) < fact.get("missing", 0.0)
                codes[spec.name] = np.where(absent[of_row], -1, of_row)
                texts[spec.name] = _new(spec, fact, count, rng)
            elif "constant" in fact:
                constants[spec.name] = fact["constant"], rng.random(n) < fact.get("missing", 0.0)
        return cls(codes, texts, constants)

    def column(self, spec: ColumnSpec, start: int, rows: int) -> Column:
        """The cells of rows start..start + rows."""
        if spec.name in self.codes:
            return self._ids(spec, self.codes[spec.name][start : start + rows])
        if spec.name in self.constants:
            value, absent = self.constants[spec.name]
            return _constant(spec, value, absent[start : start + rows])
        return _missing(spec, rows)

    def _ids(self, spec: ColumnSpec, codes: NDArray[np.int64]) -> Column:
        texts = self.texts[spec.name]
        missing = np.where(codes < 0, Missing.NULL, Missing.PRESENT).astype(np.uint8)
        if spec.kind is Kind.INTEGER:
            numbers = np.array([int(t) for t in texts] or [0], dtype=np.int64)
            return Column(spec.kind, np.where(codes < 0, 0, numbers[np.maximum(codes, 0)]), missing)
        used, local = np.unique(np.maximum(codes, 0), return_inverse=True)
        categories = tuple(texts[int(u)] for u in used) if texts else ()
        return Column(spec.kind, np.where(codes < 0, 0, local).astype(np.int32), missing, categories)


def _places(
    spec: ColumnSpec, fact: Mapping[str, Any], dealt: Mapping[str, Dealt], n: int, rng: np.random.Generator
) -> Dealt:
    """(n,) which of the new values each row has, and how many there are: an entity's, its owner's, or its own."""
    if (owner := fact.get("owner", spec.name)) in dealt:
        return dealt[owner]
    if "rows_each" in fact:
        return assign({spec.name: fact}, [spec.name], n, rng)[spec.name]
    return np.arange(n), n


def _new(spec: ColumnSpec, fact: Mapping[str, Any], n: int, rng: np.random.Generator) -> list[str]:
    """As many new values, none of them a real one."""
    if "personal" in fact:
        return VALUES.get(fact["personal"]["as"]).make(fact["personal"], n, rng)
    return _format(spec, fact).make(n, rng)


def _format(spec: ColumnSpec, fact: Mapping[str, Any]) -> IdFormat:
    if "format" in fact:
        return IdFormat.from_json(fact["format"])
    is_number = spec.kind is Kind.INTEGER or spec.storage.startswith(("int", "uint", "double", "float"))
    return IdFormat.number(9) if is_number else IdFormat.pseudonym(spec.name)


def _constant(spec: ColumnSpec, value: Any, absent: NDArray[np.bool_]) -> Column:
    missing = np.where(absent, Missing.NULL, Missing.PRESENT).astype(np.uint8)
    if spec.kind in CODED:
        return Column(spec.kind, np.zeros(len(absent), dtype=np.int32), missing, (str(value),))
    dtype = np.float64 if spec.kind is Kind.NUMBER else np.int64
    return Column(spec.kind, np.where(absent, 0, value).astype(dtype), missing)
