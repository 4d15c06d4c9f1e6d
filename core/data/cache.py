"""The cache of opened files: one folder a fingerprint, readable by its owner alone, capped, safe to share.

cache_dir()/tables/<fingerprint>/    what was read; complete or absent, since it is written elsewhere and renamed
cache_dir()/memo/<key>.json          (path, size, mtime, inode, options) -> fingerprint, so that reopening reads nothing

It is a plaintext copy of the user's data: `forget` removes it, and the least recently used go once the cap is reached.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import ReadError
from ..paths import cache_dir, private_dir
from .fingerprint import READER_VERSION, Stamp
from .options import ReadOptions

__all__ = ["META", "commit", "evict", "find", "forget", "recall", "remember", "scratch", "used_bytes"]

META = "meta.json"
_CAP = 20 << 30
_STALE_SECONDS = 86_400.0
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _tables() -> Path:
    return private_dir(cache_dir() / "tables")


def _memos() -> Path:
    return private_dir(cache_dir() / "memo")


def find(fingerprint: str) -> Path | None:
    """The folder of a fingerprint, marked as just used; None when it is not there."""
    folder = _tables() / fingerprint
    if not fingerprint.isalnum() or not (folder / META).is_file():
        return None
    with contextlib.suppress(OSError):
        os.utime(folder)
    return folder


@contextlib.contextmanager
def scratch(file: str) -> Iterator[Path]:
    """A private folder on the cache's disk, gone afterwards whatever happened.

    Raises:
        ReadError: the disk is full, or the system refuses the folder or the file; `file` is what was being read.
    """
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=_tables()))
        yield folder
    except OSError as error:
        key = "read.disk_full" if error.errno in _FULL else "read.working_copy"
        raise ReadError(key, file=file, folder=_home(), problem=error.strerror or str(error)) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _home() -> str:
    """Where the cache is, or should be."""
    try:
        return str(cache_dir())
    except OSError as error:
        return str(error.filename)


def commit(folder: Path, fingerprint: str) -> Path:
    """Move a finished folder to its place. Whoever comes second finds the first one's work."""
    place = _tables() / fingerprint
    for file in folder.iterdir():
        file.chmod(0o600)
    try:
        folder.rename(place)
    except OSError:
        if find(fingerprint) is None:  # what lies there is no whole copy
            shutil.rmtree(place, ignore_errors=True)
            folder.rename(place)
    return place


def remember(path: Path, stamp: Stamp, options: ReadOptions, fingerprint: str) -> None:
    """Note which fingerprint this file had; a failure only costs the next opening some time."""
    entry = {"fingerprint": fingerprint, "path": str(path.absolute())}
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(dir=_memos(), prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entry, file)
            Path(name).replace(_memo(path, stamp, options))
        finally:
            Path(name).unlink(missing_ok=True)


def recall(path: Path, stamp: Stamp, options: ReadOptions) -> str | None:
    """The fingerprint noted for this file in this state, if any."""
    try:
        return str(json.loads(_memo(path, stamp, options).read_text("utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError):
        return None


def _memo(path: Path, stamp: Stamp, options: ReadOptions) -> Path:
    spoken = json.dumps([str(path.absolute()), vars(stamp), options.to_json(), READER_VERSION], sort_keys=True)
    return _memos() / (hashlib.blake2b(spoken.encode(), digest_size=16).hexdigest() + ".json")


def used_bytes() -> int:
    """Bytes the cache holds on disk."""
    return sum(_size(folder) for folder in _tables().iterdir())


def evict(keep: str, cap: int | None = None) -> None:
    """Remove what was used longest ago until the cache is within its cap (20 GiB; LIKENESS_CACHE_BYTES changes it).

    Args:
        keep: fingerprint that stays, being open.
        cap: bytes, instead of the usual cap.
    """
    limit = int(os.environ.get("LIKENESS_CACHE_BYTES", _CAP)) if cap is None else cap
    folders = sorted((f for f in _tables().iterdir() if f.is_dir()), key=_used_at, reverse=True)
    total = 0
    for folder in folders:
        is_torn = folder.name.startswith(".new-")
        total += 0 if is_torn else _size(folder)
        is_over = total > limit and folder.name != keep
        if is_torn and time.time() - _used_at(folder) < _STALE_SECONDS:
            continue
        if is_torn or is_over:
            shutil.rmtree(folder, ignore_errors=True)


def forget(which: Path | str) -> int:
    """Remove every copy kept of a file, or of a fingerprint.

    Args:
        which: the file's path, or a fingerprint.

    Returns:
        How many copies were removed.
    """
    wanted = str(Path(which).absolute())
    fingerprints = {str(which)}
    for memo in _memos().glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            entry = json.loads(memo.read_text("utf-8"))
            if entry["path"] == wanted or entry["fingerprint"] == str(which):
                fingerprints.add(entry["fingerprint"])
                memo.unlink()
    gone = 0
    for folder in (f for f in _tables().iterdir() if f.name in fingerprints):
        shutil.rmtree(folder, ignore_errors=True)
        gone += 1
    return gone


def _used_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _size(folder: Path) -> int:
    total = 0
    with contextlib.suppress(OSError):
        total = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    return total
