"""Blobs: bytes in content-addressed chunks of at most 4 MB; equal chunks are stored once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from ..errors import DamagedProject, ProjectError
from .database import Database

__all__ = ["CHUNK", "add_chunks", "chunk_hash", "drop_loose_chunks", "missing_chunks", "read_blob", "refer"]

CHUNK = 4 * 1024 * 1024
"""Bytes a chunk holds at most: bounds the memory and the length of one write."""


def chunk_hash(data: bytes | memoryview) -> str:
    """Address of a chunk."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def add_chunks(database: Database, chunks: Iterable[bytes]) -> list[str]:
    """Store chunks, each in its own short write; nothing sees them before `refer`. Returns their addresses."""
    hashes = []
    for data in chunks:
        own = chunk_hash(data)
        hashes.append(own)
        with database.writing():
            if database.value("SELECT 1 FROM chunk WHERE hash = ?", own) is None:
                database.rows("INSERT INTO chunk VALUES (?, ?)", own, data)
    return hashes


def missing_chunks(database: Database, hashes: Iterable[str]) -> list[str]:
    """Addresses that are not stored (any more)."""
    return [h for h in hashes if database.value("SELECT 1 FROM chunk WHERE hash = ?", h) is None]


def refer(database: Database, kind: str, ident: str, name: str, hashes: Iterable[str]) -> None:
    """Make stored chunks a blob, unless there is one (a packed source staged again); inside the caller's write."""
    if database.value("SELECT 1 FROM blob WHERE kind = ? AND id = ? AND name = ?", kind, ident, name) is not None:
        return
    for position, own in enumerate(hashes):
        database.rows("INSERT INTO blob VALUES (?, ?, ?, ?, ?)", kind, ident, name, position, own)


def read_blob(database: Database, kind: str, ident: str, name: str) -> bytes:
    """All bytes of a blob.

    Raises:
        ProjectError: there is no such blob.
        DamagedProject: its bytes are not those that were stored.
    """
    return b"".join(_chunks(database, kind, ident, name))


def _chunks(database: Database, kind: str, ident: str, name: str) -> Iterator[bytes]:
    hashes = [row[0] for row in database.rows(
        "SELECT chunk FROM blob WHERE kind = ? AND id = ? AND name = ? ORDER BY position", kind, ident, name)]
    if not hashes:
        raise ProjectError("project.no_blob", file=database.path.name, kind=kind, id=ident, name=name)
    for own in hashes:
        data = database.value("SELECT bytes FROM chunk WHERE hash = ?", own)
        if data is None or chunk_hash(data) != own:
            raise DamagedProject("project.blob", file=database.path.name, kind=kind, id=ident, name=name)
        yield data


def drop_loose_chunks(database: Database) -> None:
    """Remove chunks that a crash left without a blob, and give their pages back."""
    loose = "FROM chunk WHERE hash NOT IN (SELECT chunk FROM blob)"
    if database.value(f"SELECT 1 {loose} LIMIT 1") is None:
        return
    with database.writing():
        database.rows(f"DELETE {loose}")
    database.rows("PRAGMA incremental_vacuum")
