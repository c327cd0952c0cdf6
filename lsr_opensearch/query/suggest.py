"""Known words that are spelled nearly like an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

# How alike two words must be, from 0 to 1 (difflib's ratio). Two letters of a short word that
# changed places make a larger part of it.
_ALIKE = 0.75
_ALIKE_SHORT = 0.65
_SHORT_LETTERS = 4
# Comparing with a large vocabulary takes milliseconds a word; nobody reads more suggestions.
MAX_WORDS = 5


def suggest(words: Sequence[str], vocabulary: Iterable[str], most: int = 3) -> dict[str, list[str]]:
    """For each of the first few words, the known words most like it, best first.

    Args:
        most: how many suggestions a word.
    """
    known = list(vocabulary)
    return {
        word: difflib.get_close_matches(
            word.lower(), known, most, _ALIKE_SHORT if len(word) <= _SHORT_LETTERS else _ALIKE
        )
        for word in words[:MAX_WORDS]
    }
