"""Captions and queries -> term weights: word tables and arithmetic, no neural network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lsr_opensearch.encoders.basic.length import even_out
from lsr_opensearch.encoders.basic.vocabulary import Neighbours, Vocabulary
from lsr_opensearch.encoders.basic.words import STOP_WORDS, split_words, word_forms
from lsr_opensearch.terms import TermWeights, by_weight

# What all the neighbours of a query's word weigh against the words themselves, at most.
EXPANSION = 0.3
# Neighbours kept in one query, strongest first.
MOST_NEIGHBOURS = 16
# A stop word carries this much where it is used at all.
STOP_WORD_WEIGHT = 0.1


class TextEncoder:
    """Captions and queries with the word tables of one model directory."""

    def __init__(self, directory: Path) -> None:
        self.vocabulary = Vocabulary.load(directory)
        self.neighbours = Neighbours.load(directory)

    def caption(self, text: str) -> TermWeights:
        """All words of a caption and their base forms by their idf, length evened out.

        What the caption says is exact, so nothing is guessed on this side: the query brings the
        neighbours. Stop words are kept at a token weight, so that a query of nothing else finds
        something.
        """
        return by_weight(even_out(self._literal(dict.fromkeys(split_words(text)))))

    def query(self, text: str) -> TermWeights:
        """The words of a query and their base forms at their idf, and up to 16 related words.

        Stop words count only where there is nothing else. No words at all give no terms.
        """
        telling = _telling(text)
        literal = self._literal(telling)
        related = self._related(literal, len({self._forms(word)[-1] for word in telling}))
        return by_weight(literal | related)

    def literal(self, text: str) -> list[tuple[str, ...]]:
        """The telling words of a text, all as they are, all without accents, all in base form.

        Captions have the base form of each of their words beside the word itself.
        """
        forms = [self._forms(word) for word in _telling(text)]
        most = max(map(len, forms), default=0)
        ways = (tuple(form[min(at, len(form) - 1)] for form in forms) for at in range(most))
        return list(dict.fromkeys(ways))

    def _forms(self, word: str) -> tuple[str, ...]:
        return word_forms(word, self.vocabulary.numbers, self.vocabulary.irregular)

    def _weight(self, word: str) -> float:
        return STOP_WORD_WEIGHT if word in STOP_WORDS else self.vocabulary.idf(word)

    def _literal(self, words: Iterable[str]) -> TermWeights:
        return {form: self._weight(form) for word in words for form in self._forms(word)}

    def _related(self, literal: TermWeights, distinct_words: int) -> TermWeights:
        """Neighbours of the words, weaker the more words there are to say what is meant."""
        names = self.vocabulary.words
        related: TermWeights = {}
        for word, weight in literal.items():
            number = self.vocabulary.numbers.get(word)
            if number is None or word in STOP_WORDS:
                continue
            for other, strength in self.neighbours.of(number):
                name = names[other]
                if name not in literal:
                    value = EXPANSION / distinct_words * weight * strength
                    related[name] = max(related.get(name, 0.0), value)
        strongest = sorted(related, key=lambda name: (-related[name], name))[:MOST_NEIGHBOURS]
        return {name: related[name] for name in strongest}


def _telling(text: str) -> list[str]:
    """The different words of a text, stop words only where there is nothing else."""
    words = dict.fromkeys(split_words(text))
    return [word for word in words if word not in STOP_WORDS] or list(words)
