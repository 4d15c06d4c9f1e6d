"""The command line: thin adapters from arguments to requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(words: Sequence[str], window: Callable[[list[str]], int]) -> int:
    """Act on the words of a command line; importing nothing more than the words need.

    Args:
        words: the arguments after the program's name.
        window: shows the window on the files given and returns when it is closed.

    Returns:
        Exit code: 0 done, 1 answered no (verify), 2 error, 3 refused, 130 stopped.
    """
    if not words or (words[0] == "open" and "--help" not in words and len(words) > 1):
        from ._window import open_window

        return open_window(list(words[1:]), window)
    from ._app import main as act

    return act(list(words))
