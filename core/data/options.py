"""What the user decides when a file is opened; everything left open is sniffed. Light: the window imports it."""

from __future__ import annotations

import codecs
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from .schema import Kind

__all__ = ["ReadOptions"]

_SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


@dataclass(frozen=True)
class ReadOptions:
    """Overrides of what sniffing would decide; None leaves a choice to sniffing.

    Args:
        delimiter: one character between cells; words such as `tab` are understood.
        encoding: name of a text encoding that Python knows, such as "utf-8" or "cp1252".
        decimal: "." or ",".
        header: whether the first line holds names.
        sheet: name or 1-based number of an Excel sheet.
        table: table of a database file.
        date_format: strptime format of dates that are no ISO dates, such as "%d/%m/%Y".
        missing: further texts to read as missing, in every column.
        kinds: `column=kind` pairs; such a column is read as that kind whatever its values look like.

    Raises:
        ParameterError: a value that no file could be read with.
    """

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    header: bool | None = None
    sheet: str | None = None
    table: str | None = None
    date_format: str | None = None
    missing: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "delimiter", _SPELLED.get(self.delimiter or "", self.delimiter) or None)
        object.__setattr__(self, "missing", tuple(self.missing))
        object.__setattr__(self, "kinds", tuple(self.kinds))
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise _refused("delimiter", "one character such as , or ; or tab", self.delimiter)
        if self.decimal not in (None, ".", ","):
            raise _refused("decimal", "a point or a comma", self.decimal)
        if self.encoding is not None and not _is_encoding(self.encoding):
            raise _refused("encoding", "a text encoding such as utf-8 or cp1252", self.encoding)
        if self.date_format is not None and "%" not in self.date_format:
            raise _refused("date_format", "a format such as %d/%m/%Y", self.date_format)
        self.kind_of  # noqa: B018  (checks the pairs)

    @property
    def kind_of(self) -> dict[str, Kind]:
        """Column name -> the kind the user gave it."""
        kinds = {}
        for pair in self.kinds:
            name, equals, kind = pair.rpartition("=")
            if not equals or kind not in set(Kind):
                raise _refused("kinds", "column=kind with kind one of " + ", ".join(Kind), pair)
            kinds[name] = Kind(kind)
        return kinds

    def to_json(self) -> dict[str, Any]:
        """Plain values of what is set."""
        default = ReadOptions.__dataclass_fields__
        pairs = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))
        return {n: list(v) if isinstance(v, tuple) else v for n, v in pairs if v != default[n].default}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReadOptions:
        """The options that `to_json` wrote.

        Raises:
            ParameterError: a name that is no option.
        """
        known = [f.name for f in dataclasses.fields(cls)]
        if unknown := sorted(set(data) - set(known)):
            raise ParameterError("params.unknown", name=unknown[0], known=known)
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in data.items()}
        return cls(**values)


def _is_encoding(name: str) -> bool:
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return False
    return bool(getattr(codec, "_is_text_encoding", True))


def _refused(name: str, domain: str, got: object) -> ParameterError:
    return ParameterError("params.domain", name=name, domain=domain, got=repr(got))
