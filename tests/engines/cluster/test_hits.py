"""What clusters answer, as hits and counts."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.counts import bucket_counts, known_terms
from lsr_opensearch.engines.cluster.hits import scored_documents
from lsr_opensearch.engines.port import Document, ScoredDocument, SearchRequest
from lsr_opensearch.errors import ClusterRequestError, ClusterUnreachableError

REQUEST = SearchRequest({"image_terms": {"a.b": 1.0}, "caption_terms": {"a.b": 1.0}})
SHARDS = {"total": 2, "successful": 2, "skipped": 0, "failed": 0}


def answer(*hits: tuple[str, float, dict[str, Any]], **more: Any) -> dict[str, Any]:
    found = [{"_id": key, "_score": score, "_source": source} for key, score, source in hits]
    return {"timed_out": False, "_shards": SHARDS, "hits": {"hits": found}, **more}


def test_hits_have_their_documents_with_the_terms_that_were_asked_for() -> None:
    source = {"path": "a.jpg", "image_terms": {"a%2Eb": 2.0, "other": 1.0}, "caption_terms": {}}
    assert scored_documents(answer(("1", 2.0, source)), REQUEST) == [
        ScoredDocument(Document("1", {"image_terms": {"a.b": 2.0}}, {"path": "a.jpg"}), 2.0)
    ]


def test_hits_are_in_order_of_score_and_id_whatever_the_cluster_says() -> None:
    hits = [("b", 1.0, {}), ("a", 1.0, {}), ("c", 3.0, {}), ("d", 0.0, {})]
    found = [hit.document.id for hit in scored_documents(answer(*hits), REQUEST)]
    assert found == ["c", "a", "b"]


@pytest.mark.parametrize("more", [{"timed_out": True}, {"_shards": {**SHARDS, "failed": 1}}])
def test_hits_of_a_part_of_the_index_are_an_error(more: dict[str, Any]) -> None:
    with pytest.raises(ClusterUnreachableError, match="of the 2 shards"):
        scored_documents(answer(("1", 2.0, {}), **more), REQUEST)


def test_terms_are_known_where_their_search_found_a_document() -> None:
    responses = [
        {"_shards": SHARDS, "hits": {"total": {"value": value, "relation": "gte"}}}
        for value in (1, 0)
    ]
    assert known_terms({"responses": responses}, ["dog", "cat"]) == {"dog"}
    with pytest.raises(ClusterRequestError, match="'cat'"):
        known_terms({"responses": [responses[0], {"error": {"reason": "no"}}]}, ["dog", "cat"])


def test_counts_are_by_value() -> None:
    buckets = [{"key": "Pictures", "doc_count": 7}, {"key": "items", "doc_count": 2}]
    counted = answer(aggregations={"counts": {"buckets": buckets}})
    assert bucket_counts(counted) == {"Pictures": 7, "items": 2}
