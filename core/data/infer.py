"""Kinds and roles guessed from names and values, each with its reason in words.

Rules in order, the first that holds: the user's own choice; nothing or one value only; label; id; entity; date; amount;
codes; free text. Names are compared as words: `cardId`, `card_id` and `Card ID` all hold "card" and "id".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..words import Message, message
from .schema import ColumnSpec, Kind, Role, Schema
from .settle import Settled

__all__ = ["Facts", "facts_of", "infer_schema", "name_words"]

_LABEL = frozenset({"label", "outlier", "anomaly", "anomalous", "fraud", "fraudulent", "isfraud", "chargeback"})
_PERHAPS_LABEL = frozenset({"target", "y", "class"})
_RARE = 0.2
_ID = frozenset({
    "id", "uuid", "guid", "key", "index", "idx", "no", "nr", "number", "num", "rowid", "reference", "ref", "unnamed",
})
_ENTITY = frozenset({
    "card", "customer", "client", "account", "acct", "terminal", "user", "device", "member", "patient", "employee",
    "subscriber", "payer", "payee", "sender", "receiver", "holder", "iban", "pan", "ip", "email", "phone", "msisdn",
    "vehicle", "machine", "policyholder", "provider", "person", "household", "sensor",
})
_AMOUNT = (
    "amount", "amt", "price", "total", "payment", "paid", "value", "cost", "fee", "charge", "sum", "balance", "salary",
    "revenue",
)
_CODE = frozenset({
    "code", "type", "zip", "postcode", "postal", "mcc", "category", "class", "group", "branch", "region", "status",
    "cluster",
})
_NOT_NOW = frozenset({"birth", "dob", "born", "expiry", "expires", "expiration", "valid", "opened", "since"})


@dataclass(frozen=True)
class Facts:
    """What inference looks at, for one column.

    Args:
        name, form, storage, decimals, date_format: of the settled column; `form` is the kind its storage suggests.
        rows, present, distinct: counts; of numbers and dates only whether there are 0, 1 or more (2).
        examples: up to 1,000 distinct texts, or ().
        rare: share of the rarer value when there are exactly two.
        low, high: smallest and largest whole number, or of numbers that are all 0 or 1.
        is_run: whole numbers that count up or down by one.
    """

    name: str
    form: Kind
    storage: str
    rows: int
    present: int
    distinct: int
    examples: tuple[str, ...] = ()
    rare: float = 0.5
    low: int | None = None
    high: int | None = None
    is_run: bool = False
    decimals: int | None = None
    date_format: str | None = None

    @property
    def is_binary(self) -> bool:
        """Numbers that are 0 or 1 alone, both in use."""
        return self.distinct == 2 and (self.low, self.high) == (0, 1)

    @property
    def words(self) -> frozenset[str]:
        """The words of its name."""
        return name_words(self.name)

    @property
    def is_unique(self) -> bool:
        """No value twice and none missing."""
        return self.distinct == self.rows > 0


def name_words(name: str) -> frozenset[str]:
    """The lower-case words of a column's name: "CardID no." -> {"card", "id", "no"}."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", name)
    return frozenset(w for w in re.split(r"[^a-z0-9]+", spaced.casefold()) if w)


def facts_of(name: str, column: Settled) -> Facts:
    """Count what inference needs to know of a settled column."""
    array, form = column.array, column.kind
    base = Facts(name, form, column.storage, len(array), len(array) - array.null_count, 0,
                 decimals=column.decimals, date_format=column.date_format)
    if form is Kind.CATEGORY:
        distinct = array.dictionary
        examples = distinct.slice(0, 1_000).to_pylist()
        facts = replace(base, distinct=len(distinct), examples=tuple(t for t in examples if t))
        return replace(facts, rare=_rare(array.indices)) if len(distinct) == 2 else facts
    low, high = (pc.min_max(array)[k].as_py() for k in ("min", "max"))
    if form is Kind.NUMBER and low == 0 and high == 1 and base.decimals == 0:
        array = array.cast(pa.int64(), safe=False)
    elif form is not Kind.INTEGER:
        return replace(base, distinct=0 if low is None else 1 + (low != high)) if base.present else base
    facts = replace(base, low=low, high=high, distinct=pc.count_distinct(array, mode="only_valid").as_py())
    if facts.distinct == 2:
        return replace(facts, rare=_rare(array))
    return replace(facts, is_run=facts.is_unique and _counts_up(array))


def _rare(array: pa.Array) -> float:
    counts = pc.value_counts(array.drop_null()).field("counts").to_numpy()
    return float(counts.min() / counts.sum()) if len(counts) == 2 else 0.5


def _counts_up(array: pa.Array) -> bool:
    steps = np.diff(array.to_numpy())
    return bool(len(steps) > 1 and abs(int(steps[0])) == 1 and (steps == steps[0]).all())


def infer_schema(columns: Sequence[Facts], kinds: dict[str, Kind] | None = None) -> Schema:
    """Kind, role and reason of every column.

    Args:
        columns: what is known of each, in file order.
        kinds: the user's own choices, by name; such columns carry no reason.
    """
    specs = [_with_kind(_infer(f), (kinds or {}).get(f.name)) for f in columns]
    return Schema(tuple(_one_amount(_one_time(specs))))


def _with_kind(spec: ColumnSpec, kind: Kind | None) -> ColumnSpec:
    if kind is None:
        return spec
    role = Role.ID if kind is Kind.ID and spec.role is Role.FEATURE else spec.role
    return replace(spec, kind=kind, role=role, reason=None)


def _infer(facts: Facts) -> ColumnSpec:
    kind, role, reason = _guess(facts)
    return ColumnSpec(facts.name, kind, role, facts.storage, reason, facts.decimals, facts.date_format)


def _guess(facts: Facts) -> tuple[Kind, Role, Message]:
    kind, why = _kind(facts)
    share = facts.distinct / max(facts.present, 1)
    if facts.present == 0:
        return kind, Role.IGNORE, message("read.reason.all_missing")
    if facts.distinct == 1 and facts.rows > 1:
        return kind, Role.IGNORE, message("read.reason.constant")
    if _is_label(facts):
        return kind, Role.LABEL, message("read.reason.label", name=facts.name, distinct=facts.distinct)
    if _is_id(facts):
        return Kind.ID, Role.ID, message("read.reason.id", share=share)
    if _is_entity(facts, share):
        return Kind.ID, Role.ENTITY, message("read.reason.entity", name=facts.name, distinct=facts.distinct)
    if kind is Kind.DATETIME and not facts.words & _NOT_NOW:
        return kind, Role.TIME, message("read.reason.time")
    if kind in (Kind.NUMBER, Kind.INTEGER) and any(w in facts.words for w in _AMOUNT):
        return kind, Role.AMOUNT, message("read.reason.amount", name=facts.name)
    return kind, Role.FEATURE, why


def _kind(facts: Facts) -> tuple[Kind, Message]:
    if facts.form is Kind.CATEGORY:
        return _text_kind(facts)
    if facts.is_binary and (facts.form is Kind.INTEGER or _is_label(facts)):
        return Kind.BOOLEAN, message("read.reason.two_values", values=["0", "1"])
    if facts.form is not Kind.INTEGER:
        return facts.form, message(f"read.reason.{facts.form}")
    if facts.words & _CODE and 1 < facts.distinct <= 50:
        return Kind.CATEGORY, message("read.reason.codes", distinct=facts.distinct)
    return Kind.INTEGER, message("read.reason.integer")


_BOOLEANS = ({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"0", "1"}, {"on", "off"})


def _text_kind(facts: Facts) -> tuple[Kind, Message]:
    texts = facts.examples
    if facts.distinct == 2 and {t.casefold() for t in texts} in _BOOLEANS:
        return Kind.BOOLEAN, message("read.reason.two_values", values=sorted(texts))
    length = sum(map(len, texts)) / max(len(texts), 1)
    blanks = sum(t.count(" ") for t in texts) / max(len(texts), 1)
    share = facts.distinct / max(facts.present, 1)
    if share > 0.3 and facts.distinct > 20 and (length > 40 or blanks >= 3):
        return Kind.TEXT, message("read.reason.free_text", length=round(length))
    if share > 0.9 and facts.distinct > 100:
        return Kind.TEXT, message("read.reason.almost_distinct", share=share)
    return Kind.CATEGORY, message("read.reason.category", distinct=facts.distinct)


def _is_label(facts: Facts) -> bool:
    """A name that says label, and few values. `class` and `target` may be what a model is to learn: only when rare."""
    is_measured = facts.form is Kind.DATETIME or (facts.form is Kind.NUMBER and not facts.is_binary)
    if is_measured or not 2 <= facts.distinct <= 20:
        return False
    if facts.words & _LABEL:
        return True
    return facts.words <= _PERHAPS_LABEL and facts.distinct == 2 and facts.rare <= _RARE


def _is_id(facts: Facts) -> bool:
    """Every value once, none missing, and it reads like an id or counts the rows."""
    if not facts.is_unique or facts.rows < 2:
        return False
    if facts.form is Kind.INTEGER:
        return (facts.is_run and facts.rows >= 10) or bool(facts.words & _ID)
    if facts.form is not Kind.CATEGORY or any(" " in t.strip() or len(t) > 64 for t in facts.examples):
        return False
    return bool(facts.words & _ID) or facts.rows >= 20


def _is_entity(facts: Facts, share: float) -> bool:
    """Values that repeat and stand for someone or something: a name such as card or customer, and many of them."""
    if facts.form not in (Kind.CATEGORY, Kind.INTEGER) or not facts.words & _ENTITY:
        return False
    coded = sum(any(c.isdigit() or c == "@" for c in text) for text in facts.examples)
    is_code = facts.form is Kind.INTEGER or coded > len(facts.examples) / 2
    return is_code and facts.distinct >= 20 and share <= 0.9 and len(facts.words) <= 2


def _one_time(specs: list[ColumnSpec]) -> list[ColumnSpec]:
    """Only the first date is the time of the row; the others stay features."""
    return _first_only(specs, [s.name for s in specs if s.role is Role.TIME], message("read.reason.datetime"))


def _one_amount(specs: list[ColumnSpec]) -> list[ColumnSpec]:
    named = [s.name for s in specs if s.role is Role.AMOUNT]
    named.sort(key=lambda n: min(_AMOUNT.index(w) for w in name_words(n) & set(_AMOUNT)))
    return _first_only(specs, named, message("read.reason.number"))


def _first_only(specs: list[ColumnSpec], ranked: list[str], reason: Message) -> list[ColumnSpec]:
    others = set(ranked[1:])
    return [replace(s, role=Role.FEATURE, reason=reason) if s.name in others else s for s in specs]
