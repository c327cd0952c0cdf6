"""Bodies that ask what an index contains: terms, top terms, sources."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from lsr_opensearch.query.bodies.clauses import QueryForm, scored_clauses

# The most that a terms aggregation gives by default in one answer is 65,536 on both clusters.
MAX_BUCKETS = 10_000


def known_terms_body(terms: Sequence[str], fields: Collection[str], form: QueryForm) -> bytes:
    """What to send to ``_msearch``: for each term, whether any document has it in any field.

    Each search ends with the first document found. A few hundred terms at once are fine.
    """
    lines: list[dict[str, Any]] = []
    for term in terms:
        clauses = scored_clauses({field: {term: 1.0} for field in fields}, form)
        search = {
            "size": 0,
            "terminate_after": 1,
            "track_total_hits": 1,
            "query": {"bool": {"filter": [{"bool": {"should": clauses}}]}},
        }
        lines += [{}, search]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()


def vocabulary_body() -> dict[str, Any]:
    """What to send to ``_search``: the most frequent top terms."""
    return _counts_body("top_terms")


def source_counts_body() -> dict[str, Any]:
    """What to send to ``_search``: how many documents each source has, and no source (empty)."""
    return _counts_body("source", missing="")


def _counts_body(field: str, **options: str) -> dict[str, Any]:
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {"counts": {"terms": {"field": field, "size": MAX_BUCKETS, **options}}},
    }
