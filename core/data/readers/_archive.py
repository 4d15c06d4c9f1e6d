"""Zip containers, looked at before anything is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ...errors import ReadError
from .base import damaged

__all__ = ["check_unpacked", "is_zip", "members"]

_MAX_RATIO = 200
_MAX_BYTES = 8 << 30
_SMALL = 64 << 20


def is_zip(head: bytes) -> bool:
    """Whether first bytes are those of a zip container."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def members(path: Path) -> frozenset[str]:
    """Names in the container; empty when it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return frozenset()


def check_unpacked(path: Path) -> None:
    """Refuse a container that declares to unpack to much more than an honest one does.

    Raises:
        ReadError: it is a bomb, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise damaged(path, "Excel", error) from error
    unpacked = sum(m.file_size for m in parts)
    worst = max((m.file_size / max(m.compress_size, 1) for m in parts if m.file_size > _SMALL), default=0)
    ratio = max(unpacked / max(path.stat().st_size, 1), worst)
    if unpacked > _MAX_BYTES or (unpacked > _SMALL and ratio > _MAX_RATIO):
        raise ReadError("read.bomb", file=path.name, unpacked=unpacked / 1e6, ratio=ratio, limit=_MAX_RATIO)
