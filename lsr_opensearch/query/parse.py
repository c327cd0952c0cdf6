"""The query language: ``dog^2 beach -night "our garden"``.

- a word is searched for; ``word^2`` counts it twice, ``word^0.5`` half;
- ``-word`` leaves out pictures that have the word among their strongest terms;
- ``"a phrase"`` must occur in one of a picture's captions, and its words are searched for too.

A hyphen inside a word (``t-shirt``) is part of the word: ``-hot-dog`` leaves out no other dogs.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from lsr_opensearch.errors import QueryError

_TOKEN = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"(?:\^(?P<boost>\S+))?|(?P<word>[^\s"]+)')
_LARGEST_WEIGHT = 1000.0


@dataclass(frozen=True)
class WeightedText:
    """Words that are encoded together; their term weights are multiplied by ``weight``."""

    text: str
    weight: float


@dataclass(frozen=True)
class ParsedQuery:
    """A query, taken apart.

    Attributes:
        parts: what to search for; one part for each distinct weight, in order of appearance.
        excluded: words that a hit must not have among its strongest terms.
        phrases: each must occur in a caption of a hit.
    """

    parts: tuple[WeightedText, ...]
    excluded: tuple[str, ...]
    phrases: tuple[str, ...]

    @property
    def words(self) -> str:
        """All the words that are searched for, without weights."""
        return " ".join(part.text for part in self.parts)


def parse_query(text: str) -> ParsedQuery:
    """Take a query apart. It may be empty: a query by image needs no words.

    Raises:
        QueryError: an open quotation mark, or a weight that is not a number above zero.
    """
    if text.count('"') % 2:
        raise QueryError(
            f"A quotation mark is left open in the query {text!r}.", 'Close it: "like this".'
        )
    weighted: dict[float, list[str]] = {}
    excluded: list[str] = []
    phrases: list[str] = []
    for token in _TOKEN.finditer(text):
        if token["word"] is not None:
            _take_word(token["word"], weighted, excluded)
            continue
        phrase = " ".join(token["phrase"].split())
        if not phrase:
            continue
        if token["minus"]:
            raise QueryError(
                f'A phrase cannot be left out (-"{phrase}").', "Leave out single words: -word."
            )
        phrases.append(phrase)
        weight = 1.0 if token["boost"] is None else _weight(token["boost"], token[0])
        weighted.setdefault(weight, []).append(phrase)
    parts = tuple(WeightedText(" ".join(words), weight) for weight, words in weighted.items())
    return ParsedQuery(parts, tuple(excluded), tuple(phrases))


def _take_word(word: str, weighted: dict[float, list[str]], excluded: list[str]) -> None:
    if word.startswith("-") and len(word) > 1:
        if "^" in word:
            raise QueryError(
                f"{word!r} leaves a word out and weighs it at once.", "Write -word or word^2."
            )
        excluded.append(word[1:])
        return
    plain, caret, boost = word.partition("^")
    if not caret:
        weighted.setdefault(1.0, []).append(word)
        return
    if not plain:
        raise QueryError(f"{word!r} has a weight but no word.", "Write word^2.")
    weighted.setdefault(_weight(boost, word), []).append(plain)


def _weight(text: str, token: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 < weight <= _LARGEST_WEIGHT:
        raise QueryError(
            f"{token!r}: the weight after ^ must be a number above 0 and at most "
            f"{_LARGEST_WEIGHT:g}.",
            "Write for example dog^2 or dog^0.5.",
        )
    return weight
