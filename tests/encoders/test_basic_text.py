"""Captions and queries of the bundled model: word tables, no network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.encoders import Encoder, load_encoder
from lsr_opensearch.terms import check_terms, dot


@pytest.fixture(scope="module")
def basic() -> Encoder:
    return load_encoder("basic")


def query(encoder: Encoder, text: str) -> dict[str, float]:
    return encoder.encode_queries([text])[0]


def caption(encoder: Encoder, text: str) -> dict[str, float]:
    return encoder.encode_captions([text])[0]


def test_results_come_in_the_order_of_the_queries(basic: Encoder) -> None:
    first, second = basic.encode_queries(["dog", "castle"])
    assert ("dog" in first, "castle" in second) == (True, True)


def test_no_queries_give_no_results(basic: Encoder) -> None:
    assert basic.encode_queries([]) == []


def test_a_query_has_the_base_form_of_its_words(basic: Encoder) -> None:
    assert "dog" in query(basic, "dogs")


def test_a_query_has_the_singular_of_an_irregular_plural(basic: Encoder) -> None:
    assert "mouse" in query(basic, "mice")


def test_a_rare_word_weighs_more_than_a_common_one(basic: Encoder) -> None:
    terms = query(basic, "computer saxophone")
    assert terms["saxophone"] > terms["computer"]


def test_a_query_has_related_words(basic: Encoder) -> None:
    assert "cat" in query(basic, "kitten")


def test_related_words_weigh_less_than_the_word_itself(basic: Encoder) -> None:
    terms = query(basic, "kitten")
    assert max(terms, key=terms.__getitem__) == "kitten"


def test_related_words_weigh_less_in_a_longer_query(basic: Encoder) -> None:
    assert query(basic, "kitten on a red sofa")["cat"] < query(basic, "kitten")["cat"]


def test_a_query_has_at_most_sixteen_related_words(basic: Encoder) -> None:
    words = "dog cat horse cow"
    related = set(query(basic, words)) - set(words.split())
    assert len(related) <= 16


def test_stop_words_are_left_out_of_a_query(basic: Encoder) -> None:
    assert "the" not in query(basic, "the dog")


def test_a_query_of_stop_words_only_searches_for_them(basic: Encoder) -> None:
    assert list(query(basic, "two")) == ["two"]


@pytest.mark.parametrize("text", ["", "  ", "?!", "🐶"])
def test_a_query_without_words_has_no_terms(basic: Encoder, text: str) -> None:
    assert query(basic, text) == {}


def test_an_unknown_name_is_searched_for_as_it_is(basic: Encoder) -> None:
    assert query(basic, "Zoë")["zoë"] == 1.0


def test_terms_come_heaviest_first(basic: Encoder) -> None:
    weights = list(query(basic, "a kitten and a dog").values())
    assert weights == sorted(weights, reverse=True)


def test_a_caption_has_its_words_and_their_base_forms_only(basic: Encoder) -> None:
    assert set(caption(basic, "Dogs on beaches")) == {"dogs", "dog", "on", "beaches", "beach"}


def test_a_stop_word_of_a_caption_weighs_hardly_anything(basic: Encoder) -> None:
    terms = caption(basic, "the dog")
    assert terms["the"] < terms["dog"] / 3


def test_a_query_of_a_stop_word_finds_the_caption_that_has_it(basic: Encoder) -> None:
    assert dot(query(basic, "two"), caption(basic, "two dogs")) > 0


def test_a_caption_finds_itself_through_a_name(basic: Encoder) -> None:
    assert dot(query(basic, "zoe"), caption(basic, "Zoë at the café")) > 0


def test_a_query_prefers_the_caption_with_its_exact_word(basic: Encoder) -> None:
    exact, near = basic.encode_captions(["a kitten asleep", "a cat asleep"])
    kitten = query(basic, "kitten")
    assert dot(kitten, exact) > dot(kitten, near) > 0


@given(text=st.text())
def test_any_text_gives_valid_term_weights(basic: Encoder, text: str) -> None:
    check_terms(caption(basic, text) | query(basic, text))


def test_a_caption_of_few_words_beats_a_long_one_that_has_them_too(basic: Encoder) -> None:
    short, long = basic.encode_captions(["a pug", "a pug, a sofa, a lamp, a rug and a window"])
    assert dot(query(basic, "pug"), short) > dot(query(basic, "pug"), long)
