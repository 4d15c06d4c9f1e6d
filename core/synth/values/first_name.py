"""Given names in a column of their own: some that no real value of the column is."""

from __future__ import annotations

from ._single import Single

__all__ = ["VALUE"]

VALUE = Single(frozenset({"first", "given", "forename", "firstname", "givenname"}), "given")
