"""A query in the engines' own terms: what a dialect builds a body from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lsr_opensearch.query.filters import Filter
from lsr_opensearch.terms import TermWeights


@dataclass(frozen=True)
class SearchRequest:
    """A query in the engine's own terms.

    The score of a document is the sum over fields of the dot product of ``clauses[field]`` with
    the document's weights in that field; field weights are already multiplied in. Documents that
    share no term with any clause are no hits.

    Attributes:
        clauses: sparse field -> query term weights.
        limit: how many hits at most.
        excluded: documents with all terms of one of these among their ``top_terms`` are left out.
        phrases: each must occur in one of the document's captions (whole words, any case).
        filters: all of them must hold.
    """

    clauses: Mapping[str, TermWeights]
    limit: int = 10
    excluded: Sequence[Sequence[str]] = ()
    phrases: Sequence[str] = ()
    filters: Sequence[Filter] = ()
