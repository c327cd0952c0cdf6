"""What a search answered, as hits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsr_opensearch.engines.cluster.documents import decode_source
from lsr_opensearch.engines.port import ScoredDocument
from lsr_opensearch.errors import ClusterUnreachableError
from lsr_opensearch.query.request import SearchRequest


def scored_documents(answer: Mapping[str, Any], request: SearchRequest) -> list[ScoredDocument]:
    """The hits of an answer: descending score, equal scores by id; with the terms asked for.

    Raises:
        ClusterUnreachableError: a part of the index did not answer.
    """
    check_complete(answer)
    asked = {term for terms in request.clauses.values() for term in terms}
    hits = [
        ScoredDocument(decode_source(hit["_id"], hit["_source"], request.clauses, asked), score)
        for hit in answer["hits"]["hits"]
        # A product that is too small for a float32 is no match on the embedded engine, either.
        if (score := float(hit["_score"])) > 0
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.document.id))


def check_complete(answer: Mapping[str, Any]) -> None:
    """Raises ClusterUnreachableError where a part of the index did not answer a search."""
    shards = answer.get("_shards", {})
    if answer.get("timed_out") or shards.get("failed"):
        raise ClusterUnreachableError(
            f"{shards.get('failed') or 'Some'} of the {shards.get('total', '?')} shards of the "
            "index did not answer in full, so hits may be missing.",
            "Look at GET /_cluster/health, and search again when it is not red.",
        )
