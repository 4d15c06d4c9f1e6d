"""PyOD's automatic engine as a peer, where PyOD 3 is installed (extra `bench`)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy.stats import rankdata
from sklearn.preprocessing import StandardScaler

__all__ = ["ENGINES"]


class Rows(Protocol):
    """Rows of numbers."""

    @property
    def cells(self) -> np.ndarray:
        """(n, d)."""
        ...


Engine = Callable[[Rows, Rows, bool, int], np.ndarray]


def automatic(train: Rows, test: Rows, is_same: bool, seed: int) -> np.ndarray:
    """Its engine plans up to three detectors and averages ranks; new rows are ranked among themselves, as it does."""
    import warnings

    from pyod.utils.ad_engine import ADEngine

    scaler = StandardScaler().fit(train.cells)
    engine = ADEngine(random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = engine.run(engine.plan(engine.start(scaler.transform(train.cells)), priority="balanced"))
        if is_same:
            return np.asarray(state.consensus["scores"])
        new = scaler.transform(test.cells)
        able = [r["detector"] for r in state.results if r["status"] == "success"]
        scores = [np.nan_to_num(d.decision_function(new), posinf=1e300) for d in able]
    return np.mean([rankdata(s) for s in scores], axis=0)


def _is_there() -> bool:
    try:
        return importlib.util.find_spec("pyod.utils.ad_engine") is not None
    except ModuleNotFoundError:
        return False


ENGINES: dict[str, Engine] = {"PyOD automatic": automatic} if _is_there() else {}
