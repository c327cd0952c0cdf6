"""A ``sparse_vector`` query: Elasticsearch since 8.15, or 8.19 without machine learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsr_opensearch.terms import escape_features


def sparse_vector(field: str, terms: Mapping[str, float]) -> list[dict[str, Any]]:
    """One clause that scores the dot product; none where there is no term.

    Indices of newer versions drop frequent and light terms by default; ``prune: false`` keeps them.
    """
    if not terms:
        return []
    clause = {"field": field, "query_vector": dict(escape_features(terms)), "prune": False}
    return [{"sparse_vector": clause}]
