"""Likeness: without arguments the window, otherwise a command (`python main.py --help`).

Everything is imported inside `main()`: worker processes import this file again and must stay light.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the window or the command that the arguments name."""
    from core.commands import main as act

    return act(sys.argv[1:], show_window)


def show_window(files: list[str]) -> int:
    """Open the window on these files and return when it is closed."""
    from gui.app import main as window

    return int(window(files) or 0)


if __name__ == "__main__":
    sys.exit(main())
