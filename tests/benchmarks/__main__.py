"""Speed, memory and quality, peers side by side in one run.

    python -m tests.benchmarks                    list the benchmarks
    python -m tests.benchmarks opening window     run some
    python -m tests.benchmarks all --data DIR     run all; DIR holds adbench/*.parquet and tables/*
    python -m tests.benchmarks circuit --help     what one of them can be asked besides

Machines are shared and noisy: every figure is a median over repeats, peers run in the same run, and ratios say more
than seconds.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


def names() -> list[str]:
    """Every file of this package with a `main(data)` function."""
    return sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))


def main() -> None:
    """Run the benchmarks asked for; what is not known here is for a benchmark with `options` of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False, allow_abbrev=False)
    parser.add_argument("names", nargs="*", help="benchmarks, or 'all'")
    parser.add_argument("--data", type=Path, help="folder of real tables")
    parser.add_argument("--help", "-h", action="store_true", help="show this")
    asked, rest = parser.parse_known_args()
    chosen = names() if asked.names == ["all"] else asked.names
    modules = {name: importlib.import_module(f"tests.benchmarks.{name}") for name in chosen}
    own = {name: module for name, module in modules.items() if hasattr(module, "options")}
    if asked.help or (rest and not own):
        parser.print_help()
        for module in own.values():
            module.options().print_help()
        return
    if not chosen:
        print("benchmarks:", ", ".join(names()))
    for name, module in modules.items():
        print(f"\n## {name}: {module.__doc__.splitlines()[0]}\n", flush=True)
        module.main(asked.data, *([rest] if name in own else []))


if __name__ == "__main__":
    main()
