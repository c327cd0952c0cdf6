"""The WordNet reader, on a small sample in the format of the database files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.basic_model import wordnet

LICENCE = "  1 This software and database is being provided to you\n"
ANIMAL = '00000001 05 n 02 animal 0 beast 0 000 | a living thing; "what an animal"\n'
DOG = "00000002 05 n 02 dog 0 domestic_dog 0 002 @ 00000001 n 0000 %p 00000001 n 0000 | a pet\n"
PUG = "00000003 05 n 01 pug 0 001 @ 00000002 n 0000 | a small dog\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data.noun").write_text(LICENCE + ANIMAL + DOG + PUG, encoding="latin-1")
    (tmp_path / "data.verb").write_text("00000004 29 v 01 run 0 000 | move fast\n")
    (tmp_path / "data.adj").write_text("00000005 00 a 02 French 0 red(a) 0 000 | colours\n")
    (tmp_path / "data.adv").write_text("00000006 02 r 01 fast 0 000 | quickly\n")
    (tmp_path / "noun.exc").write_text("mice mouse\n")
    return tmp_path


def test_the_licence_lines_are_not_read_as_synsets(folder: Path) -> None:
    assert set(wordnet.read_nouns(folder)) == {"00000001", "00000002", "00000003"}


def test_the_underscores_of_a_lemma_become_spaces(folder: Path) -> None:
    assert wordnet.read_nouns(folder)["00000002"].lemmas == ["dog", "domestic dog"]


def test_only_hypernym_pointers_lead_upwards(folder: Path) -> None:
    assert wordnet.read_nouns(folder)["00000002"].hypernyms == ["00000001"]


def test_a_gloss_ends_before_its_examples(folder: Path) -> None:
    assert wordnet.read_nouns(folder)["00000001"].gloss == "a living thing"


def test_ancestors_are_listed_from_near_to_far(folder: Path) -> None:
    above = wordnet.ancestors(wordnet.read_nouns(folder), "00000003")
    assert above == [("00000003", 0), ("00000002", 1), ("00000001", 2)]


def test_lower_case_lemmas_of_all_parts_of_speech_are_words(folder: Path) -> None:
    lemmas = wordnet.read_lemmas(folder)
    assert lemmas == {"animal", "beast", "dog", "domestic_dog", "pug", "run", "red", "fast"}


def test_irregular_forms_are_read(folder: Path) -> None:
    assert wordnet.read_exceptions(folder, ("noun",)) == {"mice": "mouse"}


@pytest.mark.parametrize("word", ["dog", "dogs", "running", "mice", "ponies"])
def test_an_inflected_lemma_is_a_word(word: str) -> None:
    assert wordnet.is_word(word, {"dog", "run", "mouse", "pony"}, {"mice": "mouse"})


@pytest.mark.parametrize("word", ["qxz", "ox", "s"])
def test_what_is_no_lemma_or_too_short_is_no_word(word: str) -> None:
    assert not wordnet.is_word(word, {"ox"}, {})
