"""PyOD's automatic engine as a peer, where PyOD 3 is installed (extra `bench`)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.preprocessing import StandardScaler

__all__ = ["ENGINES"]

Engine = Callable[[pd.DataFrame, pd.DataFrame, bool], np.ndarray]


def automatic(train: pd.DataFrame, test: pd.DataFrame, is_same: bool) -> np.ndarray:
    """Its engine plans up to three detectors and averages ranks; new rows are ranked among themselves, as it does."""
    import warnings

    from pyod.utils.ad_engine import ADEngine

    scaler = StandardScaler().fit(train.to_numpy())
    engine = ADEngine(random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = engine.run(engine.plan(engine.start(scaler.transform(train.to_numpy())), priority="balanced"))
        if is_same:
            return np.asarray(state.consensus["scores"])
        new = scaler.transform(test.to_numpy())
        able = [r["detector"] for r in state.results if r["status"] == "success"]
        scores = [np.nan_to_num(d.decision_function(new), posinf=1e300) for d in able]
    return np.mean([rankdata(s) for s in scores], axis=0)


def _is_there() -> bool:
    try:
        return importlib.util.find_spec("pyod.utils.ad_engine") is not None
    except ModuleNotFoundError:
        return False


ENGINES: dict[str, Engine] = {"PyOD automatic": automatic} if _is_there() else {}
