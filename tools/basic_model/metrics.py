"""Retrieval measures over a score matrix: pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CUTOFF = 10


@dataclass(frozen=True)
class Ranking:
    """How well queries find their pictures, in percent.

    Attributes:
        recall_at_1, recall_at_10: queries with a relevant picture that high.
        mrr_at_10: mean reciprocal rank of the first relevant picture, 0 below rank 10.
        queries: how many there were.
    """

    recall_at_1: float
    recall_at_10: float
    mrr_at_10: float
    queries: int

    @classmethod
    def of(cls, scores: npt.NDArray[np.floating], relevant: npt.NDArray[np.bool_]) -> Ranking:
        """From scores and relevance, both [queries, pictures]; ties count against."""
        best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
        ranks = 1 + ((scores >= best) & ~relevant).sum(axis=1)
        return cls(
            recall_at_1=100 * float(np.mean(ranks <= 1)),
            recall_at_10=100 * float(np.mean(ranks <= _CUTOFF)),
            mrr_at_10=100 * float(np.mean((ranks <= _CUTOFF) / ranks)),
            queries=len(scores),
        )

    def __str__(self) -> str:
        return f"{self.recall_at_1:.1f} / {self.recall_at_10:.1f} / {self.mrr_at_10:.1f}"
