"""Measures of ranked lists. Pure functions of plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    ranks = [first_rank(run.get(query, ()), wanted) for query, wanted in relevant.items()]

    def percent(values: Sequence[float]) -> float:
        return 100 * sum(values) / len(values)

    return Effectiveness(
        recall={k: percent([0 < rank <= k for rank in ranks]) for k in (1, 5, CUTOFF)},
        mrr_at_10=percent([1 / rank if 0 < rank <= CUTOFF else 0.0 for rank in ranks]),
    )


def first_rank(hits: Sequence[str], wanted: Collection[str]) -> int:
    """The rank of the first relevant hit, from 1; 0 where there is none."""
    return next((rank for rank, hit in enumerate(hits, 1) if hit in wanted), 0)
