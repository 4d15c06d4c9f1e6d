"""Small files that tasks write beside their results: whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..jobs.messages import plain

__all__ = ["make_folder", "write_json", "write_text"]


def make_folder(path: str | Path) -> Path:
    """A folder to write into, made when missing.

    Raises:
        DataError: it cannot be made.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError("tasks.folder", folder=str(folder), problem=error.strerror or "") from error
    return folder


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file.

    Raises:
        DataError: the folder is missing or may not be written, or the disk is full.
    """
    from ..data.write import replacing

    with replacing(Path(path)) as draft:
        draft.write_text(text, "utf-8")
    return Path(path)


def write_json(path: str | Path, value: Any) -> Path:
    """Write a JSON file, indented for people."""
    return write_text(path, json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")
