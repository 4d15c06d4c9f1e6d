"""A scripted review killed 200 times at random moments: what was lost."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.core.killed import Killings

from ._measure import table


def options() -> argparse.ArgumentParser:
    """What this benchmark can be asked."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def main(_data: Path | None, rest: list[str]) -> None:
    """Print the table."""
    asked = options().parse_args(rest)
    with tempfile.TemporaryDirectory() as folder:
        killings = Killings(Path(folder) / "p.likeness", asked.seed)
        for _ in range(asked.kills):
            killings.kill()
        rows = [
            ("sessions killed", killings.kills), ("steps they had confirmed", killings.confirmed),
            ("of these lost", killings.lost), ("broken or locked files", killings.broken),
            ("reopened on another case", killings.elsewhere), ("verify finds nothing", str(killings.sound())),
        ]
    table(["what", "count"], rows)
