"""Fingerprints of files: what a file is (its bytes and how they are read), apart from where it lies."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import dataclass
from pathlib import Path

from ..errors import ReadError
from ..run import Run
from .options import ReadOptions

__all__ = ["READER_VERSION", "Stamp", "digest_bytes", "fingerprint_of", "stamp_of"]

READER_VERSION = 1
"""Raise when readers, typing or the cache's layout change: every file is then read anew."""

_BLOCK = 1 << 22


@dataclass(frozen=True)
class Stamp:
    """What the file system says of a file; a cheap test whether it may have changed."""

    size: int
    mtime_ns: int
    inode: int


def stamp_of(path: Path) -> Stamp:
    """The stamp of a regular, readable file.

    Raises:
        ReadError: there is none, it is a directory or device, or it may not be read.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ReadError("read.directory", file=str(path))
        if not stat.S_ISREG(found.st_mode):
            raise ReadError("read.device", file=str(path))
    except (FileNotFoundError, NotADirectoryError):
        raise ReadError("read.not_found", file=str(path), folder=str(path.parent)) from None
    except PermissionError:
        raise ReadError("read.permission", file=str(path)) from None
    except OSError as error:
        raise ReadError("read.system", file=str(path), problem=error.strerror or str(error)) from error
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ino)


def digest_bytes(path: Path, run: Run) -> str:
    """Hex BLAKE2b of a file's bytes.

    Raises:
        ReadError: the file cannot be read to its end.
    """
    digest = hashlib.blake2b(digest_size=16)
    done, size = 0, max(path.stat().st_size, 1)
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                run.progress(min(done / size, 1.0))
    except PermissionError:
        raise ReadError("read.permission", file=str(path)) from None
    except OSError as error:
        raise ReadError("read.system", file=str(path), problem=error.strerror or str(error)) from error
    return digest.hexdigest()


def fingerprint_of(digest: str, options: ReadOptions) -> str:
    """The fingerprint of bytes read with these options by this version."""
    spoken = json.dumps([digest, options.to_json(), READER_VERSION], sort_keys=True)
    return hashlib.blake2b(spoken.encode(), digest_size=16).hexdigest()
