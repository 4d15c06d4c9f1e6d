"""CSV and TSV: UTF-8, one header line, formula-safe.

NULL is an empty field, empty text is `""`: a reader that minds the difference gets it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ...run import Run
from ..batch import CODED, Batch
from ..schema import Schema
from ._arrow import texts
from ._formula import safe_text, safe_texts

__all__ = ["WRITER"]

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


class Delimited:
    """Writes delimited text."""

    suffixes = tuple(_DELIMITERS)

    def write(
        self, path: Path, batches: Iterable[Batch], schema: Schema, run: Run,
        about: Mapping[str, str],  # noqa: ARG002 - a line of text is a row
    ) -> int:
        """Write all rows; the suffix chooses the delimiter."""
        delimiter = _DELIMITERS[path.suffix.lower()]
        rows = 0
        with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            header = pa.array([safe_text(n) for n in schema.names], pa.large_string())
            file.write(delimiter.join(_quoted(header, delimiter).to_pylist()) + "\n")
            for batch in batches:
                run.check()
                file.writelines(_lines(batch, schema, delimiter))
                rows += batch.rows
        return rows


def _lines(batch: Batch, schema: Schema, delimiter: str) -> list[str]:
    fields = []
    for spec in schema:
        field = texts(batch[spec.name], spec)
        if spec.kind in CODED or spec.date_format:
            field = _quoted(safe_texts(field), delimiter)
        fields.append(pc.fill_null(field, ""))
    if len(fields) == 1:  # a blank line would be no row at all to most readers
        fields[0] = pc.if_else(pc.equal(fields[0], ""), '""', fields[0])
    lines = pc.binary_join_element_wise(*fields, pa.scalar(delimiter, pa.large_string()))
    return [f"{line}\n" for line in lines.to_pylist()]


def _quoted(array: pa.Array, delimiter: str) -> pa.Array:
    """Fields that hold a delimiter, a quote, a line end or outer blanks, and empty ones, in quotes."""
    needy = pc.match_substring_regex(array, rf'["\r\n{delimiter}]|^\s|\s$|^$')
    if not pc.any(needy).as_py():
        return array
    quote, nothing = pa.scalar('"', array.type), pa.scalar("", array.type)
    inside = pc.replace_substring(array, '"', '""')
    return pc.if_else(needy, pc.binary_join_element_wise(quote, inside, quote, nothing), array)


WRITER = Delimited()
