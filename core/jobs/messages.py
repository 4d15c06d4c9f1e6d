"""Messages between a worker and its parent: small JSON objects, the same in pipe, `--json` and log.

`started` · `progress` {fraction, text, eta} · `partial` {result} · `paused` · `resumed` · `log` {level, text} · `done`
{result, staging, seconds} · `failed` {error} · `dropped` (a newer question took its place). Each names its `job`;
arrays pass through files.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

from ..words import Message

__all__ = ["decode", "encode", "plain"]


def plain(value: Any) -> Any:
    """The value as standard JSON knows it: NumPy values, paths and messages unwrapped, NaN and infinity null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Message):
        return value.to_json()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if hasattr(value, "tolist"):  # NumPy arrays and scalars, without importing NumPy
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def encode(message: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON of a message."""
    return json.dumps(plain(message), ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes) -> dict[str, Any]:
    """The message `encode` wrote."""
    message: dict[str, Any] = json.loads(data)
    return message
