"""How faithfully a sparse model ranks as the dense model that it was made from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lsr_opensearch.evaluation.ranking import (
    CUTOFF,
    Relevant,
    Run,
    per_query,
    reciprocal_rank,
)


def kendall(run: Run, other: Run, depth: int = CUTOFF) -> float | None:
    """Kendall's tau of two runs over the hits that the top ``depth`` of both share, mean.

    Queries with fewer than two hits in common are left out; None where there is no other. Source:
    the published evaluation of D2S.
    """
    values = [
        _tau([rank[hit] for hit in hits[:depth] if hit in rank])
        for query, hits in run.items()
        for rank in [{hit: place for place, hit in enumerate(other.get(query, ())[:depth])}]
        if sum(hit in rank for hit in hits[:depth]) > 1
    ]
    return sum(values) / len(values) if values else None


def pearson(run: Run, other: Run, relevant: Relevant) -> float | None:
    """Pearson's correlation, over the queries, of the reciprocal ranks at 10 in two runs.

    With x_q and y_q the reciprocal rank of the first relevant hit of query q among the first ten
    of each run (0 where there is none): cov(x, y) / (sd(x) sd(y)). High where both succeed and
    fail with the same queries. None where one of the runs is equally good for all queries, and
    nothing can be correlated. Source: the published evaluation of D2S, which correlates the
    metric of single queries.
    """
    values = np.array([per_query(one, relevant, reciprocal_rank) for one in (run, other)])
    # Before the mean is taken off: of thirds it leaves crumbs, which would be correlated.
    if not np.ptp(values, axis=1).all():
        return None
    values -= values.mean(1, keepdims=True)
    lengths = np.sqrt(np.square(values).sum(1))
    return float(values[0] @ values[1] / lengths.prod())


def _tau(places: Sequence[int]) -> float:
    """Of places in one list, in the order of the other; there are no ties."""
    pairs = [
        1 if before < after else -1
        for start, before in enumerate(places)
        for after in places[start + 1 :]
    ]
    return sum(pairs) / len(pairs)
