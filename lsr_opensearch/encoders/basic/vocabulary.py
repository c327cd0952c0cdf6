"""The word tables of the text side: words, how rare each is, irregular plurals, neighbours.

Files of the model directory, all plain data that loads in a few milliseconds:

- ``words.txt``: one word a line; its line number is its number everywhere else.
- ``idf.bin``: one byte a word, idf x 255.
- ``irregular.txt``: ``plural singular`` a line.
- ``neighbours.bin``: for each of the first words ``NEIGHBOURS`` word numbers (uint16, little
  endian), then for each of those a strength (one byte, x 255, strongest first, 0 for none).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WORDS_FILE = "words.txt"
IDF_FILE = "idf.bin"
IRREGULAR_FILE = "irregular.txt"
NEIGHBOURS_FILE = "neighbours.bin"

NEIGHBOURS = 16
BYTE_SCALE = 255
# The idf of a word that the training captions never used, such as a name.
UNSEEN_IDF = 1.0


@dataclass(frozen=True)
class Vocabulary:
    """The words of the model.

    Attributes:
        words: all words, by number.
        numbers: word -> number.
        irregular: irregular plural -> singular.
    """

    words: Sequence[str]
    numbers: Mapping[str, int]
    irregular: Mapping[str, str]
    idf_bytes: bytes

    @classmethod
    def load(cls, directory: Path) -> Vocabulary:
        words = (directory / WORDS_FILE).read_text(encoding="utf-8").split()
        pairs = (directory / IRREGULAR_FILE).read_text(encoding="utf-8").split()
        return cls(
            words=words,
            numbers=dict(zip(words, range(len(words)), strict=True)),
            irregular=dict(zip(pairs[::2], pairs[1::2], strict=True)),
            idf_bytes=(directory / IDF_FILE).read_bytes(),
        )

    def idf(self, word: str) -> float:
        """Inverse document frequency in the training captions, over 0 to 1."""
        number = self.numbers.get(word)
        return UNSEEN_IDF if number is None else self.idf_bytes[number] / BYTE_SCALE


@dataclass(frozen=True)
class Neighbours:
    """For each word that the network knows, the words that it would find alike in a picture."""

    numbers: array[int]
    strengths: bytes

    @classmethod
    def load(cls, directory: Path) -> Neighbours:
        data = (directory / NEIGHBOURS_FILE).read_bytes()
        entries = len(data) // 3
        numbers = array("H", data[: 2 * entries])
        if sys.byteorder == "big":
            numbers.byteswap()
        return cls(numbers, data[2 * entries :])

    def of(self, number: int) -> Iterator[tuple[int, float]]:
        """(word number, strength over 0 to 1) of the neighbours of a word, strongest first."""
        first = number * NEIGHBOURS
        for place in range(first, min(first + NEIGHBOURS, len(self.numbers))):
            if not self.strengths[place]:
                return
            yield self.numbers[place], self.strengths[place] / BYTE_SCALE
