"""The manifest of a release: digests of the files beside it and what made them; and the check of a folder by it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import DataError
from ..words import Message

__all__ = ["MANIFEST", "Finding", "check", "digest", "is_release", "manifest"]

VERSION = 1
MANIFEST = "manifest.json"
_DOSSIER = "dossier.json"
_KIND = "synthetic release"
_PACKAGES = ("numpy", "scipy", "pyarrow", "scikit-learn", "faker")


@dataclass(frozen=True)
class Finding:
    """What the check of a folder found.

    Args:
        ok: nothing speaks against it.
        problems: what does.
        head: digest of the manifest itself: whoever changes everything can make it agree, but not this.
    """

    ok: bool
    problems: tuple[Message, ...]
    head: str
    length: int = 0


def manifest(folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of the files of a folder.

    Args:
        folder: with all files of the release but the manifest.
        about: what made them: release, seed, rows, policy...
    """
    files = {p.name: {"sha256": digest(p), "bytes": p.stat().st_size} for p in sorted(folder.iterdir())}
    head = {"kind": _KIND, "version": VERSION, "provenance": "synthetic"}
    return {**head, **about, "versions": _versions(), "files": files}


def is_release(folder: Path) -> bool:
    """Whether a folder holds a release, whole or not."""
    if (folder / _DOSSIER).exists():
        return True
    try:
        plain = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(plain, dict) and plain.get("kind") == _KIND


def check(folder: Path, head: str | None = None) -> Finding:
    """Check a release by its manifest: no byte changed, no file missing, none added.

    Args:
        folder: of the release.
        head: digest of the manifest as the project keeps it.

    Raises:
        DataError: the manifest is of a later version.
    """
    try:
        plain = json.loads((folder / MANIFEST).read_text("utf-8"))
        known = {str(name): str(file["sha256"]) for name, file in plain["files"].items()}
        number = int(plain["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Finding(ok=False, problems=(Message("release.no_manifest", {"file": MANIFEST}),), head="")
    if number != VERSION:
        raise DataError("release.manifest_version", folder=str(folder), got=number, known=VERSION)
    own = digest(folder / MANIFEST) or ""
    problems = [Message("release.head", {"head": head})] if head not in (None, own) else []
    there = {p.name for p in folder.iterdir()} - {MANIFEST}
    problems += [Message("release.missing", {"file": name}) for name in sorted(known.keys() - there)]
    problems += [Message("release.added", {"file": name}) for name in sorted(there - known.keys())]
    problems += [Message("release.changed", {"file": name}) for name in sorted(known.keys() & there)
                 if digest(folder / name) != known[name]]
    return Finding(not problems, tuple(problems), own)


def digest(path: Path) -> str | None:
    """SHA-256 of a file; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _versions() -> dict[str, str]:
    found = {"likeness": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
