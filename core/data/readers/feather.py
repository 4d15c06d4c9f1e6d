"""Arrow IPC files: Feather version 2, and Arrow streams saved to a file. Feather version 1 too."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from ...run import Run
from ..options import ReadOptions
from .base import DAMAGE, Raw, damaged

__all__ = ["READER"]

_FILE, _OLD = b"ARROW1", b"FEA1"
_STREAM = b"\xff\xff\xff\xff"


class _Feather:
    title = "Feather"
    suffixes = (".feather", ".arrow", ".ipc", ".arrows")

    def accepts(self, head: bytes, path: Path) -> bool:
        return head.startswith((_FILE, _OLD)) or (head.startswith(_STREAM) and path.suffix.casefold() in self.suffixes)

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:  # noqa: ARG002
        with path.open("rb") as file:
            head = file.read(8)
        try:
            if head.startswith(_OLD):
                return Raw.of_table(feather.read_table(path, memory_map=True))
            mapped = pa.memory_map(str(path))
            opened = pa.ipc.open_file(mapped) if head.startswith(_FILE) else pa.ipc.open_stream(mapped)
            table = opened.read_all()
            table.validate()
        except DAMAGE as error:
            raise damaged(path, self.title, error) from error
        return Raw.of_table(table)


READER = _Feather()
