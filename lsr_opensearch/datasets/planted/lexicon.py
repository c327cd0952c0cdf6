"""The words that planted captions are made of: concepts of seven kinds, with their synonyms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Kind = Literal["person", "animal", "action", "object", "place", "attribute", "weather"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FUNCTION_WORDS = ("a", "the", "is", "in", "at", "on", "with", "near", "and", "during", "some")


@dataclass(frozen=True)
class Concept:
    """Something that a scene can hold, and the words that say it."""

    kind: Kind
    words: tuple[str, ...]


@cache
def concepts() -> tuple[Concept, ...]:
    """All concepts, in the order of ``lexicon.txt``; no word is in two of them."""
    text = files(__package__).joinpath("lexicon.txt").read_text(encoding="utf-8")
    found: list[Concept] = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            kind, _, listed = line.partition(":")
            assert kind in KINDS, kind  # noqa: S101  the file is ours
            found += [Concept(kind, tuple(words.strip().split("|"))) for words in listed.split(",")]
    return tuple(found)
