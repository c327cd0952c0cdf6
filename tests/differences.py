"""How far term weights are from those that they should be."""

from __future__ import annotations

from lsr_opensearch.terms import TermWeights


def largest_difference(some: list[TermWeights], others: list[TermWeights]) -> float:
    return max(
        abs(one.get(term, 0) - other.get(term, 0))
        for one, other in zip(some, others, strict=True)
        for term in one | other
    )
