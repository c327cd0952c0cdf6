"""Suggestions for words that nobody knows."""

from __future__ import annotations

import pytest

from lsr_opensearch.query.suggest import MAX_WORDS, suggest

KNOWN = ["dog", "dogs", "beach", "bench", "cat", "mountain"]


@pytest.mark.parametrize(
    ("misspelled", "meant"),
    [("dgo", "dog"), ("beech", "beach"), ("mountian", "mountain"), ("CATT", "cat")],
)
def test_a_misspelled_word_suggests_what_was_meant(misspelled: str, meant: str) -> None:
    assert meant in suggest([misspelled], KNOWN)[misspelled]


def test_a_word_like_no_other_suggests_nothing() -> None:
    assert suggest(["qwertzuiop"], KNOWN) == {"qwertzuiop": []}


def test_only_the_first_few_words_are_looked_up() -> None:
    assert len(suggest([str(number) for number in range(100)], KNOWN)) == MAX_WORDS
