"""Synthetic documents and queries: terms by Zipf's law, as learned sparse models spread them.

Everything is a function of the seed, so that an index made in one run serves the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VOCABULARY = 30_522
TERMS_A_DOCUMENT = 100
SHORT_QUERY, LONG_QUERY = 6, 31
FIELD = "image_terms"
_DRAWS = 600  # enough for 100 different terms
_CHUNK = 1000
WORDS = [f"term{term:05}" for term in range(VOCABULARY)]


@dataclass(frozen=True)
class Collection:
    """Documents as arrays: (n, 100) term numbers and float32 weights."""

    terms: NDArray[np.uint16]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.terms)

    def vector(self, document: int) -> dict[str, float]:
        """A document's term weights."""
        words = [WORDS[term] for term in self.terms[document].tolist()]
        return dict(zip(words, self.weights[document].tolist(), strict=True))


def document_id(document: int) -> str:
    """An id that looks like the real ones: hexadecimal, in no order."""
    return f"{document * 0x9E3779B97F4A7C15 % (1 << 64):016x}{document:016x}"


def collection(documents: int, seed: int = 1) -> Collection:
    """Documents of 100 different terms each; weights between 0.1 and about 3."""
    random = np.random.default_rng(seed)
    terms = np.empty((documents, TERMS_A_DOCUMENT), np.uint16)
    for start in range(0, documents, _CHUNK):
        stop = min(start + _CHUNK, documents)
        terms[start:stop] = list(_different(random, stop - start, TERMS_A_DOCUMENT))
    weights = (0.1 + random.exponential(0.5, terms.shape)).astype(np.float32)
    return Collection(terms, weights)


def queries(count: int, terms: int, seed: int = 2) -> list[dict[str, float]]:
    """Queries of that many different terms, drawn like those of the documents."""
    random = np.random.default_rng(seed + terms)
    return [
        dict(
            zip([WORDS[term] for term in drawn], (0.2 + random.random(terms)).tolist(), strict=True)
        )
        for drawn in _different(random, count, terms)
    ]


def _different(random: np.random.Generator, rows: int, terms: int) -> Iterator[list[int]]:
    shares = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    drawn = np.searchsorted(shares, random.random((rows, _DRAWS)) * shares[-1])
    for row in drawn.tolist():
        different = list(dict.fromkeys(row))
        while len(different) < terms:
            more = np.searchsorted(shares, random.random(_DRAWS) * shares[-1])
            different = list(dict.fromkeys([*different, *more.tolist()]))
        yield different[:terms]
