"""Measures of ranked lists. Pure functions of plain data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

CUTOFF = 10
# query id -> ids of the hits, best first
Run = Mapping[str, Sequence[str]]
# query id -> ids of what is relevant
Relevant = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Effectiveness:
    """In percent, means over the queries.

    ``recall[k]`` is the share of queries with anything relevant among their first k hits: what
    the image-text literature calls R@k (ir_measures: Success@k).
    """

    recall: Mapping[int, float]
    mrr_at_10: float

    def as_json(self) -> dict[str, float]:
        recalls = {f"R@{k}": round(value, 2) for k, value in self.recall.items()}
        return recalls | {f"MRR@{CUTOFF}": round(self.mrr_at_10, 2)}


def effectiveness(run: Run, relevant: Relevant) -> Effectiveness:
    """R@1, R@5, R@10 and MRR@10 over all queries of ``relevant``; no hits count as 0."""

    def percent(measure: Measure) -> float:
        values = per_query(run, relevant, measure)
        return 100 * sum(values) / len(values)

    return Effectiveness(
        recall={k: percent(success_at(k)) for k in (1, 5, CUTOFF)},
        mrr_at_10=percent(reciprocal_rank),
    )


# The rank of the first relevant hit, from 1, or 0 where there is none -> what that is worth.
Measure = Callable[[int], float]


def per_query(run: Run, relevant: Relevant, measure: Measure) -> list[float]:
    """What each query of ``relevant`` is worth, in that order, from 0 to 1."""
    return [measure(first_rank(run.get(query, ()), wanted)) for query, wanted in relevant.items()]


def success_at(k: int) -> Measure:
    """1 where anything relevant is among the first k hits."""
    return lambda rank: float(0 < rank <= k)


def reciprocal_rank(rank: int) -> float:
    """1 / rank of the first relevant hit; 0 beyond the tenth."""
    return 1 / rank if 0 < rank <= CUTOFF else 0.0


def first_rank(hits: Sequence[str], wanted: Collection[str]) -> int:
    """The rank of the first relevant hit, from 1; 0 where there is none."""
    return next((rank for rank, hit in enumerate(hits, 1) if hit in wanted), 0)
