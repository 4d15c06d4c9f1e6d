"""Small files that tasks write beside their results: whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, RefusedError
from ..jobs.messages import plain

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["check_targets", "make_folder", "write_json", "write_text"]


def check_targets(store: Store, file: str | None, *targets: str | Path | None) -> None:
    """Refuse, before the work, to write over what is read: the file, the project, the tables it knows, one another.

    Raises:
        RefusedError: a result would take the place of one of these.
    """
    known = store.project.sources() if store.project else []
    taken = {_place(path) for path in (file, store.path, *(r.get("path") for r in known)) if path is not None}
    for target in targets:
        if target is None:
            continue
        if _place(target) in taken or _is_project(Path(target)):
            raise RefusedError("tasks.taken", file=str(target))
        taken.add(_place(target))


def _is_project(path: Path) -> bool:
    """Whether a project lies there, of this command or of another: verdicts must not be lost to a slip."""
    from ..project.schema import APPLICATION_ID

    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError:
        return False
    return head.startswith(b"SQLite format 3") and int.from_bytes(head[68:72], "big") == APPLICATION_ID


def _place(path: str | Path) -> tuple[int, int] | str:
    """What two names of one file share."""
    try:
        found = Path(path).stat()
    except OSError:
        return os.path.realpath(path)
    return found.st_dev, found.st_ino


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
