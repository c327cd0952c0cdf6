"""The word tables: weights of lemmas and the idf."""

from __future__ import annotations

import pytest

from lsr_opensearch.encoders.basic.vocabulary import BYTE_SCALE
from tools.basic_model.imagenet import CLASSES, ImageNetClasses
from tools.basic_model.tables import (
    class_words,
    idf_bytes,
    irregular_plurals,
    lemma_words,
    synset_words,
)
from tools.basic_model.wordnet import Synset


def test_the_last_word_of_a_lemma_weighs_full_and_the_others_half() -> None:
    assert lemma_words("golden retriever", 1.0) == [("golden", 0.5), ("retriever", 1.0)]


def test_stop_words_of_a_lemma_are_left_out() -> None:
    assert lemma_words("jack of the trades", 1.0) == [("jack", 0.5), ("trades", 1.0)]


def test_a_later_lemma_weighs_less_than_the_first() -> None:
    assert synset_words(["cab", "taxi"]) == [("cab", 1.0), ("taxi", 0.7)]


def test_a_later_lemma_in_latin_is_left_out() -> None:
    assert synset_words(["goldfinch", "Carduelis carduelis"]) == [("goldfinch", 1.0)]


def test_a_general_synset_gives_only_its_everyday_words() -> None:
    assert synset_words(["creature", "animal", "fauna"]) == [("animal", 0.7)]


def test_a_word_that_captions_never_use_is_as_rare_as_can_be() -> None:
    assert idf_bytes(["fox"], ["a dog"] * 10) == bytes([BYTE_SCALE])


def test_a_word_of_many_captions_has_a_lower_idf() -> None:
    common, rare = idf_bytes(["dog", "fox"], ["a dog"] * 9 + ["a fox"])
    assert common < rare


def test_a_word_counts_once_a_caption() -> None:
    assert idf_bytes(["dog"], ["dog dog dog", "fox"]) == idf_bytes(["dog"], ["dog", "fox"])


def test_irregular_plurals_of_unknown_words_are_left_out() -> None:
    exceptions = {"mice": "mouse", "oxen": "ox"}
    assert irregular_plurals(exceptions, ["mice"]) == {"mice": "mouse"}


@pytest.fixture
def nouns() -> dict[str, Synset]:
    """Every class is a pug, a pug is an animal."""
    return {"1": Synset(["animal"], [], ""), "2": Synset(["pug"], ["1"], "")}


def test_class_words_add_the_words_that_are_missing(nouns: dict[str, Synset]) -> None:
    words = ["animal"]
    classes = ImageNetClasses(["pug dog"] * CLASSES, [""] * CLASSES, ["2"] * CLASSES, [])
    class_words(classes, nouns, words)
    assert words == ["animal", "pug", "dog"]


def test_a_synset_above_all_classes_carries_no_information(nouns: dict[str, Synset]) -> None:
    classes = ImageNetClasses(["pug"] * CLASSES, [""] * CLASSES, ["2"] * CLASSES, [])
    table = class_words(classes, nouns, ["animal"])
    assert table.information.tolist() == [0, 0]
