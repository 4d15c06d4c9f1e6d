"""SDV metadata: a schema as SINGLE_TABLE_V1 JSON and back, and what sdv 2.0 writes (V2) in. No import of sdv.

SDV knows `numerical, ordinal, categorical, boolean, datetime, id` and many personal types such as `email`. Of roles it
has keys alone: primary and alternate key (id), sequence key (entity) and sequence index (time); laid over a table that
has been opened (`over`) the metadata leaves the other roles as they were guessed. Its booleans are true and false: a
column of 0 and 1, or of yes and no, is written as categorical, or SDV would refuse the data.
Format: https://docs.sdv.dev/sdv/concepts/metadata
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import SchemaError
from ..words import message
from .schema import ColumnSpec, Kind, Role, Schema

__all__ = ["from_sdv", "is_sdv", "over", "to_sdv"]

_VERSION = "SINGLE_TABLE_V1"
_NUMBERS = {
    "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64", "uint8": "UInt8", "uint16": "UInt16",
    "uint32": "UInt32", "uint64": "UInt64", "float": "Float", "double": "Float",
}
_STORAGE = {representation: storage for storage, representation in _NUMBERS.items()}
_KINDS = {"categorical": Kind.CATEGORY, "boolean": Kind.BOOLEAN}
_SDTYPES = {Kind.CATEGORY: "categorical", Kind.BOOLEAN: "boolean", Kind.ID: "id", Kind.TEXT: "text"}
_FINER = frozenset({
    (Kind.BOOLEAN, Kind.CATEGORY), (Kind.BOOLEAN, Kind.INTEGER), (Kind.INTEGER, Kind.NUMBER)})
"""(ours, theirs): a kind of ours that says more than theirs and stays."""
_ISO_DATE, _ISO_TIME = "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"


def to_sdv(schema: Schema) -> dict[str, Any]:
    """The schema as SDV metadata of one table."""
    ids = schema.with_role(Role.ID)
    told: dict[str, Any] = {"METADATA_SPEC_VERSION": _VERSION, "columns": {c.name: _to_sdtype(c) for c in schema}}
    if len(ids) == 1 and schema[ids[0]].kind is Kind.ID:
        told["primary_key"] = ids[0]
    return told


def _to_sdtype(column: ColumnSpec) -> dict[str, Any]:
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        usual = "Int64" if column.kind is Kind.INTEGER else "Float"
        return {"sdtype": "numerical", "computer_representation": _NUMBERS.get(column.storage, usual)}
    if column.kind is Kind.DATETIME:
        iso = _ISO_DATE if column.storage.startswith("date") else _ISO_TIME
        return {"sdtype": "datetime", "datetime_format": column.date_format or iso}
    is_other = column.kind is Kind.BOOLEAN and column.storage != "bool"
    return {"sdtype": "categorical" if is_other else _SDTYPES[column.kind]}


def is_sdv(plain: Any) -> bool:
    """Whether a JSON value means to be SDV metadata, of whatever version."""
    return isinstance(plain, Mapping) and ("METADATA_SPEC_VERSION" in plain or "tables" in plain)


def over(own: Schema, told: Schema) -> Schema:
    """The schema of a table, changed to what SDV metadata says about its columns.

    Args:
        own: of the table as it was opened.
        told: from `from_sdv`.
    """
    said = {c.name: c for c in told}
    return Schema(tuple(_over(c, said[c.name]) if c.name in said else c for c in own))


def _over(own: ColumnSpec, told: ColumnSpec) -> ColumnSpec:
    if told.kind is not own.kind and (own.kind, told.kind) not in _FINER:
        return told
    is_guessed = told.role is Role.FEATURE or told.role is own.role
    return own if is_guessed else replace(own, role=told.role, reason=told.reason)


def from_sdv(metadata: Mapping[str, Any]) -> Schema:
    """The schema that SDV metadata describes: a single table, or multi-table metadata that holds one.

    Raises:
        SchemaError: not SDV metadata, or of several tables.
    """
    told = _single(metadata)
    columns = told.get("columns")
    if not isinstance(columns, Mapping) or not columns:
        raise SchemaError("read.sdv", problem="there are no columns")
    return Schema(tuple(_with_key(_from_sdtype(str(n), c, told), told) for n, c in columns.items()))


def _single(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    tables = metadata.get("tables")
    if isinstance(tables, Mapping):
        if len(tables) != 1:
            raise SchemaError("read.sdv", problem=f"it describes {len(tables)} tables")
        table = next(iter(tables.values()))
        return table if isinstance(table, Mapping) else {}
    version = metadata.get("METADATA_SPEC_VERSION")
    if version != _VERSION:
        raise SchemaError("read.sdv", problem=f"its version is {version}")
    return metadata


def _with_key(spec: ColumnSpec, table: Mapping[str, Any]) -> ColumnSpec:
    """The column with the role that the table's keys give it."""
    if spec.name in _names(table.get("sequence_key")):
        return replace(spec, kind=Kind.ID, role=Role.ENTITY)
    if spec.kind is Kind.DATETIME and table.get("sequence_index") is not None:
        return replace(spec, role=Role.TIME if spec.name == table["sequence_index"] else Role.FEATURE)
    return spec


def _names(key: Any) -> tuple[str, ...]:
    """The columns of a key: one name or several."""
    return (key,) if isinstance(key, str) else tuple(key) if isinstance(key, list) else ()


def _from_sdtype(name: str, told: Any, table: Mapping[str, Any]) -> ColumnSpec:
    if not isinstance(told, Mapping) or "sdtype" not in told:
        raise SchemaError("read.sdv", problem=f"column {name} has no sdtype")
    said, reason = str(told["sdtype"]), message("read.reason.sdv", sdtype=str(told["sdtype"]))
    alternates = [n for key in table.get("alternate_keys") or () for n in _names(key)]
    if name in (*_names(table.get("primary_key")), *alternates):
        return ColumnSpec(name, Kind.ID, Role.ID, _storage(said, told), reason)
    if said == "numerical":
        storage = _storage(said, told)
        is_whole = "int" in storage or told.get("decimal_places") == 0
        return ColumnSpec(name, Kind.INTEGER if is_whole else Kind.NUMBER, Role.FEATURE, storage, reason)
    if said == "ordinal":
        is_whole = all(type(value) is int for value in told.get("range_values") or [""])
        return ColumnSpec(
            name, Kind.INTEGER if is_whole else Kind.CATEGORY, Role.FEATURE, "int64" if is_whole else "string", reason)
    if said == "datetime":
        written = told.get("datetime_format")
        unusual = None if written in (_ISO_DATE, _ISO_TIME) else written
        return ColumnSpec(name, Kind.DATETIME, Role.TIME, _storage(said, told), reason, date_format=unusual)
    if said in _KINDS:
        return ColumnSpec(name, _KINDS[said], Role.FEATURE, _storage(said, told), reason)
    if said == "id":
        return ColumnSpec(name, Kind.ID, Role.ID if table.get("primary_key") is None else Role.ENTITY, "string", reason)
    # Personal types (email, name, address ...), text and unknown ones are not learnt from.
    return ColumnSpec(name, Kind.TEXT, Role.FEATURE, "string", reason)


def _storage(said: str, told: Mapping[str, Any]) -> str:
    if said == "numerical":
        return _STORAGE.get(str(told.get("computer_representation", "Float")), "double")
    if said == "datetime":
        written = str(told.get("datetime_format") or "%H")
        return "timestamp[us]" if "%H" in written or "%I" in written else "date32[day]"
    return "bool" if said == "boolean" else "string"
