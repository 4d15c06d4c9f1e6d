"""Words of the window: every text a person reads comes out of the catalogue through `tr` or `say`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from core.words import Message, Words, locale, words

__all__ = ["local_clock", "locale", "say", "tr"]


@cache
def _catalogue(name: str) -> Words:
    return words(name)


def tr(key: str, **values: Any) -> str:
    """The text of a catalogue key with its values."""
    return _catalogue(locale()).text(key, **values)


def say(message: Message | Mapping[str, Any] | str) -> str:
    """The text of a message, or of the JSON of one; what is text already stays."""
    if isinstance(message, str):
        return message
    said = message if isinstance(message, Message) else Message.from_json(message)
    return _catalogue(locale()).text(said)


def local_clock(iso: str) -> str:
    """Hours and minutes here of a moment in ISO 8601; "" for what is none."""
    try:
        return f"{datetime.fromisoformat(iso).astimezone():%H:%M}"
    except ValueError:
        return ""
