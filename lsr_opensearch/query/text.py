"""Text as it is compared: letter case, the words of captions, what is no UTF-8.

Every engine compares by these functions, so that a filter or a phrase finds the same everywhere.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")


def storable(text: str) -> str:
    """The string with every lone surrogate as a question mark: stores hold UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def folded(text: str) -> str:
    """The string as it is compared: without regard to case."""
    return storable(text).casefold()


def words(text: str) -> list[str]:
    """The words of a caption or phrase, casefolded, in order."""
    return _WORD.findall(folded(text))


def has_phrase(caption: str, phrase: list[str]) -> bool:
    """Whether the words of ``phrase`` follow one another in ``caption``."""
    found = words(caption)
    size = len(phrase)
    return any(found[at : at + size] == phrase for at in range(len(found) - size + 1))
