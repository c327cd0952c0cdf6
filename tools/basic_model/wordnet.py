"""A small reader of the WordNet 3.0 database files (wndb(5WN))."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_SUFFIXES = (
    ("ies", "y"),
    ("es", ""),
    ("s", ""),
    ("ing", ""),
    ("ing", "e"),
    ("ed", ""),
    ("ed", "e"),
)
_SHORTEST_WORD = 3
_DEEPEST = 12


@dataclass(frozen=True)
class Synset:
    """A noun sense: its lemmas, the offsets of its hypernyms, and its definition."""

    lemmas: list[str]
    hypernyms: list[str]
    gloss: str


def _data_lines(path: Path) -> Iterator[str]:
    """The lines of a data file behind the licence, whose lines begin with two spaces."""
    with path.open(encoding="latin-1") as lines:
        yield from (line for line in lines if not line.startswith("  "))


def _lemmas(fields: list[str]) -> list[str]:
    count = int(fields[3], 16)
    return fields[4 : 4 + 2 * count : 2]


def parse_noun(line: str) -> tuple[str, Synset]:
    """One line of ``data.noun`` -> (offset, synset)."""
    data, _, gloss = line.partition("|")
    fields = data.split()
    lemmas = _lemmas(fields)
    pointers = 4 + 2 * len(lemmas)
    hypernyms = [
        fields[pointers + 2 + 4 * number]
        for number in range(int(fields[pointers]))
        if fields[pointers + 1 + 4 * number] in ("@", "@i")
    ]
    names = [lemma.replace("_", " ") for lemma in lemmas]
    return fields[0], Synset(names, hypernyms, gloss.strip().split('; "')[0])


def read_nouns(folder: Path) -> dict[str, Synset]:
    """Offset -> synset of all nouns."""
    return dict(parse_noun(line) for line in _data_lines(folder / "data.noun"))


def ancestors(nouns: Mapping[str, Synset], offset: str) -> list[tuple[str, int]]:
    """(offset, depth) of a synset and everything above it, breadth first, itself at depth 0."""
    found: dict[str, int] = {}
    queue = deque([(offset, 0)])
    while queue:
        current, depth = queue.popleft()
        if current not in found and depth <= _DEEPEST:
            found[current] = depth
            queue.extend((hypernym, depth + 1) for hypernym in nouns[current].hypernyms)
    return list(found.items())


def read_lemmas(folder: Path) -> set[str]:
    """Lower-case lemmas of all four parts of speech."""
    lemmas: set[str] = set()
    for part_of_speech in ("noun", "verb", "adj", "adv"):
        for line in _data_lines(folder / f"data.{part_of_speech}"):
            lemmas.update(
                lemma.split("(")[0] for lemma in _lemmas(line.split()) if lemma == lemma.lower()
            )
    return lemmas


def read_exceptions(folder: Path, parts_of_speech: Collection[str]) -> dict[str, str]:
    """Irregular form -> base form."""
    forms: dict[str, str] = {}
    for part_of_speech in parts_of_speech:
        for line in (folder / f"{part_of_speech}.exc").read_text().splitlines():
            irregular, base = line.split()[:2]
            forms[irregular] = base
    return forms


def is_word(word: str, lemmas: Collection[str], irregular: Mapping[str, str]) -> bool:
    """Whether a word, or its base form by simple English suffix rules, is a lemma."""
    if len(word) < _SHORTEST_WORD:
        return False
    candidates = [word, irregular.get(word, word)]
    candidates += [
        word.removesuffix(ending) + replacement
        for ending, replacement in _SUFFIXES
        if word.endswith(ending)
    ]
    doubled = re.fullmatch(r"(.+(.))\2ing", word)
    if doubled and len(word) > 5:
        candidates.append(doubled.group(1))
    return any(candidate in lemmas for candidate in candidates)
