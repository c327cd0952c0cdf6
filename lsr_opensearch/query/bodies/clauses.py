"""The scored part of a query, in the form that an engine speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from lsr_opensearch.query.bodies.neural_sparse import neural_sparse
from lsr_opensearch.query.bodies.rank_features import rank_features
from lsr_opensearch.query.bodies.sparse_vector import sparse_vector
from lsr_opensearch.query.bodies.sparse_vector_terms import sparse_vector_terms
from lsr_opensearch.terms import TermWeights

QueryForm = Literal["rank_features", "neural_sparse", "sparse_vector", "sparse_vector_terms"]

_FORMS: dict[QueryForm, Callable[[str, Mapping[str, float]], list[dict[str, Any]]]] = {
    "rank_features": rank_features,
    "neural_sparse": neural_sparse,
    "sparse_vector": sparse_vector,
    "sparse_vector_terms": sparse_vector_terms,
}


def scored_clauses(
    clauses: Mapping[str, Mapping[str, float]], form: QueryForm
) -> list[dict[str, Any]]:
    """Clauses of a ``bool`` query's ``should`` whose scores add up to the dot product.

    Args:
        clauses: sparse field -> term -> weight.
    """
    return [clause for field, terms in clauses.items() for clause in _FORMS[form](field, terms)]


def split_clauses(
    clauses: Mapping[str, Mapping[str, float]], first: int, others: int
) -> list[dict[str, TermWeights]]:
    """The clauses in portions that a cluster takes, heaviest first over all the fields.

    Args:
        first: how many terms the first portion has at most.
        others: how many each of the others has at most.
    """
    heaviest = sorted(
        (-weight, field, term) for field, terms in clauses.items() for term, weight in terms.items()
    )
    starts = [0, *range(first, len(heaviest), others)]
    portions = []
    for start, end in zip(starts, [*starts[1:], len(heaviest)], strict=True):
        portion: dict[str, TermWeights] = {}
        for lightness, field, term in heaviest[start:end]:
            portion.setdefault(field, {})[term] = -lightness
        portions.append(portion)
    return portions
