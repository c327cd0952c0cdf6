"""Queries without any network: each word of the query brings the words that it stands for."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsr_opensearch.encoders.basic.words import split_words, unaccented, word_forms
from lsr_opensearch.encoders.d2s.files import QUERY_TABLE
from lsr_opensearch.terms import TermWeights, by_weight

_CONTINUED = "##"


@dataclass(frozen=True)
class QueryTable:
    """Token -> its words and their weights.

    Attributes:
        words: the vocabulary, by number.
        numbers: word -> number.
        starts: where the entries of each token begin, with one more at the end.
        entries, weights: numbers of words, and what they weigh, one token after the other.
    """

    words: Sequence[str]
    numbers: Mapping[str, int]
    starts: Sequence[int]
    entries: Sequence[int]
    weights: Sequence[float]

    @classmethod
    def load(cls, directory: Path, words: Sequence[str]) -> QueryTable:
        import numpy as np

        with np.load(directory / QUERY_TABLE, allow_pickle=False) as held:
            return cls(
                words=words,
                numbers={word: number for number, word in enumerate(words)},
                starts=array("q", held["starts"].astype(np.int64).tobytes()),
                entries=array("q", held["entries"].astype(np.int64).tobytes()),
                weights=array("d", held["weights"].astype(np.float64).tobytes()),
            )

    def encode(self, query: str, kept: int) -> TermWeights:
        """The sum over the tokens of the query; words that nobody knows bring nothing."""
        total: TermWeights = {}
        for word in split_words(query):
            for number in self._tokens(word):
                for place in range(self.starts[number], self.starts[number + 1]):
                    term = self.words[self.entries[place]]
                    total[term] = total.get(term, 0.0) + self.weights[place]
        return dict(list(by_weight(total).items())[:kept])

    def literal(self, text: str) -> list[str]:
        """The known tokens of a text, each once."""
        numbers = (number for word in split_words(text) for number in self._tokens(word))
        return [self.words[number] for number in dict.fromkeys(numbers)]

    def _tokens(self, word: str) -> list[int]:
        """The word, without its accents, or its singular; else its pieces."""
        for form in word_forms(word, self.numbers, {}):
            if form in self.numbers:
                return [self.numbers[form]]
        return self._pieces(unaccented(word))

    def _pieces(self, word: str) -> list[int]:
        """The longest pieces that the word is made of (WordPiece); none where some is unknown."""
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else _CONTINUED + word[start:end]
                if piece in self.numbers:
                    found.append(self.numbers[piece])
                    start = end
                    break
            else:
                return []
        return found
