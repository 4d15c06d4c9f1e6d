"""Bringing: what a worker staged is stored ahead of its adoption, beside the window instead of in its thread.

A chunk is one write to a disk, and a disk may take as long as it likes. So a thread stores the chunks, through a
connection of its own; nothing sees them until `Project.adopt` finds them there and adds the records that make them
visible. What was brought and is never adopted goes when the project is closed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from .blobs import add_chunks
from .opening import connect
from .records import unknown
from .staging import Staged, Staging

__all__ = ["bring"]


def bring(project: Path, staging: Path, is_stopped: Callable[[], bool]) -> None:
    """Store the bytes of staged items that the project lacks, each chunk in its own short write.

    Args:
        project: its file; it may be open.
        staging: the folder.
        is_stopped: asked before every chunk.

    Raises:
        ProjectError: the file cannot be written. Adopting meets the same obstacle.
    """
    with contextlib.closing(connect(project, read_only=False)) as database:
        for item in unknown(database, Staging(staging).items()):
            for chunk in _chunks(item):
                if is_stopped():
                    return
                add_chunks(database, [chunk])


def _chunks(item: Staged) -> Iterator[bytes]:
    for name in item.blobs:
        yield from item.chunks(name)
