"""How faithfully a sparse model ranks as the dense model that it was made from."""

from __future__ import annotations

from collections.abc import Sequence

from lsr_opensearch.evaluation.ranking import CUTOFF, Run


def kendall(run: Run, other: Run, depth: int = CUTOFF) -> float:
    """Kendall's tau of two runs over the hits that the top ``depth`` of both share, mean.

    Queries with fewer than two hits in common are left out; 0 where there is no other. Source: the
    published evaluation of D2S.
    """
    values = [
        _tau([rank[hit] for hit in hits[:depth] if hit in rank])
        for query, hits in run.items()
        for rank in [{hit: place for place, hit in enumerate(other.get(query, ())[:depth])}]
        if sum(hit in rank for hit in hits[:depth]) > 1
    ]
    return sum(values) / len(values) if values else 0.0


def _tau(places: Sequence[int]) -> float:
    """Of places in one list, in the order of the other; there are no ties."""
    pairs = [
        1 if before < after else -1
        for start, before in enumerate(places)
        for after in places[start + 1 :]
    ]
    return sum(pairs) / len(pairs)
