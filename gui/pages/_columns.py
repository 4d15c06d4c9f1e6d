"""The Columns button over the ranked rows: what was chosen is kept with the project and can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from ..items.ranked import RankedModel, ranked_columns
from ..panels.columns import ColumnsPopup
from ..state import AppState
from ..text import tr
from ..widgets import Button

__all__ = ["Columns"]


class Columns:
    """Which columns the ranked rows show.

    Args:
        state: where the choice is kept.
        model: of the rows.
        ask: asks for the rows anew, since cells of other columns are needed.
    """

    def __init__(self, state: AppState, model: RankedModel, ask: Callable[[], object]) -> None:
        self.state, self.model, self.ask = state, model, ask
        self.button = Button(tr("gui_detect.columns"), menu=True, small=True)
        self.button.clicked.connect(lambda _=False: self.open())

    @cached_property
    def popup(self) -> ColumnsPopup:
        """The list; made when it is first opened."""
        made = ColumnsPopup(self.button)
        made.changed.connect(self._choose)
        return made

    def load(self) -> None:
        """Read what the project keeps."""
        self.model.wanted = tuple(self.state.position("columns").get("names", ()))
        self.model.arrange(self.state.schema)

    def asked(self) -> tuple[str, ...]:
        """Columns of the table whose cells are needed; none: those that say most."""
        return tuple(n for n in self.model.wanted if n in self.state.schema.names)

    def open(self) -> None:
        """Open the list below the button."""
        self._fill()
        self.popup.open_below(self.button)

    def _fill(self) -> None:
        """The columns on show in their order, then all others."""
        shown = [c.name for c in self.model.columns]
        there = {c.name: c.title for c in ranked_columns(
            self.state.schema.names, self.state.schema, self.model.readings)}
        names = [*(n for n in shown if n in there), *(n for n in there if n not in shown)]
        self.popup.show_columns([(n, there[n], n in shown) for n in names])

    def _choose(self, names: Sequence[str]) -> None:
        before, after = self.model.wanted, tuple(names)
        if after != before:
            self._keep(after)
            self.state.did(tr("gui_detect.did_columns"), lambda: self._keep(before), lambda: self._keep(after))
            if not after:
                self._fill()

    def _keep(self, names: tuple[str, ...]) -> None:
        had = self.asked()
        self.model.wanted = names
        self.state.remember("columns", names=list(names))
        self.model.arrange(self.state.schema)
        if self.asked() != had:
            self.ask()
