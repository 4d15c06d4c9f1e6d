"""SDV metadata: a schema as SINGLE_TABLE_V1 JSON and back. No import of sdv.

SDV knows `numerical, categorical, boolean, datetime, id` and many personal types such as `email`; roles have no place
there, so that only ids and the primary key survive the way back, and roles of the other columns are guessed by kind.
Format: https://docs.sdv.dev/sdv/concepts/metadata
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SchemaError
from ..words import message
from .schema import ColumnSpec, Kind, Role, Schema

__all__ = ["from_sdv", "to_sdv"]

_VERSION = "SINGLE_TABLE_V1"
_NUMBERS = {
    "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64", "uint8": "UInt8", "uint16": "UInt16",
    "uint32": "UInt32", "uint64": "UInt64", "float": "Float", "double": "Float",
}
_STORAGE = {representation: storage for storage, representation in _NUMBERS.items()}
_KINDS = {"categorical": Kind.CATEGORY, "boolean": Kind.BOOLEAN}
_SDTYPES = {Kind.CATEGORY: "categorical", Kind.BOOLEAN: "boolean", Kind.ID: "id", Kind.TEXT: "text"}
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
    return {"sdtype": _SDTYPES[column.kind]}


def from_sdv(metadata: Mapping[str, Any]) -> Schema:
    """The schema that SDV metadata describes: a single table, or multi-table metadata that holds one.

    Raises:
        SchemaError: not SDV metadata, or of several tables.
    """
    told = _single(metadata)
    columns = told.get("columns")
    if not isinstance(columns, Mapping) or not columns:
        raise SchemaError("read.sdv", problem="there are no columns")
    return Schema(tuple(_from_sdtype(str(n), c, told.get("primary_key")) for n, c in columns.items()))


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


def _from_sdtype(name: str, told: Any, primary_key: object) -> ColumnSpec:
    if not isinstance(told, Mapping) or "sdtype" not in told:
        raise SchemaError("read.sdv", problem=f"column {name} has no sdtype")
    said, reason = str(told["sdtype"]), message("read.reason.sdv", sdtype=str(told["sdtype"]))
    if name == primary_key or (isinstance(primary_key, list) and name in primary_key):
        return ColumnSpec(name, Kind.ID, Role.ID, _storage(said, told), reason)
    if said == "numerical":
        storage = _storage(said, told)
        return ColumnSpec(name, Kind.INTEGER if "int" in storage else Kind.NUMBER, Role.FEATURE, storage, reason)
    if said == "datetime":
        written = told.get("datetime_format")
        unusual = None if written in (_ISO_DATE, _ISO_TIME) else written
        return ColumnSpec(name, Kind.DATETIME, Role.TIME, _storage(said, told), reason, date_format=unusual)
    if said in _KINDS:
        return ColumnSpec(name, _KINDS[said], Role.FEATURE, _storage(said, told), reason)
    if said == "id":
        return ColumnSpec(name, Kind.ID, Role.ID if primary_key is None else Role.ENTITY, "string", reason)
    # Personal types (email, name, address ...), text and unknown ones are not learnt from.
    return ColumnSpec(name, Kind.TEXT, Role.FEATURE, "string", reason)


def _storage(said: str, told: Mapping[str, Any]) -> str:
    if said == "numerical":
        return _STORAGE.get(str(told.get("computer_representation", "Float")), "double")
    if said == "datetime":
        written = str(told.get("datetime_format") or "%H")
        return "timestamp[us]" if "%H" in written or "%I" in written else "date32[day]"
    return "bool" if said == "boolean" else "string"
