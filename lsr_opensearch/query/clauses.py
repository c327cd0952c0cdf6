"""From query term weights to the clauses of each sparse field, and back to an explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lsr_opensearch.terms import TermWeights, scale


@dataclass(frozen=True)
class Match:
    """What one term gave to a score: ``score = query * document``.

    Attributes:
        query: the term's weight in the query.
        document: the document's weight, over all fields: sum of field weight times weight.
        fields: field -> the part of ``document`` that came from it.
    """

    term: str
    query: float
    document: float
    fields: Mapping[str, float]

    @property
    def score(self) -> float:
        return self.query * self.document


def build_clauses(
    terms: Mapping[str, float], field_weights: Mapping[str, float]
) -> dict[str, TermWeights]:
    """The query's terms for each field, times the weight of the field."""
    return {field: scale(terms, weight) for field, weight in field_weights.items() if weight > 0}


def explain(
    query: Mapping[str, float],
    document: Mapping[str, Mapping[str, float]],
    field_weights: Mapping[str, float],
) -> list[Match]:
    """Which terms matched and what each gave, largest first; their scores sum to the hit's.

    Args:
        query: term -> query weight.
        document: field -> term -> document weight.
        field_weights: field -> its weight in the score.
    """
    matches = []
    for term, weight in query.items():
        parts = {
            field: factor * document[field][term]
            for field, factor in field_weights.items()
            if factor > 0 and term in document.get(field, {})
        }
        if parts:
            matches.append(Match(term, weight, sum(parts.values()), parts))
    return sorted(matches, key=lambda match: (-match.score, match.term))
