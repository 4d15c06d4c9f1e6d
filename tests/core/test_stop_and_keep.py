"""Ending a long fit early: what the user had waited for is kept."""

from __future__ import annotations

from core.models.circuit import Circuit, CircuitParams
from core.run import Run, Signal
from core.words import Message, words

from .model_tables import payments


def test_a_fit_that_is_stopped_keeps_the_trees_that_were_ready_and_says_so_before():
    said: list[dict[str, object]] = []
    run = Run(on_partial=said.append, get_signal=lambda: Signal.STOP_AND_KEEP if said else Signal.GO)
    params = CircuitParams.from_json({"trees": 3, "states": 4, "passes": 2, "smooth": "no"})
    fitted = Circuit(params).fit(payments(600), run)
    assert len(fitted.circuit.trees) == 1
    assert [(s["trees"], s["of"]) for s in said] == [(1, 3)]
    told = said[0]["text"]
    assert isinstance(told, Message)
    assert words().text(told) == "1 of 3 trees; stop now keeps them"
