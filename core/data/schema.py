"""Schema: what each column is (kind), what it is for (role), and why we think so.

Light: no pandas, Arrow or DuckDB, so that the window may import it. Detection lives in `infer.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ..errors import SchemaError
from ..words import Message

__all__ = ["LOG_SECONDS", "MODEL_ROLES", "TIMES", "ColumnSpec", "Kind", "Role", "Schema"]

VERSION = 1
LOG_SECONDS = "log10[s]"
"""Storage of a derived number column: log10 of a number of seconds, told as `3 s` or `9 d`."""
TIMES = "times"
"""Storage of a derived number column: how many times what is usual for the entity, told as `5.2 times`."""


class Kind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    INTEGER = "integer"
    CATEGORY = "category"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"
    ID = "id"


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    LABEL = "label"
    ID = "id"
    TIME = "time"
    ENTITY = "entity"
    AMOUNT = "amount"
    CONTEXT = "context"
    SENSITIVE = "sensitive"
    IGNORE = "ignore"


MODEL_ROLES = frozenset({Role.FEATURE, Role.TIME, Role.AMOUNT, Role.CONTEXT, Role.SENSITIVE})
"""Roles a model may learn from. Labels, ids, entities and ignored columns never reach one."""

_MODEL_KINDS = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.CATEGORY, Kind.BOOLEAN, Kind.DATETIME})
_ID_KINDS = frozenset({Kind.ID, Kind.CATEGORY, Kind.INTEGER})


@dataclass(frozen=True)
class ColumnSpec:
    """One column.

    Args:
        name: unique in its schema; what the file called it unless it was empty or a duplicate.
        kind, role: detected or set by the user.
        storage: Arrow type of the file's values, such as "int64", "double", "string", "bool", "date32[day]",
            "timestamp[us]"; writers restore it.
        reason: why kind and role were guessed; None once the user set them.
        decimals: digits after the point that all values of a number column keep; None = as many as a float has.
        date_format: strptime format, when the source holds dates as text.
    """

    name: str
    kind: Kind
    role: Role = Role.FEATURE
    storage: str = "string"
    reason: Message | None = None
    decimals: int | None = None
    date_format: str | None = None

    @property
    def is_modelled(self) -> bool:
        """Whether models learn from this column."""
        return self.role in MODEL_ROLES and self.kind in _MODEL_KINDS

    @property
    def made(self) -> str:
        """How a copy fills it, as far as role and kind say: "model", "id", "entity", "label", "text" or "ignored"."""
        if self.is_modelled:
            return "model"
        if self.role is Role.LABEL:
            return "label"
        if self.role is Role.ENTITY and self.kind in _ID_KINDS:
            return "entity"
        if self.kind is Kind.ID or (self.role is Role.ID and self.kind in _ID_KINDS):
            return "id"
        return "text" if self.kind is Kind.TEXT else "ignored"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {
            "name": self.name, "kind": str(self.kind), "role": str(self.role), "storage": self.storage,
            "reason": self.reason.to_json() if self.reason else None,
            "decimals": self.decimals, "date_format": self.date_format,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ColumnSpec:
        """The column that `to_json` wrote.

        Raises:
            SchemaError: an unknown kind or role.
        """
        try:
            reason = data.get("reason")
            return cls(
                name=str(data["name"]), kind=Kind(data["kind"]), role=Role(data.get("role", "feature")),
                storage=str(data.get("storage", "string")), reason=Message.from_json(reason) if reason else None,
                decimals=data.get("decimals"), date_format=data.get("date_format"),
            )
        except (KeyError, ValueError) as error:
            raise SchemaError("schema.column", problem=str(error)) from error


@dataclass(frozen=True)
class Schema:
    """The columns of a source, in file order."""

    columns: tuple[ColumnSpec, ...]
    version: int = field(default=VERSION)

    def __iter__(self) -> Iterator[ColumnSpec]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, name: str) -> ColumnSpec:
        """The column of that name.

        Raises:
            SchemaError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError("schema.no_column", column=name, known=[c.name for c in self.columns[:12]])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(c.name for c in self.columns)

    def with_role(self, *roles: Role) -> tuple[str, ...]:
        """Names of the columns of any of these roles."""
        return tuple(c.name for c in self.columns if c.role in roles)

    @property
    def modelled(self) -> tuple[str, ...]:
        """Names of the columns models learn from."""
        return tuple(c.name for c in self.columns if c.is_modelled)

    @property
    def fingerprint(self) -> str:
        """Of what models learn from: names, kinds and roles of the modelled columns, in any order."""
        told = sorted([c.name, c.kind.value, c.role.value] for c in self.columns if c.is_modelled)
        return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()

    def set(self, name: str, **changes: Any) -> Schema:
        """A schema with one column changed by the user (its reason goes, since it is no guess any more)."""
        changed = replace(self[name], reason=None, **changes)
        return replace(self, columns=tuple(changed if c.name == name else c for c in self.columns))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object with the format's version."""
        return {"version": self.version, "columns": [c.to_json() for c in self.columns]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Schema:
        """The schema that `to_json` wrote.

        Raises:
            SchemaError: not a schema, or of a later version.
        """
        version = data.get("version") if isinstance(data, Mapping) else None
        if version != VERSION or not isinstance(data.get("columns"), list):
            raise SchemaError("schema.version", got=str(version), known=VERSION)
        return cls(tuple(ColumnSpec.from_json(c) for c in data["columns"]))

    @classmethod
    def from_text(cls, text: str) -> Schema:
        """From JSON text.

        Raises:
            SchemaError: the text is not JSON, or not a schema.
        """
        try:
            return cls.from_json(json.loads(text))
        except json.JSONDecodeError as error:
            raise SchemaError("schema.json", problem=str(error)) from error
