"""Clauses on a ``sparse_vector`` field by plain ``term`` queries: Elasticsearch since 8.11."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsr_opensearch.terms import escape_features


def sparse_vector_terms(field: str, terms: Mapping[str, float]) -> list[dict[str, Any]]:
    """One clause a term: on this type of field its score is boost times the stored weight."""
    return [
        {"term": {field: {"value": feature, "boost": weight}}}
        for feature, weight in escape_features(terms).items()
    ]
