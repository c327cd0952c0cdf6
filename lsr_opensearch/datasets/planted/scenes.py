"""Scenes, and captions that say parts of them: a grammar over the lexicon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lsr_opensearch.datasets.planted.lexicon import Concept, Kind, concepts

# How likely a caption is to mention what else is there than who does what.
_MENTIONED = 0.5
_WITH_OBJECT, _WITH_WEATHER = 0.8, 0.4


@dataclass(frozen=True)
class Scene:
    """What is to be seen in one image: at most one concept of a kind; see `draw_scene`."""

    held: Mapping[Kind, Concept]


def draw_scene(random: np.random.Generator) -> Scene:
    """A person or an animal of some attribute that does something somewhere."""
    by_kind: dict[Kind, list[Concept]] = {}
    for concept in concepts():
        by_kind.setdefault(concept.kind, []).append(concept)

    def one(kind: Kind) -> Concept:
        return by_kind[kind][random.integers(len(by_kind[kind]))]

    subject: Kind = "person" if random.random() < 0.5 else "animal"
    kinds: list[Kind] = [subject, "action", "place", "attribute"]
    if random.random() < _WITH_OBJECT:
        kinds.append("object")
    if random.random() < _WITH_WEATHER:
        kinds.append("weather")
    return Scene({kind: one(kind) for kind in kinds})


def draw_caption(scene: Scene, random: np.random.Generator) -> str:
    """One caption: who does it is always said, the rest now and then, in one of its words."""

    def word(kind: Kind) -> str:
        words = scene.held[kind].words
        return words[random.integers(len(words))]

    def says(kind: Kind) -> bool:
        return kind in scene.held and bool(random.random() < _MENTIONED)

    subject: Kind = "person" if "person" in scene.held else "animal"
    said = [str(random.choice(["a", "the", "some"]))]
    if says("attribute"):
        said.append(word("attribute"))
    said.append(word(subject))
    if says("action"):
        said += ["is", word("action")] if random.random() < 0.5 else [word("action")]
    if says("object"):
        said += [str(random.choice(["with", "near", "and"])), "a", word("object")]
    if says("place"):
        said += [str(random.choice(["in", "at", "on"])), "the", word("place")]
    if says("weather"):
        said += [str(random.choice(["in", "during"])), "the", word("weather")]
    return " ".join(said)
