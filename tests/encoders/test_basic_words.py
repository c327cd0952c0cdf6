"""How texts are split into words, and what the base form of a word is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.encoders.basic.words import (
    LONGEST_WORD,
    singular,
    split_words,
    unaccented,
    word_forms,
)

KNOWN = {"dog", "fox", "city", "wolf", "glass", "dish", "beach", "mouse", "cafe", "bus"}
IRREGULAR = {"mice": "mouse"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A Dog, a fox!", ["a", "dog", "a", "fox"]),
        ("café Zoë", ["café", "zoë"]),
        ("Straße", ["strasse"]),
        ("ﬁsh", ["fish"]),
        ("the dog's bone", ["the", "dog", "bone"]),
        ("the dog’s bone", ["the", "dog", "bone"]),
        ("o'brien", ["o", "brien"]),
        ("R2-D2 at 10.5", ["r2", "d2", "at", "10", "5"]),
        ("snake_case", ["snake", "case"]),
        ("co\u00adoperate", ["cooperate"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("東京タワー", ["東京タワー"]),
        ("❤️ 🐶", []),
        ("'", []),
        ("", []),
    ],
)
def test_a_text_splits_into_its_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@given(st.text())
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert split_words(unicodedata.normalize("NFD", composed)) == split_words(composed)


@given(st.text())
def test_words_split_into_themselves(text: str) -> None:
    words = split_words(text)
    assert split_words(" ".join(words)) == words


def test_a_run_that_nobody_would_search_for_is_no_word() -> None:
    assert split_words("x" * (LONGEST_WORD + 1)) == []


@pytest.mark.parametrize(
    ("plural", "base"),
    [
        ("dogs", "dog"),
        ("foxes", "fox"),
        ("cities", "city"),
        ("wolves", "wolf"),
        ("glasses", "glass"),
        ("dishes", "dish"),
        ("beaches", "beach"),
        ("mice", "mouse"),
    ],
)
def test_a_plural_has_its_singular(plural: str, base: str) -> None:
    assert singular(plural, KNOWN, IRREGULAR) == base


@pytest.mark.parametrize("word", ["dog", "glass", "bus", "paris", "gas", "running"])
def test_what_is_no_plural_stays(word: str) -> None:
    assert singular(word, KNOWN, IRREGULAR) == word


def test_marks_on_letters_can_be_taken_off() -> None:
    assert unaccented("crème-brûlée") == "creme-brulee"


def test_a_word_with_accents_is_also_searched_for_without() -> None:
    assert word_forms("cafés", KNOWN, IRREGULAR) == ("cafés", "cafes", "cafe")
