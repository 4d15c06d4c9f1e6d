"""Pictures of the window, made without a display: those of the demo, and those of the README.

python -m gui.shots OUT [PROJECT]     # of a project, or of the card-payments sample from the start
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from core.data.samples import sample
from core.errors import JobError

__all__ = ["PAGES", "main", "take"]

PAGES = ("data", "detect", "model", "review", "synthesize")
_QUESTION = {"category": "travel", "country": "FR"}
"""What the Model page is asked of the sample; of another table, as far as it has these columns."""
_PATIENCE = 600.0  # seconds for a calculation, on a slow machine
_QUIET = 0.25  # seconds without anything running until a page counts as complete
_TURNS = 25  # of the event loop in that time at least: on a busy machine a single one may take as long


def take(
    out_dir: Path | str, project: Path | str | None = None, *, table: Path | str | None = None,
    pages: Sequence[str] = PAGES, scheme: str = "light", size: tuple[int, int] = (1440, 900), cases: int = 100,
    rows: int = 5_000,
) -> list[Path]:
    """Open a project (or a table, from the start) in the real window and save a picture of each page.

    What is missing is made: scores, a review of `cases` rows, a copy of `rows` rows with its report.

    Args:
        out_dir: folder for `<page>.png`, made when absent.
        project: project file to show.
        table: table to open when there is no project.
        pages: which pages, in this order.
        scheme: light, dark or contrast.
        size: of the window, pixels.
        cases: of the review, when none was begun.
        rows: of the copy, when none was drawn.

    Returns:
        The files written.

    Raises:
        LikenessError: something could not be opened or calculated.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QEvent

    from .app import application
    from .main_window import MainWindow
    from .settings import Settings
    from .state import AppState

    settings = Settings(theme=scheme, reviewer="Kim", is_kept=False)
    app = application(settings)
    state = AppState(settings)
    window = MainWindow(state)
    window.resize(*size)
    window.show()

    def process() -> None:
        app.processEvents()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # without app.exec nothing else deletes them

    stage = _Stage(window, process)
    state.failed.connect(stage.errors.append)
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    try:
        stage.open(project, table)
        return [stage.picture(page, out, cases, rows) for page in pages]
    finally:
        window.close()


class _Stage:
    """Drives the window and waits until nothing moves any more."""

    def __init__(self, window: object, process: Callable[[], None]) -> None:
        from .main_window import MainWindow

        assert isinstance(window, MainWindow)
        self.window, self.state, self.process = window, window.state, process
        self.errors: list[Exception] = []

    def settle(self) -> None:
        """Return once no job and no question is under way, and everything is painted."""
        began = quiet = time.monotonic()
        turns = 0
        while time.monotonic() - quiet < _QUIET or turns < _TURNS:
            self.process()
            time.sleep(0.005)
            turns += 1
            if not self.state.worker.is_idle:
                quiet, turns = time.monotonic(), 0
            if self.errors:
                raise self.errors[0]
            if time.monotonic() - began > _PATIENCE:
                raise JobError("gui.shots_late", seconds=_PATIENCE)

    def open(self, project: Path | str | None, table: Path | str | None) -> None:
        """Open what is to be shown, and score it when it was not."""
        if project is not None:
            self.state.open_project(project)
        else:
            self.state.open_file(table or sample("card_payments").path)
        self.settle()
        if self.state.run is None:
            self.state.find_anomalies()
            self.settle()

    def picture(self, page: str, out: Path, cases: int, rows: int) -> Path:
        """Bring a page up with everything it needs and save it."""
        if page == "review" and self.state.session is None:
            self.state.start_review(cases)
            self.settle()
        if page == "synthesize" and self.state.copy is None:
            self.state.draw_copy(rows)
            self.settle()
        if page == "model" and not self.state.position(page).get("cells"):
            self.state.remember(page, cells={n: v for n, v in _QUESTION.items() if n in self.state.schema.names})
        self.window.go(page)
        self.settle()
        if page == "synthesize" and self.state.report is None:
            self.state.evaluate_copy()
            self.settle()
        file = out / f"{page}.png"
        if not self.window.grab().save(str(file)):
            raise JobError("gui.shots_failed", file=str(file))
        return file


def main(argv: Sequence[str]) -> int:
    """`OUT [PROJECT]`: pictures in light and dark, those of the README."""
    out = Path(argv[0])
    with tempfile.TemporaryDirectory(prefix="likeness-shots-") as home:
        if len(argv) == 1:
            os.environ["LIKENESS_HOME"] = home
        project = Path(argv[1]) if len(argv) > 1 else None
        for scheme in ("light", "dark"):
            made = take(out / scheme, project, scheme=scheme)
            for file in made:
                file.replace(out / f"{file.stem}-{scheme}.png")
            (out / scheme).rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
