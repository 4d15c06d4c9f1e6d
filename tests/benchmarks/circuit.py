"""The circuit and the generator beside their targets: copies, speed, explanation, detection, growth.

    python -m tests.benchmarks circuit --data DIR                       everything
    python -m tests.benchmarks circuit --data DIR --only fidelity --tables magic --seeds 1 --params trees=2

Needs --data DIR with tables/{adult,magic,default}/{train,holdout}.csv, and adbench/*.parquet. Each figure is the median
over seeds, with the least and the greatest. Seconds are CPU seconds of one thread unless they say wall.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.models.base import FAMILIES, capabilities

from . import _peers, detection
from ._copies import FIGURES, interval, measure, reference
from ._fits import COSTS, Made, costs, fit, settings
from ._measure import table as printed
from ._pointing import BASELINES, pointed
from ._speed import SIZES, fit_seconds, growth, rows_a_second
from ._swapped import found, swap
from ._tables import NAMES, Table, load
from ._targets import shown, target, verdict

Values = dict[str, dict[str, list[float]]]
"""Engine -> figure -> one value a seed."""


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Args:
        data: folder of the real tables.
        seeds: fits of each engine.
        tables: names of tables.
        families: keys of families that exist.
        params: `name=value`, for every family that knows the name.
        peers: whether SDV's generators take part.
    """

    data: Path
    seeds: int
    tables: tuple[str, ...]
    families: tuple[str, ...]
    params: tuple[str, ...]
    peers: bool

    def explaining(self) -> tuple[str, ...]:
        """The families that explain: those that are more than generators."""
        return tuple(k for k in self.families if "explains" in capabilities(FAMILIES.get(k)))


def fidelity(plan: Plan) -> None:
    """Copies of every table by every engine."""
    for name in plan.tables:
        table = load(plan.data, name)
        values: Values = defaultdict(lambda: defaultdict(list))
        for seed in range(plan.seeds):
            _add(values["(holdout)"], reference(table, seed))
            _add(values["(training rows)"], measure(table, table.train, seed, ("downstream",)))
            for engine, made in _engines(plan, table, seed):
                _add(values[engine], costs(made, table))
                copy = made.draw(len(table.train), np.random.default_rng(seed))
                _add(values[engine], measure(table, copy, seed))
                _say(f"{name} {engine} seed {seed}", {k: v[-1] for k, v in values[engine].items()})
        print(f"\n{name}: {len(table.train):,} rows to learn from, a copy of as many\n")
        _show(name, values, (*COSTS, *FIGURES))


def _engines(plan: Plan, table: Table, seed: int) -> Iterator[tuple[str, Made]]:
    for key in plan.families:
        yield key, fit(key, table.source, seed, plan.params)
    for name in _peers.chosen(["sdv"]) if plan.peers else ():
        try:
            yield f"SDV {name}", _peers.learn(name, table, seed)
        except _peers.PeerError as error:
            print(f"({error})", flush=True)


def speed(plan: Plan) -> None:
    """Fitting, and rows a second, on Adult; their targets are those of one tree."""
    table = load(plan.data, "adult")
    values: Values = defaultdict(lambda: defaultdict(list))
    for key in plan.explaining():
        _add(values[key], fit_seconds(key, table, plan.params))
        _add(values[key], rows_a_second(fit(key, table.source, asked=plan.params), table))
        if any(spec.name == "trees" for spec in FAMILIES.get(key).Params.describe()):
            one = rows_a_second(fit(key, table.source, asked=(*plan.params, "trees=1")), table)
            _add(values[key], {f"{figure}, 1 tree": value for figure, value in one.items()})
    print("\nAdult: seconds of a fit; rows a CPU second\n")
    _show("speed", values)


def cells(plan: Plan) -> None:
    """Is the cell that was changed the one a model points at?"""
    table = load(plan.data, "adult")
    values: Values = defaultdict(lambda: defaultdict(list))
    for seed in range(plan.seeds):
        swapped = swap(table, seed)
        width = len(swapped.batch.columns)
        _add(values["(chance)"], {"top-1": 1 / width, "top-3": 3 / width})
        for name, point in BASELINES.items():
            _add(values[name], pointed(table, swapped, point))
        for key in plan.explaining():
            _add(values[key], found(fit(key, table.source, seed, plan.params).fitted, swapped))
    print(f"\nAdult: {swapped.batch.rows:,} holdout rows with one implausible cell from another row\n")
    _show("cells", values)


def adbench(plan: Plan) -> None:
    """Detection, fitted on half of the normal rows."""
    engines = {k: detection.ours(k, settings(k, plan.params)) for k in plan.explaining()}
    engines |= {"sklearn 5-NN": detection.five_nearest, "sklearn forest": detection.forest}
    values: Values = defaultdict(lambda: defaultdict(list))
    for seed in range(plan.seeds):
        for name, (auroc, precision) in detection.compare(detection.sets(plan.data), "S", engines, seed).items():
            _add(values[name], {"AUROC": auroc, "AP": precision})
    print("\nmeans over the sets\n")
    _show("adbench", values)


def scale(plan: Plan) -> None:
    """A fit of one tree that reads all rows once, many rows and many columns, where a family has passes and trees."""
    for rows, columns in SIZES:
        values: Values = defaultdict(lambda: defaultdict(list))
        for key in plan.families:
            _add(values[key], growth(key, plan.data, rows, columns, (*plan.params, "trees=1")))
        print(f"\n{rows:,} rows x {columns} columns\n")
        _show(f"{rows:,} x {columns}", values, ("a pass, cpu", "cpu", "seconds", "peak_mb", "before_mb"))


GROUPS: dict[str, Callable[[Plan], None]] = {
    "fidelity": fidelity, "speed": speed, "cells": cells, "adbench": adbench, "scale": scale,
}


def _add(values: dict[str, list[float]], more: dict[str, float]) -> None:
    for name, value in more.items():
        values[name].append(value)


def _say(what: str, values: dict[str, float]) -> None:
    print(what, " ".join(f"{k}={shown(v)}" for k, v in values.items()), file=sys.stderr, flush=True)


def _show(where: str, values: Values, figures: Sequence[str] = ()) -> None:
    """A line a figure; beside each engine that has targets, its target and whether it is met."""
    figures = figures or list(dict.fromkeys(f for engine in values.values() for f in engine))
    aimed = {e for e in values if any(target(where, e, f) for f in figures)}
    head = [c for e in values for c in ((e, "target") if e in aimed else (e,))]
    rows = []
    for figure in figures:
        line: list[object] = [figure]
        for engine, known in values.items():
            middle, low, high = interval(known.get(figure, []))
            spread = f" ({shown(low)} to {shown(high)})" if low < high else ""
            line.append(shown(middle) + spread)
            line += [verdict(target(where, engine, figure), middle, low, high)] if engine in aimed else []
        rows.append(line)
    printed(["figure", *head], rows)


def options() -> argparse.ArgumentParser:
    """What this benchmark alone can be asked."""
    parser = argparse.ArgumentParser(prog="circuit", add_help=False)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS), help="groups of figures")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", nargs="+", default=list(NAMES))
    parser.add_argument("--families", nargs="+", default=["circuit", "generator", "mixture"])
    parser.add_argument("--params", nargs="+", default=[], help="name=value, for every family that knows the name")
    parser.add_argument("--peers", action="store_true", help="SDV's generators too")
    return parser


def main(data: Path | None, asked: Sequence[str] = ()) -> None:
    """Measure what is asked for."""
    given = options().parse_args(asked)
    if data is None or not (data / "tables").is_dir():
        print("needs --data DIR with tables/ and adbench/")
        return
    known = FAMILIES.keys()
    there = tuple(key for key in given.families if key in known)
    plan = Plan(data, given.seeds, tuple(given.tables), there, tuple(given.params), given.peers)
    for name in given.only:
        GROUPS[name](plan)
