"""Bodies of searches: what is scored, what must hold, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.bodies import MAX_HITS, search_body
from lsr_opensearch.query.filters import Filter, parse_filters
from lsr_opensearch.query.metadata import METADATA_FIELDS
from lsr_opensearch.query.request import SearchRequest

FIELDS = ("image_terms", "caption_terms")


def body(clauses: dict[str, dict[str, float]], limit: int = 10, **more: Any) -> dict[str, Any]:
    options = {
        name: more.pop(name)
        for name in ("clause_limit", "rescore_window", "vectors_left_out")
        if name in more
    }
    form = more.pop("form", "rank_features")
    return search_body(SearchRequest(clauses, limit, **more), form, fields=FIELDS, **options)


def filtered(*filters: Filter) -> dict[str, Any]:
    query: dict[str, Any] = body({"image_terms": {"dog": 1.0}}, filters=filters)["query"]["bool"]
    return query


def test_a_whole_body() -> None:
    asked = body(
        {"image_terms": {"dog": 1.0}, "caption_terms": {"dog": 0.5}},
        excluded=[["a.b"], ["hot", "\ud800"], ["\ud800"]],
        phrases=["Two dogs"],
        filters=parse_filters(["width>=1000", "camera!=x"]),
    )
    assert asked == {
        "size": 10,
        "track_total_hits": False,
        "query": {
            "bool": {
                "should": [
                    {"rank_feature": {"field": "image_terms.dog", "boost": 1.0, "linear": {}}},
                    {"rank_feature": {"field": "caption_terms.dog", "boost": 0.5, "linear": {}}},
                ],
                "minimum_should_match": 1,
                "filter": [
                    {"match_phrase": {"caption_words": "two dogs"}},
                    {"range": {"width": {"gte": 1000}}},
                ],
                "must_not": [
                    {"term": {"filter_values": "camera=x"}},
                    {"terms": {"top_terms": ["a.b", "?"]}},
                    {
                        "bool": {
                            "filter": [{"term": {"top_terms": "hot"}}, {"term": {"top_terms": "?"}}]
                        }
                    },
                ],
            }
        },
        "_source": {"includes": [*METADATA_FIELDS, "image_terms.dog", "caption_terms.dog"]},
        "sort": [{"_score": "desc"}, {"id": "asc"}],
    }


def test_vectors_are_asked_for_where_they_are_left_out() -> None:
    asked = body({"image_terms": {"dog": 1.0}}, form="sparse_vector", vectors_left_out=True)
    assert asked["_source"]["exclude_vectors"] is False


def test_hits_bring_the_escaped_terms_that_were_asked_for() -> None:
    asked = body(
        {"image_terms": {"3.5": 1.0, "a 😀b": 1.0, "x" * 40: 1.0}, "caption_terms": {"cat": 1.0}}
    )
    names = asked["_source"]["includes"][len(METADATA_FIELDS) :]
    assert names == [
        "image_terms.3%2E5",
        "image_terms.a*",
        "image_terms.cat",
        f"image_terms.{'x' * 32}*",
        "caption_terms.3%2E5",
        "caption_terms.a*",
        "caption_terms.cat",
        f"caption_terms.{'x' * 32}*",
    ]


def test_hits_of_a_long_query_bring_whole_fields() -> None:
    asked = body({"image_terms": {f"t{number}": 1.0 for number in range(100)}})
    assert asked["_source"]["includes"] == [*METADATA_FIELDS, "image_terms"]


def test_without_terms_nothing_is_found() -> None:
    assert body({})["query"] == {"match_none": {}}
    assert body({"image_terms": {}})["query"] == {"match_none": {}}


@pytest.mark.parametrize("form", ["rank_features", "sparse_vector_terms"])
def test_terms_beyond_the_clause_limit_are_rescored_and_not_sorted(form: str) -> None:
    terms = {f"t{number}": float(1 + number) for number in range(25)}
    asked = body({"image_terms": terms}, form=form, clause_limit=10, limit=7, rescore_window=100)
    assert len(asked["query"]["bool"]["should"]) == 10
    assert "sort" not in asked
    assert [phase["window_size"] for phase in asked["rescore"]] == [100, 100]
    phases = [phase["query"] for phase in asked["rescore"]]
    assert [len(phase["rescore_query"]["bool"]["should"]) for phase in phases] == [10, 5]
    assert {phase["score_mode"] for phase in phases} == {"total"}


def test_filters_phrases_and_exclusions_count_as_clauses() -> None:
    terms = {f"t{number}": 1.0 for number in range(10)}
    held = {
        "filters": parse_filters(["width>1", "camera!=x"]),
        "phrases": ["a b"],
        "excluded": [["x"], ["y"], ["v", "w"]],
    }
    # Each as two, to be sure.
    assert "rescore" not in body({"image_terms": terms}, clause_limit=22, **held)
    asked = body({"image_terms": terms}, clause_limit=21, **held)
    assert len(asked["query"]["bool"]["should"]) == 9
    assert len(asked["rescore"][0]["query"]["rescore_query"]["bool"]["should"]) == 1


def test_the_rescore_window_holds_at_least_the_hits_and_at_most_what_a_cluster_takes() -> None:
    terms = {f"t{number}": 1.0 for number in range(5)}
    windows = [
        body({"image_terms": terms}, limit, clause_limit=3, rescore_window=window)["rescore"][0][
            "window_size"
        ]
        for limit, window in ((10, 50), (70, 50), (10, 1_000_000))
    ]
    assert windows == [50, 70, MAX_HITS]


def test_more_hits_than_a_cluster_gives_are_refused() -> None:
    assert body({"image_terms": {"dog": 1.0}}, MAX_HITS)["size"] == MAX_HITS
    with pytest.raises(QueryError, match="10,001 hits"):
        body({"image_terms": {"dog": 1.0}}, MAX_HITS + 1)


def test_more_filters_than_clauses_are_refused() -> None:
    filters = parse_filters(["width>1"] * 5)
    with pytest.raises(QueryError, match="10 clauses"):
        body({"image_terms": {"dog": 1.0}}, filters=filters, clause_limit=10)


def test_a_field_that_the_index_does_not_have_is_named() -> None:
    with pytest.raises(QueryError, match="ocr_terms"):
        body({"ocr_terms": {"dog": 1.0}})
    with pytest.raises(QueryError, match="colour"):
        filtered(Filter("colour", "eq", "red"))


@pytest.mark.parametrize(
    ("one", "clause"),
    [
        (Filter("path", "eq", "A"), {"term": {"filter_values": "path=a"}}),
        (Filter("path", "glob", "A*"), {"wildcard": {"filter_values": {"value": "path=a*"}}}),
        (Filter("source", "eq", "A"), {"term": {"filter_values": "source=a"}}),
        (Filter("extra.x", "eq", "A"), {"term": {"filter_values": "extra.x=a"}}),
        (Filter("width", "eq", 5.0), {"term": {"width": 5}}),
        (Filter("width", "lt", 5.5), {"range": {"width": {"lt": 5.5}}}),
        (Filter("width", "le", 1e300), {"range": {"width": {"lte": 2**62}}}),
        (Filter("width", "ge", -1e300), {"range": {"width": {"gte": -(2**62)}}}),
        (Filter("taken_at", "ge", "2024"), {"range": {"taken_at": {"gte": "2024"}}}),
        (Filter("taken_at", "eq", "2024"), {"term": {"taken_at": "2024"}}),
    ],
)
def test_a_filter_is_one_clause(one: Filter, clause: dict[str, Any]) -> None:
    assert filtered(one)["filter"] == [clause]


@pytest.mark.parametrize(
    "one",
    [
        Filter("path", "lt", "a"),
        Filter("width", "glob", "1*"),
        Filter("width", "eq", "wide"),
        Filter("taken_at", "glob", "2024*"),
    ],
)
def test_an_operator_that_does_not_fit_is_refused(one: Filter) -> None:
    with pytest.raises(QueryError) as caught:
        filtered(one)
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("phrase", "clause"),
    [
        ("Two DOGS!", {"match_phrase": {"caption_words": "two dogs"}}),
        ("a dog's t-shirt", {"match_phrase": {"caption_words": "a dog s t shirt"}}),
        ("...", {"match_none": {}}),
    ],
)
def test_a_phrase_is_its_words(phrase: str, clause: dict[str, Any]) -> None:
    asked = body({"image_terms": {"dog": 1.0}}, phrases=[phrase])
    assert asked["query"]["bool"]["filter"] == [clause]
