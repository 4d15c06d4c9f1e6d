"""The question of the Detect page what would make the row on show ordinary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import LikenessError

from .. import requests
from ..state import AppState
from ..text import say, tr

if TYPE_CHECKING:
    from ..panels.row import RowPanel

__all__ = ["Changing"]


class Changing:
    """Asks the query worker; an answer to another row, run or threshold than the one on show is dropped.

    Args:
        state: the run and the threshold.
        panel: of the row.
    """

    def __init__(self, state: AppState, panel: RowPanel) -> None:
        self.state, self.panel = state, panel
        panel.change.wished.connect(self.ask)
        state.threshold_changed.connect(self._threshold_changed)

    def can_ask(self) -> bool:
        """Whether a row is on show and nothing is asked of it already."""
        return self.panel.item is not None and self.panel.change.button.isEnabled()

    def ask(self) -> None:
        """Ask about the row on show under the threshold in force."""
        item, run, threshold = self.panel.item, self.state.run, self.state.threshold
        if item is None or run is None:
            return
        contract = str(threshold.contract) if threshold else ""
        request = requests.make(
            "change", project=str(self.state.path), run=run["id"], row=str(item["row"]), threshold=contract)

        def is_fresh() -> bool:
            now = self.panel.item
            is_same = str(self.state.threshold.contract) == contract if self.state.threshold else not contract
            return now is not None and now["row"] == item["row"] and is_same

        def told(answer: dict[str, Any]) -> None:
            if is_fresh():
                self.panel.change.show_answer(answer)

        def refused(error: LikenessError) -> None:
            if is_fresh():
                self.panel.change.forget(why=" ".join(say(m) for m in (error.messages[0], error.messages[2])))

        self.panel.change.ask()
        self.state.worker.ask(request, "change", told, refused)

    def _threshold_changed(self) -> None:
        if self.panel.change.has_answer:
            self.panel.change.forget(why=tr("gui_detect.change_stale"))
