"""Clauses and explanations agree with the score."""

from __future__ import annotations

import pytest

from lsr_opensearch.query.clauses import build_clauses, explain


def test_clauses_carry_the_weight_of_their_field() -> None:
    clauses = build_clauses({"dog": 2.0}, {"image_terms": 1.0, "caption_terms": 0.5})
    assert clauses == {"image_terms": {"dog": 2.0}, "caption_terms": {"dog": 1.0}}


def test_a_field_without_weight_gets_no_clause() -> None:
    assert build_clauses({"dog": 2.0}, {"image_terms": 0.0}) == {}


def test_the_parts_of_an_explanation_sum_to_the_score() -> None:
    query = {"dog": 2.0, "beach": 1.0, "cat": 5.0}
    document = {"image_terms": {"dog": 0.5, "beach": 3.0}, "caption_terms": {"dog": 1.0}}
    matches = explain(query, document, {"image_terms": 1.0, "caption_terms": 0.5})
    assert sum(match.score for match in matches) == pytest.approx(2 * 0.5 + 2 * 0.5 * 1.0 + 3.0)


def test_the_largest_part_comes_first() -> None:
    matches = explain({"a": 1.0, "b": 1.0}, {"f": {"a": 1.0, "b": 2.0}}, {"f": 1.0})
    assert [match.term for match in matches] == ["b", "a"]


def test_words_that_do_not_match_are_not_explained() -> None:
    assert explain({"cat": 1.0}, {"f": {"dog": 1.0}}, {"f": 1.0}) == []
