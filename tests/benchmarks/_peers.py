"""SDV's generators with their defaults, where SDV is installed (`pip install sdv`; it brings torch)."""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np
import pandas as pd

from ._fits import Made, timed

NAMES = {"TVAE": "TVAESynthesizer", "CTGAN": "CTGANSynthesizer", "GaussianCopula": "GaussianCopulaSynthesizer"}


def is_there() -> bool:
    """Whether SDV is installed."""
    return importlib.util.find_spec("sdv") is not None


def learn(name: str, frame: pd.DataFrame, seed: int) -> Made:
    """Fit one of them."""
    import torch
    from sdv import single_table
    from sdv.metadata import Metadata

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what SDV draws from
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = getattr(single_table, NAMES[name])(Metadata.detect_from_dataframes({"table": frame}))
        _, cpu, wall = timed(lambda: _fit(model, frame))
    return Made(lambda n, _rng: _sample(model, n), {"fit cpu s": cpu, "fit wall s": wall})


def _fit(model: object, frame: pd.DataFrame) -> None:
    """SDV 2 wants tables by name, SDV 1 wants the frame."""
    from importlib.metadata import version

    model.fit({"table": frame} if int(version("sdv").split(".")[0]) > 1 else frame)


def _sample(model: object, n: int) -> pd.DataFrame:
    rows = model.sample(n)
    return rows["table"] if isinstance(rows, dict) else rows
