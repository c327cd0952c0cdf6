"""A clause of OpenSearch's neural-search plugin, on a ``rank_features`` field.

Its weights must lie in (0, 64], as Lucene's ``FeatureField.newLinearQuery`` wants them; heavier
queries are scaled down, and a boost brings the factor back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsr_opensearch.terms import escape_features, scale

LARGEST_TOKEN_WEIGHT = 64.0


def neural_sparse(field: str, terms: Mapping[str, float]) -> list[dict[str, Any]]:
    """One clause that scores the dot product; none where there is no term."""
    if not terms:
        return []
    factor = max(1.0, max(terms.values()) / LARGEST_TOKEN_WEIGHT)
    tokens = {
        # Dividing and multiplying again may end a bit above the limit.
        feature: min(weight, LARGEST_TOKEN_WEIGHT)
        for feature, weight in escape_features(scale(terms, 1 / factor)).items()
    }
    clause: dict[str, Any] = {"query_tokens": tokens}
    if factor > 1:
        clause["boost"] = factor
    return [{"neural_sparse": {field: clause}}]
