"""Formula safety: a text that a spreadsheet would run as a formula is written so that it stays a text.

OWASP, CSV injection: cells that begin with = + - @, tab or carriage return. Plain negative numbers are left alone.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["safe_text", "safe_texts"]

_RISKY = r"^[=+\-@\t\r\n]"
_NEGATIVE = r"^-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"


def safe_text(text: str) -> str:
    """The text, with ' before it when a spreadsheet would take it for a formula."""
    return f"'{text}" if re.match(_RISKY, text) and not re.fullmatch(_NEGATIVE, text) else text


def safe_texts(array: pa.Array) -> pa.Array:
    """The same for a large_string array; nulls stay null."""
    risky = pc.match_substring_regex(array, _RISKY)
    if not pc.any(risky).as_py():
        return array
    risky = pc.and_(risky, pc.invert(pc.match_substring_regex(array, _NEGATIVE)))
    quote, nothing = pa.scalar("'", array.type), pa.scalar("", array.type)
    return pc.if_else(risky, pc.binary_join_element_wise(quote, array, nothing), array)
