"""Review sessions on real labelled sets: share of anomalies found in k reviews, and how many are left.

A session re-ranks after every verdict. `order`: static, naive and our order, with a reviewer who never errs and one who
errs in a tenth of the verdicts, and with planted entities of five. `left`: in how many sessions the interval of what is
left holds it, and how wide it is. Needs --data DIR with adbench/*.parquet, each with a column `anomaly`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.review.feedback import Grounds, Learner, rank_surprise
from core.review.remaining import Judged, Reviewers, remaining

from ._measure import table
from ._sessions import Naive, Order, Ours, Static, Step, Table, found, read, session
from .detection import sets

AT = (20, 50, 100)
LEFT_AT = (50, 100, 150, 200)
WRONG = 0.1
DOUBLES = 60
"""Verdicts that a second reviewer, who errs as often, gives again without knowing the first."""

WANTED = {"ours": 0.83, "ours, 10 % wrong": 0.77, "ours, entities": 0.88}
LEAD = 0.09
COVERAGE, WIDTH = 0.95, 2.5

METHODS: dict[str, tuple[Callable[[Table, int], Order], float]] = {
    "static": (lambda t, _: Static(t), 0.0),
    "naive": (lambda t, _: Naive(t), 0.0),
    "ours": (lambda t, _: Ours(t.grounds), 0.0),
    "naive, 10 % wrong": (lambda t, _: Naive(t), WRONG),
    "ours, 10 % wrong": (lambda t, _: Ours(t.grounds), WRONG),
    "ours, entities": (lambda t, seed: Ours(t.with_entities(seed)), 0.0),
}


def order(files: Sequence[Path], seeds: int, cap: int) -> dict[str, list[float]]:
    """Print the share found by each method; mean over sets of the mean over seeds, at each of `AT`."""
    shares: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    odd = []
    for file in files:
        for seed in range(seeds):
            read_table = read(file, seed, cap)
            for name, (make, error) in METHODS.items():
                rng = np.random.default_rng([seed, 1])
                steps = session(make(read_table, seed), read_table.label, max(AT), error, rng)
                shares[name][file.stem].append([found(steps, read_table.label, k) for k in AT])
                if name == "ours, 10 % wrong":
                    odd.append(_look_again(steps, read_table))
        print(file.stem, *(f"{n} {np.mean(s[file.stem], axis=0)[-1]:.2f}" for n, s in shares.items()), sep="; ",
              flush=True)
    means = {n: np.mean([np.mean(s, axis=0) for s in by.values()], axis=0).tolist() for n, by in shares.items()}
    print()
    table(["share found", *(f"k = {k}" for k in AT)], [[name, *values] for name, values in means.items()])
    lead = means["ours"][-1] - means["naive"][-1]
    print(f"\nours - naive at {AT[-1]}: {lead:.3f} (wanted {LEAD})")
    for name, wanted in WANTED.items():
        print(f"{name} at {AT[-1]}: {means[name][-1]:.3f} (wanted {wanted})")
    told, right, wrong = (sum(o[i] for o in odd) for i in range(3))
    print(f"look again, of 100 verdicts with 10 % wrong: {told / len(odd):.1f} told, {right / max(told, 1):.2f} of "
          f"them wrong, {right / max(wrong, 1):.2f} of the wrong ones told")
    return means


def _look_again(steps: Sequence[Step], read_table: Table) -> tuple[int, int, int]:
    """Verdicts told to look at again, those of them that are wrong, and all wrong ones."""
    learner = Learner(read_table.grounds)
    learner.learn([(s.row, float(s.verdict)) for s in steps])
    told = {learner.rows[i] for i in learner.odd()}
    wrong = {s.row for s in steps if s.verdict != read_table.label[s.row]}
    return len(told), len(told & wrong), len(wrong)


@dataclass(frozen=True)
class Interval:
    """What was said of a session, and what was so."""

    at: int
    least: int
    most: int
    left: int
    anomalies: int

    @property
    def holds(self) -> bool:
        """Whether it lies within."""
        return self.least <= self.left <= self.most

    @property
    def width(self) -> float:
        """In all anomalies of the set."""
        return (self.most - self.least) / self.anomalies


def left(files: Sequence[Path], seeds: int, cap: int) -> None:
    """Print how often the interval holds what is left, and its width, without and with wrong verdicts."""
    told: dict[str, list[Interval]] = defaultdict(list)
    stops: dict[str, list[float]] = defaultdict(list)
    for file in files:
        for seed in range(seeds):
            read_table = read(file, seed, cap)
            if len(read_table.label) <= max(LEFT_AT):
                continue
            for name, error in (("no error", 0.0), ("10 % wrong", WRONG)):
                found_, stopped = _intervals(read_table, error, seed)
                told[name] += found_
                stops[name] += [stopped] if stopped is not None else []
        print(file.stem, {n: sum(i.holds for i in found_) / len(found_) for n, found_ in told.items()}, flush=True)
    rows = []
    for name, found_ in told.items():
        last = [i for i in found_ if i.at == max(LEFT_AT)]
        rows.append([
            name, len(found_), statistics.mean(i.holds for i in found_),
            statistics.mean(i.least <= i.left for i in found_),
            statistics.median(i.width for i in last), f"{len(stops[name])} of {len(last)}",
            statistics.median(stops[name] or [0.0]), min(stops[name], default=0.0)])
    print()
    table(["reviewer", "intervals", f"hold (wanted {COVERAGE})", "lower end holds", f"median width at 200 (<= {WIDTH})",
           "stops in sessions", "found at stop, median", "worst"], rows)


def _intervals(read_table: Table, error: float, seed: int) -> tuple[list[Interval], float | None]:
    """Intervals at each of `LEFT_AT`, and the share of anomalies found when a stop was first proposed."""
    label, rng, order_ = read_table.label, np.random.default_rng([seed, 2]), Ours(read_table.grounds)
    intervals: list[Interval] = []
    stopped: list[float] = []
    doubled = [bool((rng.random() < error) != (rng.random() < error)) for _ in range(DOUBLES)]
    reviewers = Reviewers(DOUBLES, sum(doubled))

    def look(steps: Sequence[Step], is_open: np.ndarray) -> None:
        if len(steps) % 10:
            return
        judged = [Judged(s.score, s.verdict, s.control) for s in steps]
        said = remaining(judged, order_.expected[is_open], reviewers)
        if said is None:
            return
        if said.is_done and not stopped:
            stopped.append(float(1 - label[is_open].sum() / label.sum()))
        if len(steps) in LEFT_AT:
            intervals.append(Interval(
                len(steps), said.least or 0, said.most, int(label[is_open].sum()), int(label.sum())))

    session(order_, label, max(LEFT_AT), error, rng, has_control=True, then=look)
    return intervals, stopped[0] if stopped else None


def speed(rows: int = 100_000, verdicts: int = 1_000) -> None:
    """Print CPU milliseconds of a verdict: the new kernel column, the solution and the new order of all rows."""
    rng = np.random.default_rng(0)
    grounds = Grounds(
        rng.integers(0, 256, (100, rows)).astype(np.uint8), rank_surprise(rng.permutation(rows) + 1, rows),
        rng.random((rows, 4)).astype(np.float32), (rng.integers(-1, rows // 5, rows),))
    learner, pairs, spent = Learner(grounds), [], []
    for row in rng.permutation(rows)[:verdicts].tolist():
        pairs.append((row, float(rng.random() < 0.3)))
        began = time.process_time()
        learner.learn(pairs)
        np.argpartition(-learner.order, 200)
        spent.append(1_000 * (time.process_time() - began))
    table(["verdicts so far", "median CPU ms", "largest"], [
        [k, f"{statistics.median(spent[k - 20 : k]):.0f}", f"{max(spent[k - 20 : k]):.0f}"]
        for k in (20, 100, 500, 1_000) if k <= verdicts])


def options() -> argparse.ArgumentParser:
    """What this benchmark alone can be asked."""
    parser = argparse.ArgumentParser(prog="review", add_help=False)
    parser.add_argument("--part", nargs="+", choices=("order", "left", "speed"), default=["order", "left", "speed"])
    parser.add_argument("--sets", nargs="+", default=[], help="names of sets; all by default")
    parser.add_argument("--seeds", type=int, default=3, help="shuffles, forests and reviewers")
    parser.add_argument("--cap", type=int, default=5_000, help="rows of a set at most; 0: all")
    return parser


def main(data: Path | None, asked: Sequence[str] = ()) -> None:
    """What is asked for."""
    given = options().parse_args(asked)
    files = sets(data, given.sets)
    if "speed" in given.part:
        speed()
    if not files:
        print("needs --data DIR with adbench/*.parquet")
        return
    if "order" in given.part:
        order(files, given.seeds, given.cap)
    if "left" in given.part:
        left(files, given.seeds, given.cap)
