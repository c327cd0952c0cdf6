"""Clauses on a ``rank_features`` field: OpenSearch, and Elasticsearch since 7.12.

``linear`` gives boost times the stored weight. The default function, saturation, would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsr_opensearch.terms import escape_features


def rank_features(field: str, terms: Mapping[str, float]) -> list[dict[str, Any]]:
    """One clause a term; their scores add up to the dot product."""
    return [
        {
            "rank_feature": {
                "field": f"{field}.{feature}",
                "boost": weight,
                "linear": {},
            }
        }
        for feature, weight in escape_features(terms).items()
    ]
