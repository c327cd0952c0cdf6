"""Weights of all words -> the words that count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lsr_opensearch.terms import SMALLEST_WEIGHT, TermWeights


def heaviest(
    weights: npt.NDArray[np.float32], words: Sequence[str], kept: int
) -> list[TermWeights]:
    """Rows of weights [count, vocabulary] as term weights, at most ``kept``, heaviest first."""
    found = []
    for row in weights:
        numbers = np.flatnonzero(row >= SMALLEST_WEIGHT)
        order = np.argsort(-row[numbers], kind="stable")[:kept]
        found.append({words[number]: float(row[number]) for number in numbers[order]})
    return found
