"""The scored part of a query, in every form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.query.bodies.clauses import scored_clauses, split_clauses
from lsr_opensearch.terms import SMALLEST_WEIGHT, unescape_feature

terms = st.text(min_size=1, max_size=5)
weights = st.floats(SMALLEST_WEIGHT, 1e6)
vectors = st.dictionaries(terms, weights, max_size=12)
requests = st.dictionaries(st.sampled_from(["image_terms", "caption_terms"]), vectors)


def test_rank_features_is_a_linear_function_of_each_feature() -> None:
    assert scored_clauses({"image_terms": {"dog": 1.5, "a.b%": 100.0}}, "rank_features") == [
        {"rank_feature": {"field": "image_terms.dog", "boost": 1.5, "linear": {}}},
        {"rank_feature": {"field": "image_terms.a%2Eb%25", "boost": 100.0, "linear": {}}},
    ]


def test_terms_on_a_sparse_vector_name_the_field_and_the_escaped_term() -> None:
    assert scored_clauses({"caption_terms": {"3.5": 2.0}}, "sparse_vector_terms") == [
        {"term": {"caption_terms": {"value": "3%2E5", "boost": 2.0}}}
    ]


def test_a_sparse_vector_query_prunes_nothing() -> None:
    clauses = {"image_terms": {"dog": 100.0, "3.5": 2.0}, "caption_terms": {"cat": 1.0}}
    assert scored_clauses(clauses, "sparse_vector") == [
        {
            "sparse_vector": {
                "field": "image_terms",
                "query_vector": {"dog": 100.0, "3%2E5": 2.0},
                "prune": False,
            }
        },
        {
            "sparse_vector": {
                "field": "caption_terms",
                "query_vector": {"cat": 1.0},
                "prune": False,
            }
        },
    ]


def test_neural_sparse_takes_light_weights_as_they_are() -> None:
    assert scored_clauses({"image_terms": {"dog": 64.0, "3.5": 2.0}}, "neural_sparse") == [
        {"neural_sparse": {"image_terms": {"query_tokens": {"dog": 64.0, "3%2E5": 2.0}}}}
    ]


def test_neural_sparse_brings_the_factor_of_heavy_weights_back() -> None:
    assert scored_clauses({"image_terms": {"dog": 256.0, "cat": 2.0}}, "neural_sparse") == [
        {
            "neural_sparse": {
                "image_terms": {"query_tokens": {"dog": 64.0, "cat": 0.5}, "boost": 4.0}
            }
        }
    ]


@given(st.dictionaries(terms, weights, min_size=1, max_size=12))
def test_neural_sparse_weights_are_within_its_limit_and_lose_nothing(vector: dict) -> None:
    (clause,) = scored_clauses({"f": vector}, "neural_sparse")
    inner = clause["neural_sparse"]["f"]
    boost = inner.get("boost", 1.0)
    assert all(0 < weight <= 64 for weight in inner["query_tokens"].values())
    for feature, weight in inner["query_tokens"].items():
        assert weight * boost == pytest.approx(vector[unescape_feature(feature)], rel=1e-6)
    # What is missing weighs next to nothing beside the heaviest.
    lost = len(vector) - len(inner["query_tokens"])
    assert lost == sum(weight / boost < SMALLEST_WEIGHT for weight in vector.values())


@pytest.mark.parametrize(
    "form", ["rank_features", "neural_sparse", "sparse_vector", "sparse_vector_terms"]
)
def test_a_field_without_terms_has_no_clause(form: str) -> None:
    assert scored_clauses({"image_terms": {}}, form) == []


def test_the_heaviest_clauses_over_all_fields_come_first() -> None:
    clauses = {"image_terms": {"a": 1.0, "b": 3.0, "c": 5.0}, "caption_terms": {"a": 4.0, "d": 2.0}}
    assert split_clauses(clauses, 2, 2) == [
        {"image_terms": {"c": 5.0}, "caption_terms": {"a": 4.0}},
        {"image_terms": {"b": 3.0}, "caption_terms": {"d": 2.0}},
        {"image_terms": {"a": 1.0}},
    ]


@given(requests, st.integers(1, 5), st.integers(1, 5))
def test_every_clause_is_in_one_portion_of_the_right_size(
    clauses: dict, first: int, others: int
) -> None:
    portions = split_clauses(clauses, first, others)
    flat = [
        [
            (field, term, weight)
            for field, terms in portion.items()
            for term, weight in terms.items()
        ]
        for portion in portions
    ]
    everything = [
        (field, term, weight) for field, terms in clauses.items() for term, weight in terms.items()
    ]
    assert sorted(clause for portion in flat for clause in portion) == sorted(everything)
    assert len(flat[0]) == min(first, len(everything))
    assert all(0 < len(portion) <= others for portion in flat[1:])
    for lighter, heavier in zip(flat[1:], flat, strict=False):
        assert max(c[2] for c in lighter) <= min(c[2] for c in heavier)
