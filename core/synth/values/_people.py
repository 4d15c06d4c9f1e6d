"""Names of people as the Faker library lists them, by language; what personal names share."""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import cache

import numpy as np

__all__ = ["LOCALES", "closest_locale", "given_names", "plain", "surnames", "unseen", "words_of"]

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "sv_SE")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_POOL = 150
"""Names that a copy is made of: a small part of those that are free, so that the others tell nothing of who is real."""


@cache
def given_names(locale: str) -> tuple[str, ...]:
    """Given names, each once."""
    return _listed(locale, "first_names")


@cache
def surnames(locale: str) -> tuple[str, ...]:
    """Surnames, each once."""
    return _listed(locale, "last_names")


def _listed(locale: str, which: str) -> tuple[str, ...]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    return tuple(dict.fromkeys(getattr(provider, which)))


@cache
def _known(locale: str, which: str) -> frozenset[str]:
    return frozenset(w.casefold() for w in (given_names if which == "given" else surnames)(locale))


def words_of(text: str) -> list[str] | None:
    """The words of a name; None where the text holds anything else."""
    rest = text.replace(",", " ").split()
    return [w.rstrip(".") for w in rest] if rest and all(_WORD.fullmatch(w) for w in rest) else None


def closest_locale(texts: Sequence[str], which: str = "given") -> tuple[str, float]:
    """The language whose names most of the texts have among their words, and the share of these."""
    words = [{w.casefold() for w in words_of(t) or ()} for t in texts]
    shares = {locale: sum(bool(w & _known(locale, which)) for w in words) / max(len(words), 1) for locale in LOCALES}
    best = max(shares, key=lambda locale: shares[locale])
    return best, shares[best]


def unseen(pool: Sequence[str], texts: Collection[str], rng: np.random.Generator) -> list[str]:
    """Some names that none of the texts has among its words: single ones, or doubled where too few are free."""
    seen = {w.casefold() for t in texts for w in re.split(r"[\s,]+", t)}
    free = [w for w in pool if w.casefold() not in seen and " " not in w]
    if len(free) < _POOL:
        first, second = rng.permutation(len(pool)), rng.permutation(len(pool))
        doubled = (f"{pool[a]}-{pool[b]}" for a, b in zip(first, second, strict=True) if a != b)
        free += [w for w in doubled if w.casefold() not in seen and " " not in w]
    return [free[i] for i in rng.permutation(len(free))[:_POOL]]


def plain(word: str) -> str:
    """ASCII letters alone, small."""
    bare = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", bare.lower()) or "x"
