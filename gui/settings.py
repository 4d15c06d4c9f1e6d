"""What the window remembers for this user between starts: theme, zoom, recent files, sizes. One JSON file."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from core.paths import settings_dir

__all__ = ["Recent", "Settings"]

_log = logging.getLogger(__name__)
VERSION = 1
MOST_RECENT = 9


@dataclass(frozen=True)
class Recent:
    """A file or project that was open.

    Args:
        path: what the user opened.
        project: the project file that holds its results.
        rows: number of rows, 0 when not known.
        note: (catalogue key, values) of what was done with it.
        opened: local ISO time.
        pinned: stays on top.
        kind: "project", "table" or "images".
    """

    path: str
    project: str = ""
    rows: int = 0
    note: tuple[str, dict[str, Any]] | None = None
    opened: str = ""
    pinned: bool = False
    kind: str = "table"


@dataclass
class Settings:
    """All settings, with `load` and `save`. A damaged file is set aside, never fatal."""

    theme: str = "system"
    zoom: float = 1.0
    single_keys: bool = True
    reviewer: str = ""
    hide_score: bool = False
    at_start: str = "continue"
    last: str = ""
    jobs_open: bool = False
    sizes: dict[str, list[int]] = field(default_factory=dict)
    geometry: str = ""
    recent: list[Recent] = field(default_factory=list)
    is_kept: bool = field(default=True, compare=False)

    @staticmethod
    def path() -> Path:
        """Where they lie."""
        return settings_dir() / "window.json"

    @classmethod
    def load(cls) -> Settings:
        """The settings of this user; defaults where there are none."""
        try:
            data = json.loads(cls.path().read_text("utf-8"))
            return cls._revive(data)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError, KeyError) as error:
            _log.warning("settings set aside: %s", error)
            with contextlib.suppress(OSError):
                cls.path().replace(cls.path().with_suffix(".damaged"))
            return cls()

    @classmethod
    def _revive(cls, data: dict[str, Any]) -> Settings:
        known = {f.name: data[f.name] for f in fields(cls) if f.name in data and f.name != "is_kept"}
        known["recent"] = [Recent(**r) for r in known.get("recent", [])]
        made = cls(**known)
        blank = cls()
        kinds = (
            ("theme", str), ("single_keys", bool), ("zoom", (int, float)), ("last", str), ("reviewer", str),
            ("hide_score", bool))
        for name, kind in kinds:
            if not isinstance(getattr(made, name), kind):
                setattr(made, name, getattr(blank, name))
        return made

    def save(self) -> None:
        """Write all of them, in one step; settings made for a picture are not kept."""
        if not self.is_kept:
            return
        draft = self.path().with_suffix(f".{os.getpid()}.tmp")
        text = json.dumps({"version": VERSION, **asdict(self)}, ensure_ascii=False, indent=1)
        try:
            draft.write_text(text, "utf-8")
            draft.replace(self.path())
        except OSError as error:  # a full disk must not stop the work; the next save tries again
            _log.warning("settings not saved: %s", error)

    def remember(self, entry: Recent) -> None:
        """Put a file on top of the recent ones, pinned ones first."""
        old = next((r for r in self.recent if r.path == entry.path), None)
        now = datetime.now().astimezone().isoformat(timespec="minutes")
        fresh = replace(entry, opened=now, pinned=bool(old and old.pinned))
        rest = [r for r in self.recent if r.path != entry.path]
        ordered = sorted([fresh, *rest], key=lambda r: not r.pinned)
        self.recent = ordered[:MOST_RECENT]
        self.save()

    def forget(self, path: str) -> None:
        """Take a file off the list."""
        self.recent = [r for r in self.recent if r.path != path]
        self.save()

    def pin(self, path: str) -> None:
        """Keep a file on top, or let it go."""
        changed = [replace(r, pinned=not r.pinned) if r.path == path else r for r in self.recent]
        self.recent = sorted(changed, key=lambda r: not r.pinned)
        self.save()
