"""Words: the engine speaks in `Message(key, values)`; only the window and the command line turn a message into text.

A catalogue is a folder `resources/i18n/<locale>/` of JSON files, one a room, each mapping a key to a template:

    "reasons.range": "{column} {value}; given {given} the model expected {low:g} to {high:g}."

Templates are `str.format` templates without attribute access or indexing, with these formats:
`{x:n}` whole number with thousands separators, `{x:g}` number as short as it reads, `{x:p}` share as a percentage,
`{x:.3f}` fixed decimals, `{x:# case|# cases}` by count (# is the number). Values may be messages
or lists of values themselves.
"""

from __future__ import annotations

import json
import math
import os
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .paths import resources

__all__ = ["Message", "Words", "duration", "locale", "message", "number", "words"]

_LISTED = 40  # values of a list that a sentence names


@dataclass(frozen=True)
class Message:
    """A sentence to be: a catalogue key and the values its template names. JSON in, JSON out."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object; nested messages included."""
        return {"key": self.key, "values": {k: _plain(v) for k, v in self.values.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Message:
        """The message that `to_json` wrote."""
        return cls(str(data["key"]), {k: _revive(v) for k, v in data.get("values", {}).items()})


def message(key: str, **values: Any) -> Message:
    """Shorthand: `message("read.empty", file=name)`."""
    return Message(key, values)


def number(value: float) -> str:
    """A number as a person writes it: 1234567.0 -> '1,234,567'; 0.123456 -> '0.1235'; 1e-9 -> '1e-09'."""
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "infinity", "-inf": "-infinity"}[str(float(value))]
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.2f}"
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """A number of seconds in the unit it reads best in, by the units' signs: `3 s`, `12 min`, `2.4 h`, `9 d`."""
    unit, size = next((u, s) for u, s in _UNITS if seconds >= s or s < 1)
    count = seconds / size
    return f"{float(f'{count:.2g}'):,g} {unit}" if count < 100 else f"{count:,.0f} {unit}"


_UNITS = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0), ("ms", 0.001))


class Words:
    """One locale's catalogue. `text` never raises: an unknown key shows itself, so that a missing word is seen."""

    def __init__(self, templates: Mapping[str, str], *, mark: bool = False) -> None:
        self.templates = dict(templates)
        self.mark = mark

    def text(self, said: Message | str, **values: Any) -> str:
        """Render a message, or a key with values."""
        msg = said if isinstance(said, Message) else Message(said, values)
        template = self.templates.get(msg.key)
        if template is None:
            shown = ", ".join(f"{k}={_show(v, self)}" for k, v in msg.values.items())
            return f"{msg.key} ({shown})" if shown else msg.key
        text = _Formatter(self).vformat(template, (), dict(msg.values))
        return f"⟦{text}⟧" if self.mark else text


class _Formatter(string.Formatter):
    def __init__(self, catalogue: Words) -> None:
        super().__init__()
        self.catalogue = catalogue

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:  # noqa: ARG002
        # A plain look-up: templates come from translators, who must not reach attributes of values.
        return kwargs.get(field_name, f"{{{field_name}}}"), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, _, many = format_spec.partition("|")
            return (one if value == 1 else many).replace("#", number(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _numeric(value, format_spec)
        return _show(value, self.catalogue)


def _numeric(value: float, spec: str) -> str:
    if spec == "n":
        return f"{round(value):,}"
    if spec == "p":
        share = 100 * value
        return f"{share:.0f}%" if share >= 10 or share == 0 or float(share).is_integer() else f"{share:.2g}%"
    if spec in ("", "g"):
        return number(value)
    return format(value, spec)


def _show(value: Any, catalogue: Words) -> str:
    if isinstance(value, Message):
        return catalogue.text(value)
    if isinstance(value, list | tuple):
        first = ", ".join(_show(v, catalogue) for v in value[:_LISTED])
        rest = len(value) - _LISTED
        return catalogue.text("words.more", first=first, count=rest) if rest > 0 else first
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {"message": value.to_json()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.item() if hasattr(value, "item") else value


def _revive(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"message"}:
        return Message.from_json(value["message"])
    return [_revive(v) for v in value] if isinstance(value, list) else value


def locale() -> str:
    """The catalogue the user chose; processes that calculate inherit it from the window."""
    return os.environ.get("LIKENESS_LOCALE", "en")


@cache
def words(locale: str = "en") -> Words:
    """The catalogue of a locale; `pseudo` is English between ⟦ ⟧, which shows any text that skipped the catalogue."""
    folder = resources("i18n", "en" if locale == "pseudo" else locale)
    templates: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        templates.update(json.loads(file.read_text("utf-8")))
    return Words(templates, mark=locale == "pseudo")
