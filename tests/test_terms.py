"""Term weights: what is accepted, and what is done to them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.errors import TermWeightsError
from lsr_opensearch.terms import (
    LARGEST_WEIGHT,
    SMALLEST_WEIGHT,
    add,
    by_weight,
    check_terms,
    dot,
    escape_feature,
    lucene_truncate,
    maximum,
    prune,
    scale,
    truncate_terms,
    unescape_feature,
)

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
floats = st.floats(SMALLEST_WEIGHT, 1e6, allow_nan=False)
weights = st.dictionaries(words, floats, max_size=12)


# Checking


@given(weights)
def test_term_weights_are_given_back_as_they_are(terms: dict[str, float]) -> None:
    assert check_terms(terms) == terms


@pytest.mark.parametrize(
    "number", [1, 2.5, np.float32(0.5), np.float64(3), np.float16(1.5), np.int64(4)]
)
def test_any_real_number_becomes_a_float(number: Any) -> None:
    (value,) = check_terms({"dog": number}).values()
    assert (type(value), value) == (float, float(number))


@pytest.mark.parametrize("weight", [SMALLEST_WEIGHT, LARGEST_WEIGHT])
def test_the_limits_themselves_are_accepted(weight: float) -> None:
    assert check_terms({"dog": weight}) == {"dog": weight}


@pytest.mark.parametrize(
    "weight",
    [
        pytest.param(math.nan, id="NaN"),
        pytest.param(math.inf, id="infinity"),
        pytest.param(-math.inf, id="minus infinity"),
        pytest.param(0, id="zero"),
        pytest.param(0.0, id="zero as a float"),
        pytest.param(-0.0, id="minus zero"),
        pytest.param(-1.5, id="negative"),
        pytest.param(1e-40, id="subnormal as float32"),
        pytest.param(5e-324, id="subnormal"),
        pytest.param(math.nextafter(SMALLEST_WEIGHT, 0), id="just below the smallest"),
        pytest.param(math.nextafter(LARGEST_WEIGHT, math.inf), id="just above the largest"),
        pytest.param(10**400, id="an integer past float64"),
        pytest.param(True, id="bool"),
        pytest.param(np.True_, id="numpy bool"),
        pytest.param("1.5", id="text"),
        pytest.param(b"1.5", id="bytes"),
        pytest.param(None, id="None"),
        pytest.param(1j, id="complex"),
        pytest.param(np.complex64(1), id="numpy complex"),
        pytest.param([1.0], id="list"),
        pytest.param(np.array([1.0]), id="array"),
    ],
)
def test_a_weight_that_is_none_is_refused_with_its_term(weight: Any) -> None:
    with pytest.raises(TermWeightsError, match="'dog'"):
        check_terms({"dog": weight})


@pytest.mark.parametrize("term", ["", 7, None, b"dog", ("dog",), "lone \ud800 surrogate"])
def test_a_term_that_is_none_is_refused(term: Any) -> None:
    with pytest.raises(TermWeightsError) as caught:
        check_terms({term: 1.0})
    assert caught.value.next_step


@pytest.mark.parametrize("value", [None, [("dog", 1.0)], "dog", 3])
def test_what_is_no_mapping_is_refused(value: Any) -> None:
    with pytest.raises(TermWeightsError, match=r"image_terms of a\.jpg: expected a mapping"):
        check_terms(value, "image_terms of a.jpg")


def test_an_error_about_term_weights_is_a_value_error_too() -> None:
    assert issubclass(TermWeightsError, ValueError)


# Escaping


@given(st.text())
def test_escaping_is_undone_by_unescaping(term: str) -> None:
    assert unescape_feature(escape_feature(term)) == term


@given(st.text(alphabet=".%25Ea"))
def test_escaping_is_undone_for_terms_that_look_escaped(term: str) -> None:
    assert unescape_feature(escape_feature(term)) == term


@given(st.text())
def test_an_escaped_term_has_no_dot(term: str) -> None:
    assert "." not in escape_feature(term)


@given(st.text(alphabet=".%25Ea"), st.text(alphabet=".%25Ea"))
def test_different_terms_have_different_features(one: str, other: str) -> None:
    assert (escape_feature(one) == escape_feature(other)) == (one == other)


@given(st.text(st.characters(exclude_characters=".%")))
def test_ordinary_terms_are_features_as_they_are(term: str) -> None:
    assert escape_feature(term) == term


@pytest.mark.parametrize("feature", ["%", "100%", "a%2", "a%2e", "a%41", "%%25"])
def test_a_feature_that_was_not_escaped_here_is_refused(feature: str) -> None:
    with pytest.raises(TermWeightsError):
        unescape_feature(feature)


# Pruning, scaling, combining


@given(weights, st.integers(0, 15))
def test_pruning_keeps_the_heaviest(terms: dict[str, float], top_k: int) -> None:
    kept = prune(terms, top_k=top_k)
    dropped = [weight for term, weight in terms.items() if term not in kept]
    assert len(kept) == min(top_k, len(terms))
    assert min(kept.values(), default=math.inf) >= max(dropped, default=0)


@given(weights, floats)
def test_pruning_keeps_what_reaches_the_threshold(
    terms: dict[str, float], threshold: float
) -> None:
    expected = {term: weight for term, weight in terms.items() if weight >= threshold}
    assert prune(terms, threshold=threshold) == expected


def test_equal_weights_are_pruned_in_the_order_of_the_terms() -> None:
    assert list(prune({"c": 1.0, "a": 1.0, "b": 1.0}, top_k=2)) == ["a", "b"]


@pytest.mark.parametrize("options", [{"top_k": -1}, {"threshold": -1.0}, {"threshold": math.nan}])
def test_pruning_to_nonsense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be at least 0"):
        prune({"dog": 1.0}, **options)


@given(weights)
def test_by_weight_puts_the_heaviest_first(terms: dict[str, float]) -> None:
    ordered = list(by_weight(terms).values())
    assert ordered == sorted(terms.values(), reverse=True)


@given(weights, st.floats(1e-30, 1e30))
def test_scaled_weights_stay_term_weights(terms: dict[str, float], factor: float) -> None:
    scaled = scale(terms, factor)
    assert check_terms(scaled) == scaled


@pytest.mark.parametrize("factor", [0, -1, math.nan, math.inf])
def test_scaling_by_nonsense_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="factor"):
        scale({"dog": 1.0}, factor)


def test_terms_whose_weight_vanishes_are_left_out() -> None:
    assert scale({"dog": 1.0, "cat": SMALLEST_WEIGHT}, 0.5) == {"dog": 0.5}


def test_adding_is_term_by_term() -> None:
    assert add([{"dog": 1.0, "cat": 2.0}, {"dog": 0.5}]) == {"dog": 1.5, "cat": 2.0}


def test_the_maximum_is_term_by_term() -> None:
    assert maximum([{"dog": 1.0, "cat": 2.0}, {"dog": 1.5}]) == {"dog": 1.5, "cat": 2.0}


@given(weights, weights)
def test_the_dot_product_is_that_of_dense_vectors(
    query: dict[str, float], document: dict[str, float]
) -> None:
    terms = sorted({*query, *document})
    dense = [np.array([side.get(term, 0.0) for term in terms]) for side in (query, document)]
    assert dot(query, document) == pytest.approx(float(dense[0] @ dense[1]), rel=1e-12)


@given(weights, weights)
def test_the_dot_product_is_the_same_both_ways(
    query: dict[str, float], document: dict[str, float]
) -> None:
    assert dot(query, document) == dot(document, query)


@given(weights, floats)
def test_nothing_changes_what_it_is_given(terms: dict[str, float], factor: float) -> None:
    before = dict(terms)
    for result in (prune(terms, top_k=1), by_weight(terms), scale(terms, factor), add([terms])):
        result["new"] = 1.0
    assert terms == before


# Rounding as Lucene


@pytest.mark.parametrize(
    ("weight", "kept"),
    [(1.003, 1.0), (1.2345678, 1.234375), (100.7, 100.5), (1.0, 1.0), (SMALLEST_WEIGHT,) * 2],
)
def test_known_weights_are_truncated_as_lucene_does(weight: float, kept: float) -> None:
    assert lucene_truncate(weight) == kept


@given(st.floats(SMALLEST_WEIGHT, LARGEST_WEIGHT))
def test_truncation_keeps_nine_bits_of_the_float32(weight: float) -> None:
    # Independent of the implementation's bit shifts: cut the fraction of the float32 to 1/512.
    fraction, exponent = math.frexp(float(np.float32(weight)))
    assert lucene_truncate(weight) == math.ldexp(math.floor(fraction * 512) / 512, exponent)


@given(st.floats(SMALLEST_WEIGHT, LARGEST_WEIGHT))
def test_truncating_twice_changes_nothing_more(weight: float) -> None:
    once = lucene_truncate(weight)
    assert lucene_truncate(once) == once


@given(st.floats(SMALLEST_WEIGHT, LARGEST_WEIGHT))
def test_truncation_loses_less_than_a_256th(weight: float) -> None:
    assert (
        0 <= float(np.float32(weight)) - lucene_truncate(weight) < float(np.float32(weight)) / 256
    )


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf, 1e39])
def test_what_lucene_would_refuse_is_refused(weight: float) -> None:
    with pytest.raises(TermWeightsError):
        lucene_truncate(weight)


def test_all_weights_are_truncated_alike() -> None:
    assert truncate_terms({"dog": 1.003, "cat": 100.7}) == {"dog": 1.0, "cat": 100.5}
