"""Fits one peer and draws from it; runs in that peer's own environment, which holds nothing of this project.

    python _peer_alone.py '{"name": "TVAE", "train": "train.csv", "codes": [...], "rows": N, "seed": 0, "out": "DIR"}'

Writes DIR/rows.csv and DIR/cost.json.
"""

from __future__ import annotations

import json
import random
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import torch

SDV = {"TVAE": "TVAESynthesizer", "CTGAN": "CTGANSynthesizer", "GaussianCopula": "GaussianCopulaSynthesizer"}


class _Sdv:
    """One of SDV's generators with its defaults, columns as SDV detects them."""

    def __init__(self, name: str, frame: pd.DataFrame, _seed: int) -> None:
        from sdv import single_table
        from sdv.metadata import Metadata

        self.model = getattr(single_table, SDV[name])(Metadata.detect_from_dataframes({"table": frame}))

    def fit(self, frame: pd.DataFrame) -> None:
        self.model.fit({"table": frame})

    def draw(self, rows: int) -> pd.DataFrame:
        return self.model.sample(rows)["table"]


class _Argn:
    """MOSTLY AI's TabularARGN with its defaults."""

    def __init__(self, _name: str, _frame: pd.DataFrame, seed: int) -> None:
        from mostlyai.engine import TabularARGN

        self.model = TabularARGN(random_state=seed, verbose=0)

    def fit(self, frame: pd.DataFrame) -> None:
        self.model.fit(frame)

    def draw(self, rows: int) -> pd.DataFrame:
        return self.model.sample(n_samples=rows)


def cpu_seconds() -> float:
    """Of this process, those it started that are gone, and those that still live."""
    own = psutil.Process()
    spent = sum(own.cpu_times()[:4])
    return spent + sum(sum(child.cpu_times()[:4]) for child in own.children(recursive=True))


def read(path: str, codes: list[str]) -> pd.DataFrame:
    """Codes as texts, whatever they look like."""
    numbers = [name for name in pd.read_csv(path, nrows=0) if name not in codes]
    return pd.read_csv(
        path, dtype=dict.fromkeys(codes, str), keep_default_na=False, na_values={name: [""] for name in numbers})


def main(order: dict[str, Any]) -> None:
    """Fit, draw, and say what either cost."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    for sow in (torch.manual_seed, np.random.seed, random.seed):
        sow(order["seed"])
    frame = read(order["train"], order["codes"])
    peer = (_Sdv if order["name"] in SDV else _Argn)(order["name"], frame, order["seed"])
    began, wall = cpu_seconds(), time.perf_counter()
    peer.fit(frame)
    fitted, fitted_wall = cpu_seconds(), time.perf_counter()
    rows = peer.draw(order["rows"])
    cost = {
        "fit cpu s": fitted - began, "fit wall s": fitted_wall - wall, "draw cpu s": cpu_seconds() - fitted}
    rows.to_csv(Path(order["out"], "rows.csv"), index=False)
    Path(order["out"], "cost.json").write_text(json.dumps(cost), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
