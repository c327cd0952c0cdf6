"""Word tables of the run time that need no network: class words, idf, irregular plurals."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lsr_opensearch.encoders.basic.classes import ClassWords
from lsr_opensearch.encoders.basic.vocabulary import BYTE_SCALE, UNSEEN_IDF
from lsr_opensearch.encoders.basic.words import STOP_WORDS, split_words
from tools.basic_model.imagenet import CLASSES, ImageNetClasses
from tools.basic_model.wordlists import GENERAL_SYNSETS, KEPT_LEMMAS
from tools.basic_model.wordnet import Synset, ancestors

_LEMMAS = 5
_LATER_LEMMA, _LONG_LEMMA, _MODIFIER = 0.7, 0.8, 0.5
_SMALLEST_IDF = 0.05


def lemma_words(text: str, weight: float) -> list[tuple[str, float]]:
    """The words of a lemma: its last word at ``weight``, those before it at half of that."""
    words = [
        word
        for word in re.findall(r"[a-z]+", text.lower())
        if word not in STOP_WORDS and len(word) > 1
    ]
    return [(word, weight * _MODIFIER) for word in words[:-1]] + [(w, weight) for w in words[-1:]]


def synset_words(lemmas: Sequence[str]) -> list[tuple[str, float]]:
    """The words of a synset's lemmas; none of a general one's, except everyday words."""
    words: list[tuple[str, float]] = []
    for place, lemma in enumerate(lemmas[:_LEMMAS]):
        general = lemmas[0] in GENERAL_SYNSETS and lemma not in KEPT_LEMMAS
        latin = place > 0 and lemma != lemma.lower()
        if not general and not latin:
            weight = (_LATER_LEMMA if place else 1.0) * (_LONG_LEMMA if " " in lemma else 1.0)
            words += lemma_words(lemma, weight)
    return words


def class_words(
    classes: ImageNetClasses, nouns: Mapping[str, Synset], words: list[str]
) -> ClassWords:
    """What the classes and their ancestors stand for; words that lack are added to ``words``."""
    below: dict[str, list[int]] = defaultdict(list)
    for number in range(CLASSES):
        for offset, _ in ancestors(nouns, classes.offsets[number]):
            below[offset].append(number)
    numbers = {word: number for number, word in enumerate(words)}
    entries: dict[tuple[int, int], float] = {}
    names: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for name, offset in zip(classes.names, classes.offsets, strict=True):
        names[offset] += lemma_words(name, 1.0)
    for synset, offset in enumerate(below):
        for word, weight in synset_words(nouns[offset].lemmas) + names[offset]:
            if word not in numbers:
                numbers[word] = len(words)
                words.append(word)
            key = (numbers[word], synset)
            entries[key] = max(entries.get(key, 0.0), weight)
    return _packed(list(below.values()), entries)


def _packed(below: list[list[int]], entries: Mapping[tuple[int, int], float]) -> ClassWords:
    """From the classes below each synset and (word, synset) -> weight."""
    sizes = np.array([len(own) for own in below])
    ordered = sorted(entries)
    word_of_entry = np.array([word for word, _ in ordered])
    word_numbers, entry_starts = np.unique(word_of_entry, return_index=True)
    return ClassWords(
        information=(-np.log(sizes / CLASSES) / np.log(CLASSES)).astype(np.float32),
        classes=np.concatenate(below).astype(np.int16),
        class_starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32),
        word_numbers=word_numbers.astype(np.int32),
        entry_synsets=np.array([synset for _, synset in ordered], np.int16),
        entry_weights=np.array([entries[key] for key in ordered], np.float32),
        entry_starts=entry_starts.astype(np.int32),
    )


def idf_bytes(words: Sequence[str], captions: Sequence[str]) -> bytes:
    """Inverse document frequency of each word in the training captions, one byte a word."""
    frequency = Counter(word for caption in captions for word in set(split_words(caption)))
    values = (_idf(frequency[word], len(captions)) for word in words)
    return bytes(round(value * BYTE_SCALE) for value in values)


def _idf(frequency: int, captions: int) -> float:
    if not frequency:
        return UNSEEN_IDF
    value = math.log((captions + 1) / (frequency + 0.5)) / math.log(captions)
    return min(max(value, _SMALLEST_IDF), 1.0)


def irregular_plurals(exceptions: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """The irregular plurals among the words that are known."""
    known = set(known)
    return {
        plural: singular
        for plural, singular in exceptions.items()
        if plural in known and re.fullmatch(r"[a-z]+", plural)
    }
