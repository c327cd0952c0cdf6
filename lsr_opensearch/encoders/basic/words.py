"""Words: how a text is split, which words carry little, and what the base form of a word is.

The rules are the model's, not a language's: the build counts words and makes the word list with
the same functions that captions and queries go through.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

_FUNCTION_WORDS = """
a an the of in on at with and or to from for by is are was were it its his her their this that as
into over under up out off near next some two one three no not which called side front back top
same other each
"""
# Left out of a query that has any other word, and nearly weightless in a caption. Numbers and
# places are among them because the picture side cannot count or place things.
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())

# Nothing that somebody would search for is longer (characters); hashes and garbage are.
LONGEST_WORD = 64

# Plural endings and what stands in their place in the singular; the first that fits wins.
_PLURALS = (
    ("ies", "y"),
    ("ves", "f"),
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("s", ""),
)
_APOSTROPHES = {"\u2019": "'", "\u02bc": "'", "\uff07": "'"}


def split_words(text: str) -> list[str]:
    """The words of a text in order: runs of letters, marks and digits of any script.

    The text is brought to NFKC and case-folded, so "CAFÉ", "café" and "cafe" + combining accent
    are one word, and "Straße" is "strasse". Invisible format characters (soft hyphens, joiners)
    vanish, a possessive "'s" is cut off, any other apostrophe parts two words. Scripts without
    spaces are not segmented: a run of Chinese characters is one word.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    spaced = "".join(map(_letter_or_space, folded))
    words = []
    for run in spaced.split():
        run = run.strip("'").removesuffix("'s")
        words += [word for word in run.split("'") if _is_word(word)]
    return words


def _letter_or_space(character: str) -> str:
    if character.isalnum() or character == "'":
        return character
    if character in _APOSTROPHES:
        return "'"
    category = unicodedata.category(character)
    if category[0] in "LMN":
        return character
    return "" if category == "Cf" else " "


def _is_word(run: str) -> bool:
    return len(run) <= LONGEST_WORD and any(character.isalnum() for character in run)


def unaccented(word: str) -> str:
    """The word without the marks on its letters: "café" -> "cafe"."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


def singular(word: str, known: Collection[str], irregular: Mapping[str, str]) -> str:
    """The singular of an English noun where that is a known word, else the word as it is."""
    if word in irregular:
        return irregular[word]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us")):
        return word
    for ending, replacement in _PLURALS:
        if word.endswith(ending):
            candidate = word.removesuffix(ending) + replacement
            if candidate in known:
                return candidate
    return word


def word_forms(word: str, known: Collection[str], irregular: Mapping[str, str]) -> tuple[str, ...]:
    """A word, then without its accents, then its base form; each different form once.

    The last one names what the word is about: "cafés" -> ("cafés", "cafes", "cafe").
    """
    plain = unaccented(word)
    # A script whose letters are all marks off ends up empty.
    forms = (word, plain or word, singular(plain or word, known, irregular))
    return tuple(dict.fromkeys(forms))
