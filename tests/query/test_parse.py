"""The query language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.parse import WeightedText, parse_query


def test_plain_words_are_encoded_together() -> None:
    assert parse_query("two dogs at a window").parts == (WeightedText("two dogs at a window", 1.0),)


def test_a_weighted_word_is_a_part_of_its_own() -> None:
    parsed = parse_query("dog^2 on a beach")
    assert parsed.parts == (WeightedText("dog", 2.0), WeightedText("on a beach", 1.0))


def test_words_of_equal_weight_share_a_part() -> None:
    assert parse_query("dog^2 cat^2").parts == (WeightedText("dog cat", 2.0),)


def test_a_leading_hyphen_leaves_a_word_out() -> None:
    parsed = parse_query("beach -night")
    assert parsed.excluded == ("night",)
    assert parsed.words == "beach"


def test_a_hyphen_inside_a_word_belongs_to_it() -> None:
    parsed = parse_query("t-shirt")
    assert parsed.words == "t-shirt"
    assert parsed.excluded == ()


def test_a_phrase_is_a_condition_and_searched_for() -> None:
    parsed = parse_query('"our  garden" May')
    assert parsed.phrases == ("our garden",)
    assert parsed.words == "our garden May"


def test_a_phrase_may_be_weighted() -> None:
    assert parse_query('"our garden"^3').parts == (WeightedText("our garden", 3.0),)


@pytest.mark.parametrize("query", ["", "   ", '""'])
def test_an_empty_query_has_no_parts(query: str) -> None:
    assert parse_query(query).parts == ()


@pytest.mark.parametrize(
    "query", ['"open', "dog^", "dog^two", "dog^0", "dog^-1", "dog^nan", "dog^inf", "^2", "-dog^2"]
)
def test_a_malformed_query_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        parse_query(query)


def test_leaving_out_a_phrase_is_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(QueryError, match="-word"):
        parse_query('-"our garden"')


@given(st.text())
def test_every_text_is_parsed_or_refused(text: str) -> None:
    try:
        parsed = parse_query(text)
    except QueryError:
        return
    assert all(part.text and part.weight > 0 for part in parsed.parts)
