"""What searching costs: how often a query and a document have a word in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lsr_opensearch.terms import TermWeights


def flops(queries: Sequence[TermWeights], documents: Sequence[TermWeights]) -> float:
    """Co-activation: the expected number of words that a random query and document share.

    FLOPs = sum_j df_queries(j) df_documents(j) / (|queries| |documents|): the multiplications that
    an inverted index does for a query and a document, on average.
    """
    in_queries, in_documents = _frequencies(queries), _frequencies(documents)
    shared = sum(count * in_documents[term] for term, count in in_queries.items())
    return shared / (len(queries) * len(documents))


def mean_terms(vectors: Sequence[TermWeights]) -> float:
    """How many words have a weight, on average."""
    return sum(map(len, vectors)) / len(vectors)


def _frequencies(vectors: Sequence[TermWeights]) -> Counter[str]:
    return Counter(term for terms in vectors for term in terms)
