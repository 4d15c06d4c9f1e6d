"""Store: what a task sees of the project: it reads, and stages what its parent will adopt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from .opening import usable_path
from .project import Project
from .staging import Staging

__all__ = ["Store"]

_BUNDLE = ("bundle.json", "bundle.safetensors")


class Store:
    """Read access to a project, and a folder for results.

    Args:
        project: the project file; None, or a path where nothing lies yet, for tasks that need none.
        staging: folder for what the task makes.

    Raises:
        ProjectError: nothing could ever lie at that path (said before the work, not after it).
    """

    def __init__(self, project: Path | str | None, staging: Path | str) -> None:
        self.path = None if project is None else usable_path(project)
        self.staging = Staging(staging)

    @cached_property
    def project(self) -> Project | None:
        """The project, read-only; None when there is none yet.

        Raises:
            ProjectError: the file cannot be opened.
        """
        if self.path is None or not self.path.exists():
            return None
        return Project.open(self.path, read_only=True, check=False)

    def stage(
        self, kind: str, ident: str, record: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None,
    ) -> None:
        """Hand a source, fit, run or release to the parent."""
        self.staging.add(kind, ident, record, blobs)

    def stage_fit(self, ident: str, record: Mapping[str, Any], bundle: Mapping[str, Any], arrays: bytes) -> None:
        """Hand a fit to the parent: its record and the two halves of its bundle (JSON, safetensors)."""
        self.stage("fit", ident, record, _halves(bundle, arrays))

    def stage_draws(self, fit: str, bundle: Mapping[str, Any], arrays: bytes) -> None:
        """Hand what draws for a fit to the parent, to be kept beside it."""
        self.stage_added("draws", fit, _halves(bundle, arrays))

    def stage_added(self, kind: str, ident: str, blobs: Mapping[str, bytes]) -> None:
        """Hand bytes to the parent, to be kept beside a fit or a run; a project that takes nothing is left alone."""
        if self.project is not None and self.project.can_adopt:
            self.stage(kind, ident, {}, blobs)

    def record(self, kind: str, ident: str | None = None) -> dict[str, Any]:
        """A record staged here or kept in the project; the latest of its kind without an id.

        Raises:
            ProjectError: there is none.
        """
        staged = [s for s in self.staging.items() if s.kind == kind and ident in (None, s.id)]
        if staged:
            return {**staged[-1].record, "id": staged[-1].id}
        return self._needed(kind).record(kind, ident)

    def blob(self, kind: str, ident: str, name: str) -> bytes:
        """A blob staged here or kept in the project.

        Raises:
            ProjectError: there is none.
        """
        if staged := self.staging.find(kind, ident):
            return staged.blobs[name].read_bytes()
        return self._needed(kind).blob(kind, ident, name)

    def bundle_bytes(self, fit: str) -> tuple[dict[str, Any], bytes]:
        """The two halves of a fit's bundle, as `stage_fit` took them.

        Raises:
            ProjectError: there is no such fit.
        """
        return self._bytes_of("fit", fit)

    def draws_bytes(self, fit: str) -> tuple[dict[str, Any], bytes] | None:
        """What `stage_draws` took; None when nothing is kept for this fit yet.

        Raises:
            DamagedProject: the bytes are not those that were stored.
        """
        text, arrays = (self.added("draws", fit, name) for name in _BUNDLE)
        return None if text is None or arrays is None else (json.loads(text), arrays)

    def added(self, kind: str, ident: str, name: str) -> bytes | None:
        """Bytes that `stage_added` took; None when there are none yet.

        Raises:
            DamagedProject: the bytes are not those that were stored.
        """
        try:
            return self.blob(kind, ident, name)
        except ProjectError as error:
            if error.key != "project.no_blob":
                raise
            return None

    def _bytes_of(self, kind: str, ident: str) -> tuple[dict[str, Any], bytes]:
        text, arrays = (self.blob(kind, ident, name) for name in _BUNDLE)
        return json.loads(text), arrays

    def close(self) -> None:
        """Close the project, if it was opened."""
        if opened := self.__dict__.pop("project", None):
            opened.close()

    def _needed(self, kind: str) -> Project:
        if self.project is None:
            raise ProjectError("project.none", file=self.path.name if self.path else "", kind=kind)
        return self.project


def _halves(bundle: Mapping[str, Any], arrays: bytes) -> dict[str, bytes]:
    """The blobs of a bundle."""
    return dict(zip(_BUNDLE, (json.dumps(bundle, allow_nan=False).encode(), arrays), strict=True))
