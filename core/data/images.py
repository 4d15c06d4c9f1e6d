"""A folder of images as a source: one row an image, with its size, format and a small picture kept in the cache.

Files are opened with Pillow and never trusted: the size is read from the header first, and an image that would unfold
to more pixels than any camera makes is named and not drawn. Duplicates are files with the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..errors import ReadError
from ..run import Run
from ..words import Message, message
from . import cache
from .batch import Batch, Column
from .fingerprint import READER_VERSION, Stamp
from .options import ReadOptions
from .schema import ColumnSpec, Kind, Role, Schema

__all__ = ["SUFFIXES", "ImageSource", "open_images"]

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
"""Endings of files that are looked at; content decides whether they are images."""

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
_UNREADABLE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, MemoryError)
_THUMBNAIL = 128
_MEGAPIXELS = 200


@dataclass(frozen=True)
class _Look:
    """What was found in one file: `format` is "" when it is no image, `problem` says why it has no thumbnail."""

    path: str
    bytes: int
    digest: str
    width: int = 0
    height: int = 0
    format: str = ""
    problem: str = ""


@dataclass(frozen=True, eq=False)
class ImageSource:
    """Images of a folder (and its subfolders), in order of path; see `Source` for the contract.

    `take` and `batches` give `Batch`es of the descriptive columns: path, width, height, format, bytes.

    Args:
        fingerprint: of all files' names and bytes.
        name, path: of the folder.
        notes: duplicates, unreadable files, files left out.
        schema: of the descriptive columns.
        batch: those columns.
        folder: of the cache, with the thumbnails.
    """

    fingerprint: str
    name: str
    path: Path
    notes: tuple[Message, ...]
    schema: Schema
    batch: Batch = field(repr=False)
    folder: Path = field(repr=False)
    kind: str = "images"

    @property
    def rows(self) -> int:
        """Number of images."""
        return self.batch.rows

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Batch]:
        """All rows in order, `size` at a time."""
        for start in range(0, self.rows, size):
            part = self.take(np.arange(start, min(start + size, self.rows)), columns)
            yield Batch(part.columns, part.rows, start)

    def take(self, index: NDArray[np.int64], columns: Sequence[str] | None = None) -> Batch:
        """The rows at these positions."""
        return self.batch.select(self.schema.names if columns is None else columns).take(np.asarray(index))

    def subset(self, index: NDArray[np.int64]) -> ImageSource:
        """These images alone."""
        digest = hashlib.blake2b(self.fingerprint.encode() + np.asarray(index, np.int64).tobytes(), digest_size=16)
        values = {**vars(self), "batch": self.batch.take(np.asarray(index)), "fingerprint": digest.hexdigest()}
        return ImageSource(**values)

    def with_schema(self, schema: Schema) -> ImageSource:
        """The same images; only roles may differ."""
        return ImageSource(**{**vars(self), "schema": schema})

    def file(self, row: int) -> Path:
        """The image itself."""
        return self.path / str(self.batch["path"].objects()[row])

    def thumbnail(self, row: int) -> Path:
        """A PNG of at most 128 x 128 pixels, made when the folder was opened."""
        name = hashlib.blake2b(str(self.batch["path"].objects()[row]).encode(), digest_size=16).hexdigest()
        return self.folder / f"{name}.png"


def open_images(path: Path, run: Run | None = None) -> ImageSource:
    """Open a folder of images.

    Args:
        path: the folder; subfolders are searched, links to folders are not followed.
        run: progress and cancelling.

    Raises:
        ReadError: it holds no image that can be read, or may not be listed.
    """
    run = run or Run()
    files, others = _list(path)
    if not files:
        raise ReadError("read.directory", file=str(path))
    stamp = _stamp(path, files)
    known = cache.recall(path, stamp, ReadOptions())
    if known is None or (folder := cache.find(known)) is None:
        folder = _keep(path, files, run)
        cache.remember(path, stamp, ReadOptions(), folder.name)
    looks = [_Look(**told) for told in json.loads((folder / cache.META).read_text("utf-8"))["looks"]]
    images = [look for look in looks if look.format]
    if not images:
        raise ReadError("read.no_images", file=str(path), count=len(files) + others, known=_FORMATS)
    schema, batch = _table(images)
    return ImageSource(folder.name, path.name, path, _notes(looks, others), schema, batch, folder)


def _list(path: Path) -> tuple[list[Path], int]:
    """Files that may be images, in order of path, and how many other files there are."""
    try:
        found = sorted(f for f in path.rglob("*") if f.is_file() and not _is_hidden(f.relative_to(path)))
    except PermissionError:
        raise ReadError("read.permission", file=str(path)) from None
    files = [f for f in found if f.suffix.casefold() in SUFFIXES]
    return files, len(found) - len(files)


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def _stamp(path: Path, files: list[Path]) -> Stamp:
    """Names, sizes and times of all files in one stamp, so that a folder seen before opens without reading it."""
    states = [file.stat() for file in files]
    names = "\0".join(f"{f.relative_to(path).as_posix()} {s.st_mtime_ns}" for f, s in zip(files, states, strict=True))
    listing = int.from_bytes(hashlib.blake2b(names.encode(), digest_size=7).digest())
    return Stamp(sum(s.st_size for s in states), max(s.st_mtime_ns for s in states), listing)


def _keep(path: Path, files: list[Path], run: Run) -> Path:
    """Look at every file; keep what was found and the small pictures."""
    looks = []
    digest = hashlib.blake2b(f"images {READER_VERSION}".encode(), digest_size=16)
    with cache.scratch(path.name) as work:
        target = work / "kept"
        target.mkdir()
        for done, file in enumerate(files):
            run.progress(done / len(files), message("read.progress.images", done=done, all=len(files)))
            look = _look(path, file, target)
            digest.update(f"{look.path}\0{look.digest}\n".encode())
            looks.append(vars(look))
        told = {"path": str(path.absolute()), "looks": looks}
        (target / cache.META).write_text(json.dumps(told), "utf-8")
        folder = cache.commit(target, digest.hexdigest())
    cache.evict(folder.name)
    return folder


def _look(path: Path, file: Path, target: Path) -> _Look:
    name = file.relative_to(path).as_posix()
    try:
        content = file.read_bytes()
    except OSError as error:
        return _Look(name, 0, "", problem=error.strerror or type(error).__name__)
    base = _Look(name, len(content), hashlib.blake2b(content, digest_size=16).hexdigest())
    thumbnail = target / (hashlib.blake2b(name.encode(), digest_size=16).hexdigest() + ".png")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is no reason to refuse a picture
            return _draw(base, file, thumbnail)
    except _UNREADABLE as error:
        return _Look(base.path, base.bytes, base.digest, problem=type(error).__name__)


def _draw(base: _Look, file: Path, thumbnail: Path) -> _Look:
    with Image.open(file, formats=_FORMATS) as image:
        width, height = image.size
        look = _Look(base.path, base.bytes, base.digest, width, height, str(image.format or "").lower())
        if width * height > _MEGAPIXELS * 1_000_000:
            return _Look(**{**vars(look), "problem": "large"})
        image.draft("RGB", (_THUMBNAIL, _THUMBNAIL))
        small = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
        small.thumbnail((_THUMBNAIL, _THUMBNAIL))
        small.save(thumbnail)
    return look


def _table(images: list[_Look]) -> tuple[Schema, Batch]:
    def spec(name: str, kind: Kind, role: Role, storage: str, reason: str) -> ColumnSpec:
        return ColumnSpec(name, kind, role, storage, message(reason))

    schema = Schema((
        spec("path", Kind.ID, Role.ID, "string", "read.reason.image_path"),
        spec("width", Kind.INTEGER, Role.FEATURE, "int64", "read.reason.integer"),
        spec("height", Kind.INTEGER, Role.FEATURE, "int64", "read.reason.integer"),
        spec("format", Kind.CATEGORY, Role.FEATURE, "string", "read.reason.image_format"),
        spec("bytes", Kind.INTEGER, Role.FEATURE, "int64", "read.reason.integer"),
    ))
    values: dict[str, list[Any]] = {name: [getattr(i, name) for i in images] for name in schema.names}
    return schema, Batch({c.name: Column.of(c.kind, values[c.name]) for c in schema}, len(images))


def _notes(looks: list[_Look], others: int) -> tuple[Message, ...]:
    first: dict[str, str] = {}
    same = [k.path for k in looks if k.format and first.setdefault(k.digest, k.path) != k.path]
    broken = [k.path for k in looks if not k.format]
    large = [k.path for k in looks if k.problem == "large"]
    said = []
    if same:
        said.append(message("read.note.duplicate_images", count=len(same), names=same[:5]))
    if broken:
        said.append(message("read.note.unreadable_images", count=len(broken), names=broken[:5]))
    if large:
        said.append(message("read.note.large_images", count=len(large), names=large[:5], limit=_MEGAPIXELS))
    if others:
        said.append(message("read.note.other_files", count=others))
    return tuple(said)
