"""Other makers of copies with their defaults, each in a virtual environment that is made here and kept for later runs.

The environments lie in the user's cache folder. Peers learn the same rows in a process of one thread, without a GPU.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import platformdirs

from core.data.frame import to_pandas

from ._fits import Made
from ._tables import Table, whole

_TORCH = "torch==2.13.0"
"""Installed first and held to: a later release may come with several GB for GPUs."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
_ALONE = Path(__file__).with_name("_peer_alone.py")


@dataclass(frozen=True)
class Room:
    """What an environment holds.

    Args:
        packages: to install.
        unwanted: what these bring and cannot be imported beside this torch.
        check: a statement that works once all is there.
    """

    packages: tuple[str, ...]
    unwanted: tuple[str, ...]
    check: str


ROOMS = {
    "sdv": Room(("sdv==2.0.0", "psutil"), (), "import sdv.single_table, psutil"),
    "mostly": Room(
        ("mostlyai-engine==2.7.3", "psutil"), ("torchvision", "torchaudio"),
        "import psutil; from mostlyai.engine import TabularARGN"),
}
PEERS = {"TabularARGN": "mostly", "TVAE": "sdv", "CTGAN": "sdv", "GaussianCopula": "sdv"}
"""Name -> environment."""
QUICK = ("TabularARGN", "TVAE", "GaussianCopula")
"""Those that learn 24,000 rows in minutes; CTGAN takes a thousand CPU seconds."""


class PeerError(Exception):
    """A peer that cannot be measured, in one line."""


def chosen(asked: list[str]) -> list[str]:
    """Names of peers from names, environments, all or none; the quick ones where nothing was asked."""
    if not asked:
        return list(QUICK)
    return [name for name, room in PEERS.items() if {name, room, "all"} & set(asked)]


def learn(name: str, table: Table, seed: int) -> Made:
    """Fit a peer; it has drawn as many rows as it learned from.

    Raises:
        PeerError: it cannot be installed, or fails.
    """
    python, missing = _environment(PEERS[name])
    if missing:
        raise PeerError(missing)
    with tempfile.TemporaryDirectory(prefix="likeness-peer-") as folder:
        train = Path(folder, "train.csv")
        to_pandas(whole(table.source)).to_csv(train, index=False)
        order = {
            "name": name, "train": str(train), "codes": sorted(table.codes), "rows": table.source.rows, "seed": seed,
            "out": folder}
        _call([python, str(_ALONE), json.dumps(order)], f"{name} failed", Path(folder))
        texts = dict.fromkeys(table.codes, str)
        rows = pd.read_csv(Path(folder, "rows.csv"), dtype=texts, keep_default_na=False, na_values=[""])
        cost = json.loads(Path(folder, "cost.json").read_text(encoding="utf-8"))
    return Made(lambda n, _rng: rows.head(n), cost)


@cache
def _environment(key: str) -> tuple[str, str]:
    """Its interpreter, and why it cannot be used ("" if it can); made when it is not there or holds other versions."""
    room = ROOMS[key]
    version = hashlib.sha256(repr((room, _TORCH, sys.version_info[:2])).encode()).hexdigest()[:10]
    folder = platformdirs.user_cache_path("likeness-peers", appauthor=False) / f"{key}-{version}"
    python, ready = folder / ("Scripts" if os.name == "nt" else "bin") / "python", folder / "ready"
    if not ready.exists():
        print(f"(making an environment for {room.packages[0]}: some minutes)", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            _make(room, folder, str(python))
        except PeerError as error:
            shutil.rmtree(folder, ignore_errors=True)
            return "", str(error)
        ready.touch()
    return str(python), ""


def _make(room: Room, folder: Path, python: str) -> None:
    failed = f"{room.packages[0]} could not be installed"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    _call([sys.executable, "-m", "venv", str(folder)], failed)
    _call([*pip, "install", _TORCH], failed)
    _call([*pip, "install", _TORCH, *room.packages], failed)
    if room.unwanted:
        _call([*pip, "uninstall", "-y", *room.unwanted], failed)
    _call([python, "-c", room.check], failed)


def _call(command: list[str], failed: str, folder: Path | None = None) -> None:
    """Run it.

    Raises:
        PeerError: it failed; with the last line it said.
    """
    lean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    env = lean | dict.fromkeys(_THREADS, "1") | {"CUDA_VISIBLE_DEVICES": "", "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PeerError(f"{failed}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise PeerError(f"{failed}: {said[-1] if said else f'exit code {done.returncode}'}")
