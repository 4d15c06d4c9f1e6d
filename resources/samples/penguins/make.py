"""Writes the penguins sample: 344 real penguins of three species, as the `palmerpenguins` package ships them.

    pip install palmerpenguins && python resources/samples/penguins/make.py

Source: Gorman KB, Williams TD, Fraser WR (2014), PLoS ONE 9(3): e90081; data set by Horst AM, Hill AP, Gorman KB,
2020, released under CC0 1.0.
"""

from __future__ import annotations

from pathlib import Path

from palmerpenguins import load_penguins


def main() -> None:
    """Write penguins.csv beside this file."""
    load_penguins().to_csv(Path(__file__).with_name("penguins.csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
