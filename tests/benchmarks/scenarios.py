"""Frauds of three kinds on simulated card payments: rows alone, beside their card's earlier rows, in groups.

Three scenarios: high amounts, compromised terminals, leaked cards. Figures are of the second half of the days, medians
over seeds; both halves were seen while it was chosen what is derived and how groups are judged, so they are no figures
of rows nobody looked at. That two benches rank was chosen on the first half. A scenario's average precision is that of
its rows among ordinary ones. The column that tells scenarios is a label: no model sees it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.data.history import History
from core.data.open import open_source
from core.data.schema import Role
from core.data.source import Source
from core.data.split import split
from core.detect.engine import Council, CouncilParams
from core.detect.groups import Groups, find_groups
from core.run import Run
from core.stats.fdr import benjamini_hochberg
from core.stats.ranking import average_precision
from core.stats.tails import Tail

from ._contexts import found as in_context
from ._groupings import KINDS, WAYS, power
from ._measure import table

SEEDS = (0, 1, 2)
VERDICTS = 20
LEVEL = 0.1
KINDS_OF_FRAUD = {1: "1: high amounts", 2: "2: terminals", 3: "3: leaked cards"}
CARD, TERMINAL, TIME, SCENARIO = "CUSTOMER_ID", "TERMINAL_ID", "TX_DATETIME", "TX_FRAUD_SCENARIO"


class Payments:
    """The table and what is judged by."""

    def __init__(self, data: Path) -> None:
        opened = open_source(data / "tables" / "card_transactions.csv")
        self.source = opened.with_schema(opened.schema.set(SCENARIO, role=Role.LABEL).set("TX_FRAUD", role=Role.LABEL))
        cells = self.source.take(np.arange(opened.rows), [CARD, TERMINAL, TIME, SCENARIO])
        self.who = {n: np.unique(cells[n].objects().astype(str), return_inverse=True)[1] for n in (CARD, TERMINAL)}
        self.when = cells[TIME].values.astype(np.int64)
        self.scenario = cells[SCENARIO].values.astype(int)
        self.second = self.when >= (self.when.min() + self.when.max()) // 2

    def precision(self, score: np.ndarray) -> list[float]:
        """Average precision of each scenario in the second half."""
        found = []
        for kind in KINDS_OF_FRAUD:
            rows = self.second & np.isin(self.scenario, (0, kind))
            found.append(average_precision(self.scenario[rows] == kind, score[rows]))
        return found

    def groups(self, surprise: np.ndarray, seed: int) -> Groups:
        """Of the cards."""
        return find_groups(self.who[CARD], self.when, surprise, np.random.default_rng(seed))


def ranked(source: Source, whole: Source, seed: int) -> np.ndarray:
    """(n,) nats: each row beside the training rows, by the council of mixed rows."""
    train = split(source, seed).train
    fit = Council(CouncilParams(reference="mixed")).fit(whole.subset(train), Run(seed=seed, threads=1))
    rest = np.setdiff1d(np.arange(source.rows), train)
    score = np.empty(source.rows)
    score[train] = fit.reference
    batches = whole.subset(rest).batches(fit.columns, size=4_096)
    score[rest] = np.concatenate([fit.score(b).total for b in batches])
    return Tail.of(fit.reference).surprise(score)


def with_groups(groups: Groups, surprise: np.ndarray) -> np.ndarray:
    """Rows of a case that holds take its score, at most a tenth of them by chance; all others keep their own."""
    out, holds = surprise.copy(), benjamini_hochberg(groups.p_values, LEVEL)
    cut = groups.p_values[holds].max() if holds.any() else 0.0
    for case in groups.cases:
        if case.p_value <= cut:
            out[case.rows] = np.maximum(out[case.rows], -np.log(case.p_value) + 1e-3 * surprise[case.rows])
    return out


def with_verdicts(payments: Payments, surprise: np.ndarray, terminals: np.ndarray) -> np.ndarray:
    """Payments at terminals that were found compromised come first."""
    bad = np.unique(payments.who[TERMINAL][(payments.scenario == 2) & ~payments.second])
    known = np.intersect1d(terminals, bad)
    return surprise + 1e3 * np.isin(payments.who[TERMINAL], known)


def asked(payments: Payments, surprise: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Twenty terminals: those that look worst, and twenty that were reported compromised in the first half."""
    first = np.where(payments.second, np.nan, surprise)
    worst = find_groups(payments.who[TERMINAL], payments.when, first, np.random.default_rng(seed)).p_values
    bad = np.unique(payments.who[TERMINAL][(payments.scenario == 2) & ~payments.second])
    reported = np.random.default_rng(seed).permutation(bad)[:VERDICTS]
    return {"looking worst": np.argsort(np.nan_to_num(worst, nan=1.0))[:VERDICTS], "reported": reported}


def leaked(payments: Payments, surprise: np.ndarray, seed: int) -> list[list[object]]:
    """Cards that each way to judge groups finds at p < .001, and how many of them are leaked."""
    bad = np.zeros(payments.who[CARD].max() + 1, dtype=bool)
    bad[payments.who[CARD][payments.scenario == 3]] = True
    rows: list[list[object]] = []
    for name, p_values in WAYS.items():
        found = p_values(payments.who[CARD], payments.when, surprise, np.random.default_rng(seed)) < 1e-3
        rows.append([name, int(found.sum()), int((found & bad[: len(found)]).sum())])
    return rows


def main(data: Path | None) -> None:
    """Print what each finds."""
    print("Share of shifted entities with p < .01, independent rows:\n")
    table(["", *KINDS, "none (level)"], power(0))
    if data is None:
        raise SystemExit("--data DIR with tables/card_transactions.csv")
    payments, found, last = Payments(data), {}, np.zeros(0)
    history: Any = History.of(payments.source)
    for seed in SEEDS:
        alone = ranked(payments.source, payments.source, seed)
        last = ranked(payments.source, history.over(payments.source), seed)
        scores = {"points": alone, "contexts": last, "groups": with_groups(payments.groups(last, seed), last)}
        for name, terminals in asked(payments, last, seed).items():
            scores[f"contexts, {VERDICTS} terminal verdicts, {name}"] = with_verdicts(payments, last, terminals)
        for name, score in scores.items():
            found.setdefault(name, []).append(payments.precision(score))
    print("\nAverage precision, second half of the days, median of three seeds:\n")
    table(["", *KINDS_OF_FRAUD.values()], [[n, *map(float, np.median(v, axis=0))] for n, v in found.items()])
    share = [float(np.mean(payments.scenario[payments.second] == kind)) for kind in KINDS_OF_FRAUD]
    table(["", *KINDS_OF_FRAUD.values()], [["chance", *share]])
    print("\nAdult, all but the context from another row:\n")
    table(["", "AUROC", "AP"], in_context(data))
    print("\nCards with p < .001, both halves, last seed:\n")
    table(["", "cards", "leaked"], leaked(payments, last, SEEDS[-1]))
