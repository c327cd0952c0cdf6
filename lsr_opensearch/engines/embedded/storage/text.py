"""Text as the file holds it: file names that are not UTF-8, letter case, words of captions."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")


def to_bytes(text: str) -> bytes:
    """Any string as bytes, those with lone surrogates (undecodable file names) too."""
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """The string that `to_bytes` was given."""
    return data.decode("utf-8", "surrogatepass")


def storable(text: str) -> str:
    """The string with every lone surrogate as a question mark: SQLite's text is UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


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
