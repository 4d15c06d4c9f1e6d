"""From the command line to the window, and what to do where there is no display."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable

from .base import tr

__all__ = ["open_window"]


def open_window(files: list[str], window: Callable[[list[str]], int]) -> int:
    """Show the window; where none can be shown, say so in one line and do the demo's job instead."""
    problem = _no_window()
    if not problem:
        try:
            return window(files)
        except ImportError as error:  # Qt is there but a system library it needs is not
            problem = str(error)
    print(tr("commands.no_window", problem=problem), file=sys.stderr)
    if files:
        return 2
    from ._app import main

    return main(["demo"])


def _no_window() -> str:
    """Why no window can be shown here; "" when nothing speaks against it."""
    if importlib.util.find_spec("PySide6") is None:
        return tr("commands.no_qt")
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    return "" if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") else tr("commands.no_display")
