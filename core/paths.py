"""Where Likeness keeps what it ships and what it writes, and whose account it runs under.

`LIKENESS_HOME` moves everything that is written (cache, settings) into one folder: for tests and portable use.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path

__all__ = ["account", "cache_dir", "private_dir", "projects_dir", "resources", "settings_dir"]


def resources(*parts: str) -> Path:
    """Path of a bundled file or folder below `resources/`."""
    return Path(__file__).resolve().parent.parent.joinpath("resources", *parts)


def private_dir(path: Path) -> Path:
    """Create `path` readable by its owner alone (mode 700) and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def cache_dir() -> Path:
    """Folder of opened tables (a plaintext copy of the user's data, hence private)."""
    return private_dir(_home("cache"))


def settings_dir() -> Path:
    """Folder of the user's settings: recent files, theme, heads of journals."""
    return private_dir(_home("settings"))


def projects_dir() -> Path:
    """Folder of the projects the window makes by itself, one for each opened file, until the user saves a copy."""
    return private_dir(_home("projects"))


def account() -> str:
    """The login name; "" where there is none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _home(part: str) -> Path:
    if home := os.environ.get("LIKENESS_HOME"):
        return Path(home) / part
    import platformdirs  # late: only the first call of a process pays for it

    places = {"cache": platformdirs.user_cache_path, "settings": platformdirs.user_config_path}
    folder = places.get(part, platformdirs.user_data_path)("likeness", appauthor=False)
    return folder / part if part not in places else folder
