"""Staging: where a worker puts what it made until its parent adopts it into the project.

The worker never writes the project file. It fills a folder; each item appears there by one rename, so that a worker
killed half way leaves nothing that could be adopted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from .blobs import CHUNK, chunk_hash

__all__ = ["ADDED", "KINDS", "Staged", "Staging"]

KINDS = ("source", "fit", "run", "release")
"""What a project keeps records of."""

ADDED = ("draws", "selftest", "grounds")
"""What is added to a fit or a run later: bytes under its id, without a record of their own, for neither changes."""

_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Staged:
    """One item that waits to be adopted.

    Args:
        kind, id: what it will be called in the project.
        record: its JSON.
        blobs: name -> file that holds the bytes.
        addresses: name -> addresses of its chunks, as they were when staged.
    """

    kind: str
    id: str
    record: Mapping[str, Any]
    blobs: Mapping[str, Path]
    addresses: Mapping[str, list[str]]

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one blob, in chunks of the size the project stores; an empty blob is one empty chunk."""
        with self.blobs[name].open("rb") as file:
            yield file.read(CHUNK)
            while data := file.read(CHUNK):
                yield data

    def damaged(self, name: str) -> ProjectError:
        """The error of a blob whose bytes are no longer those that were staged."""
        return ProjectError("project.staging", folder=str(self.blobs[name].parent), problem=name)


class Staging:
    """A folder of items in the order they were added."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def add(self, kind: str, ident: str, record: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> None:
        """Stage an item: complete on return, absent before.

        Raises:
            ProjectError: the folder cannot be written (disk full).
        """
        if kind not in KINDS + ADDED:
            raise ValueError(kind)
        number = 1 + max((int(p.name) for p in self._items()), default=0)
        draft = self.folder / f".draft-{number}"
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            _write_item(draft, kind, ident, record, blobs or {})
            draft.rename(self.folder / f"{number:06d}")
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise ProjectError("project.staging", folder=str(self.folder), problem=error.strerror or "") from error

    def items(self) -> list[Staged]:
        """What was staged completely, in order."""
        return [_read_item(folder) for folder in self._items()]

    def find(self, kind: str, ident: str) -> Staged | None:
        """The item of that kind and id, if it is here."""
        return next((s for s in self.items() if (s.kind, s.id) == (kind, ident)), None)

    @property
    def size(self) -> int:
        """Bytes of all blobs."""
        return sum(path.stat().st_size for item in self._items() for path in item.glob("blob-*"))

    def clear(self) -> None:
        """Remove the folder: after adoption, or when nobody wants what is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _items(self) -> list[Path]:
        return sorted(p for p in self.folder.glob("[0-9]*") if p.name.isdigit())


def _write_item(draft: Path, kind: str, ident: str, record: Mapping[str, Any], blobs: Mapping[str, bytes]) -> None:
    files = {}
    for position, (name, data) in enumerate(blobs.items()):
        _write(draft / f"blob-{position}", data)
        view = memoryview(data)
        pieces = [view[start:start + CHUNK] for start in range(0, max(len(view), 1), CHUNK)]
        files[name] = {"file": f"blob-{position}", "chunks": [chunk_hash(piece) for piece in pieces]}
    manifest = {"kind": kind, "id": ident, "record": dict(record), "blobs": files}
    _write(draft / _MANIFEST, json.dumps(manifest, allow_nan=False).encode())


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read_item(folder: Path) -> Staged:
    manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
    files = manifest["blobs"]
    return Staged(
        manifest["kind"], manifest["id"], manifest["record"],
        blobs={name: folder / str(entry["file"]) for name, entry in files.items()},
        addresses={name: entry["chunks"] for name, entry in files.items()})
