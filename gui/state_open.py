"""Opening: files, projects, samples, what was open last; and closing them where the user is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.data.schema import Schema
from core.errors import LikenessError, ProjectError
from core.paths import projects_dir
from core.project.project import Project

from . import requests
from .settings import Recent
from .state_base import StateBase
from .text import tr

__all__ = ["SUFFIX", "Opening"]

SUFFIX = ".likeness"


class Opening(StateBase):
    """Opens and closes. A table's project lies in the user's data folder until a copy is saved elsewhere."""

    wanted: Path | None = None
    """The project that was asked for last, opened or not."""

    def open_any(self, path: Path | str) -> None:
        """Open whatever was dropped or named: a project, a table, a folder of images."""
        path = Path(path)
        if path.suffix == SUFFIX:
            self.open_project(path)
        else:
            self.open_file(path)

    def open_recent(self, entry: Recent) -> None:
        """Open a recent file; its project serves when the file is gone."""
        gone = not Path(entry.path).exists() and Path(entry.project).is_file()
        self.open_any(entry.project if gone else entry.path)

    def open_file(self, path: Path | str, options: Mapping[str, Any] | None = None) -> None:
        """Open a table or a folder of images; its project is found or made."""
        path = Path(path).expanduser().absolute()
        try:
            self._enter(Project.open(self.new_project_for(path), create=True))
        except LikenessError as error:
            self.failed.emit(error)
            return
        record = self._record()
        self._show_known(record)
        self._describe(path, options or (record or {}).get("options") or {})

    def new_project_for(self, file: Path) -> Path:
        """Where the project of a file lies: in the user's data folder, under the table's name.

        Raises:
            ProjectError: a thousand projects of that name belong to other files.
        """
        for number in range(1, 1000):
            name = file.stem if number == 1 else f"{file.stem}-{number}"
            path = projects_dir() / f"{name}{SUFFIX}"
            if not path.exists() or _belongs(path, file):
                return path
        raise ProjectError("gui.too_many_projects", file=file.name, folder=str(projects_dir()))

    def open_project(self, path: Path | str, *, read_only: bool = False) -> None:
        """Open a project where it was left."""
        path = self.wanted = Path(path).expanduser().absolute()
        try:
            self._enter(Project.open(path, read_only=read_only))
        except LikenessError as error:
            self.failed.emit(error)
            return
        record = self._record()
        if record is None:
            is_package = self.project is not None and self.results.load_package(self.project)
            self.remember_recent()
            if is_package:
                self.announce(project=False)
                self.page_wanted.emit("review")
            return
        self._show_known(record)
        self._describe(Path(record["path"]), record.get("options") or {})

    def open_moved(self, path: Path, options: Mapping[str, Any] | None = None) -> None:
        """The table of the open project lies elsewhere now, or is to be read otherwise."""
        if self.project is not None:
            self._describe(path, (self._record() or {}).get("options") or {} if options is None else options)

    def _record(self) -> dict[str, Any] | None:
        """What the project knows of the source it showed last."""
        if self.project is None:
            return None
        sources, shown = self.project.sources(), self.project.setting("source")
        return next((s for s in sources if s["id"] == shown), sources[-1] if sources else None)

    def _enter(self, project: Project) -> None:
        self.close_project()
        self.project, self.path = project, project.path
        window = project.setting("window", {}) or {}
        self._positions = dict(window.get("positions", {}))
        self._page = str(window.get("page", "data"))
        self._take_copy(project)
        self.settings.last = str(project.path)
        self.settings.save()
        self.announce()

    def _take_copy(self, project: Project) -> None:
        """The copy that waits to be exported, unless its draft was forgotten since."""
        self.copy, self.report = project.setting("copy"), project.setting("report")
        if self.copy is not None and not Path(self.copy["out"]).exists():
            self.copy = self.report = None

    def _show_known(self, record: Mapping[str, Any] | None) -> None:
        """Show what the project holds at once, before the worker has looked at the file."""
        if self.project is None or record is None:
            return
        schema = self.project.schema(record["id"])
        if schema is not None:
            self._take_source({**record, "source": record["id"], "notes": []}, schema)

    def _describe(self, path: Path, options: Mapping[str, Any]) -> None:
        request = requests.make("describe", file=str(path), project=str(self.path), **requests.reading(options))
        self.worker.submit(
            request, tr("jobs.title.describe", name=path.name), on_done=self._described, on_partial=self._opened,
            on_failed=self._not_opened, icon="data",
        )

    def _opened(self, result: dict[str, Any]) -> None:
        """The file is read; its profile is still computed."""
        if "source" in result and self.project is not None:
            kept = self.project.schema(result["source"])
            self._take_source(result, kept or Schema.from_json(result["schema"]))

    def _take_source(self, source: dict[str, Any], schema: Schema) -> None:
        if self.project is None:
            return
        self.source, self.schema = source, schema
        self.profile = source.get("profile")
        self.results.load(self.project, source["source"])
        if self.project.setting("source") != source["source"]:
            self.write(lambda p: p.set_setting("source", source["source"]))
        self.remember_recent()
        self.announce(project=False)

    def _described(self, result: dict[str, Any]) -> None:
        if self.source is None or self.source.get("source") != result.get("source"):
            self._opened(result)
        self.source = {**(self.source or {}), **result}
        self.profile = result.get("profile")
        self.profile_changed.emit()

    def _not_opened(self, error: LikenessError) -> None:
        """A file that cannot be read leaves no empty project behind."""
        if self.project is not None and not self.project.sources():
            empty = self.project.path
            self.close_project()
            if empty.parent == projects_dir():
                empty.unlink(missing_ok=True)
            self.settings.last = ""
            self.settings.save()
            self.announce()
        self.failed.emit(error)

    def announce(self, *, project: bool = True) -> None:
        """Everything may be another: tell all views."""
        if project:
            self.project_changed.emit()
        for signal in (
            self.source_changed, self.schema_changed, self.profile_changed, self.fit_changed, self.run_changed,
            self.threshold_changed, self.verdicts_changed, self.copy_changed, self.history_changed,
        ):
            signal.emit()

    def save_copy(self, path: Path | str) -> None:
        """Save a copy of the project."""
        if self.project is None:
            return
        self.save_position()
        try:
            self.project.copy_to(path)
        except LikenessError as error:
            self.failed.emit(error)
            return
        self.settings.remember(Recent(str(path), str(path), self._rows(), kind="project"))
        self.saved.emit()

    def remember_recent(self) -> None:
        """Put what is open on top of the recent files."""
        if self.path is None:
            return
        made_here = self.path.parent == projects_dir()
        shown = Path(self.source["path"]) if self.source and made_here else self.path
        kind = "project" if not made_here else str(self.source["kind"]) if self.source else "table"
        note: tuple[str, dict[str, Any]] = ("gui.recent.scored" if self.run else "gui.recent.open", {})
        if self.session:
            note = ("gui.recent.reviewed", self.results.review_counts())
        self.settings.remember(Recent(str(shown), str(self.path), self._rows(), note, kind=kind))

    def _rows(self) -> int:
        return int(self.source["rows"]) if self.source else 0

    def close_project(self) -> None:
        """Save where the user is and close the file."""
        if self.project is not None:
            self.save_position()
            self.project.close()
        self.clear()

    def close(self) -> None:
        """End the workers and close the project, where the user is."""
        self.worker.close()  # first: what it still saves would keep the file from being left as one
        if self.project is not None:
            self.remember_recent()
        self.close_project()


def _belongs(project: Path, file: Path) -> bool:
    """Whether a project of ours is that of a file."""
    try:
        with Project.open(project, read_only=True, check=False) as opened:
            sources = opened.sources()
    except LikenessError:
        return False
    return not sources or any(s.get("path") == str(file) for s in sources)
