"""Bodies that ask what an index contains."""

from __future__ import annotations

import json

from lsr_opensearch.query.bodies.coverage import (
    known_terms_body,
    source_counts_body,
    vocabulary_body,
)


def test_each_term_is_a_search_that_ends_with_the_first_document() -> None:
    lines = known_terms_body(["dog", "3.5"], ["image_terms", "caption_terms"], "rank_features")
    assert lines.endswith(b"\n")
    header, search, _, last = map(json.loads, lines.splitlines())
    assert header == {}
    assert search == {
        "size": 0,
        "terminate_after": 1,
        "track_total_hits": 1,
        "query": {
            "bool": {
                "filter": [
                    {
                        "bool": {
                            "should": [
                                {
                                    "rank_feature": {
                                        "field": "image_terms.dog",
                                        "boost": 1.0,
                                        "linear": {},
                                    }
                                },
                                {
                                    "rank_feature": {
                                        "field": "caption_terms.dog",
                                        "boost": 1.0,
                                        "linear": {},
                                    }
                                },
                            ]
                        }
                    }
                ]
            }
        },
    }
    assert "3%2E5" in json.dumps(last)


def test_counts_are_of_top_terms_and_of_sources() -> None:
    top_terms, sources = vocabulary_body(), source_counts_body()
    assert top_terms["size"] == sources["size"] == 0
    assert top_terms["aggs"]["counts"]["terms"] == {"field": "top_terms", "size": 10_000}
    assert sources["aggs"]["counts"]["terms"] == {"field": "source", "size": 10_000, "missing": ""}
