"""Opening and profiling a 1,000,000 x 30 CSV, beside DuckDB and pandas reading the same file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ._measure import alone, table


def write_csv(path: Path, rows: int = 1_000_000) -> None:
    """Thirty columns of every kind: numbers, whole numbers, categories, booleans, dates, ids."""
    rng = np.random.default_rng(0)
    when = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 9e6, rows), "s")
    frame = {"id": np.arange(rows), "when": when}
    frame |= {f"number_{i}": np.round(rng.lognormal(3, 1, rows), 2) for i in range(16)}
    frame |= {f"count_{i}": rng.poisson(4, rows) for i in range(5)}
    frame |= {f"category_{i}": rng.choice([f"value {k}" for k in range(4 + 60 * i)], rows) for i in range(5)}
    frame |= {"flag": rng.random(rows) < 0.1, "card": rng.integers(1_000, 40_000, rows)}
    pd.DataFrame(frame).to_csv(path, index=False)


def main(_data: Path | None) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "million.csv"
        write_csv(file)
        print(f"{file.stat().st_size / 1e6:.0f} MB, 1,000,000 rows, 30 columns; median of 3 fresh processes\n")
        ours = "from core.data.open import open_source\n"
        ours += "from core.data.profile import profile\nfrom core.run import Run\n"
        shut = "import shutil, os\nshutil.rmtree(os.environ['LIKENESS_HOME'], ignore_errors=True)\n"
        env = {"LIKENESS_HOME": str(Path(folder) / "home"), "OMP_NUM_THREADS": "2"}
        open_it = f"s = open_source({str(file)!r})"
        rows = [
            ("Likeness: open (infer kinds, cache)", alone(open_it, ours + shut, env=env)),
            ("Likeness: open again", alone(open_it, ours, env=env)),
            ("Likeness: profile all columns", alone("profile(s, Run())", ours + open_it, env=env)),
            ("DuckDB: read_csv to Arrow", alone(f"duckdb.read_csv({str(file)!r}).to_arrow_table()", "import duckdb")),
            ("pandas: read_csv", alone(f"pd.read_csv({str(file)!r})", "import pandas as pd", repeats=1)),
        ]
        table(["what", "seconds", "peak MB"], [(n, m["seconds"], round(m["peak_mb"])) for n, m in rows])
