"""What marks a synthetic copy that nothing has judged: words in the file, and a note beside it.

Only `release` writes rows without this mark.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import __version__
from ..words import words
from ._writing import write_json

__all__ = ["DRAFT", "draft_about", "draft_path", "write_note"]

DRAFT = "unchecked draft"
VERSION = 1


def draft_path(out: str | Path) -> Path:
    """The note beside a copy: `copy.csv.draft.json`."""
    return Path(f"{out}.draft.json")


def draft_about(fit: str) -> dict[str, str]:
    """What the file says about itself, where its format has room for it."""
    return {
        "likeness.provenance": "synthetic", "likeness.status": DRAFT, "likeness.fit": fit,
        "likeness.version": __version__,
    }


def write_note(out: str | Path, project: str, drawn: Mapping[str, Any]) -> None:
    """Write the note beside a copy.

    Args:
        out: the copy.
        project: path of the project.
        drawn: how it was drawn: "fit", "seed", "rows", "where", "generator", "rules" (names).

    Raises:
        DataError: it cannot be written.
    """
    asked = ["--project", project, "--fit", str(drawn["fit"]), "--rows", str(drawn["rows"]), "--out", "DIR"]
    asked += ["--where", str(drawn["where"])] if drawn["where"] else []
    command = shlex.join(["python", "main.py", "release", *asked])
    write_json(draft_path(out), {
        "version": VERSION, "status": DRAFT, "provenance": "synthetic", "file": Path(out).name, **drawn,
        "is_judged": False, "what": words().text("synth.draft.what"),
        "release": words().text("synth.draft.release", command=command), "likeness": __version__,
    })
