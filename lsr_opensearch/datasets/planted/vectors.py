"""What a planted dense model makes of words and scenes, and what its words mean in truth.

Words mean what their concept means, with a shade of their own, so that synonyms lie close together
and words of one kind nearer to each other than to the rest. The dense model sees those meanings
through a random rotation: nothing in a dense vector says which word it was.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lsr_opensearch.datasets.planted.lexicon import FUNCTION_WORDS, KINDS, Concept, concepts
from lsr_opensearch.datasets.planted.scenes import Scene
from lsr_opensearch.datasets.planted.settings import PlantedSettings

Floats = npt.NDArray[np.float32]

_KIND_SHARE, _SHADE = 0.5, 0.35
_FUNCTION_WORD_LENGTH = 0.1
# Some of what is there hardly shows in an image.
_LEAST_SEEN = 0.2
_SYLLABLES = ("ba", "do", "fi", "gu", "ke", "lo", "mi", "nu", "pa", "ro", "si", "ta", "ve", "zo")


class PlantedModel:
    """The dense model and the truth about its words, from one seed.

    Attributes:
        words: the vocabulary: those of the lexicon first, then made-up ones.
        meanings: of the words, float32 [words, width], each of length 1.
        word_vectors: what each word adds to the dense vector of a text, [words, width].
        text_offset, image_offset: what all texts and all images have in common, [width].
    """

    def __init__(self, settings: PlantedSettings, random: np.random.Generator) -> None:
        self.settings = settings
        width = settings.width
        kinds = {kind: _unit(random.normal(size=width)) for kind in KINDS}
        self._concepts: dict[Concept, Floats] = {
            concept: _unit(_KIND_SHARE * kinds[concept.kind] + _unit(random.normal(size=width)))
            for concept in concepts()
        }
        spoken = [word for concept in self._concepts for word in concept.words]
        made_up = _made_up_words(settings.vocabulary - len(spoken) - len(FUNCTION_WORDS), spoken)
        self.words = (*spoken, *FUNCTION_WORDS, *made_up)
        said = [
            _unit(meaning + _SHADE * _unit(random.normal(size=width)))
            for concept, meaning in self._concepts.items()
            for _ in concept.words
        ]
        others = random.normal(size=(len(self.words) - len(spoken), width))
        others /= np.linalg.norm(others, axis=1, keepdims=True)
        self.meanings: Floats = np.concatenate([np.array(said), others]).astype(np.float32)
        self._rotation, _ = np.linalg.qr(random.normal(size=(width, width)))
        length = np.ones((len(self.words), 1))
        length[len(spoken) : len(spoken) + len(FUNCTION_WORDS)] = _FUNCTION_WORD_LENGTH
        self.word_vectors: Floats = (length * (self.meanings @ self._rotation)).astype(np.float32)
        self.text_offset: Floats = self._offset(random)
        self.image_offset: Floats = self._offset(random)

    def image_vectors(self, scenes: list[Scene], random: np.random.Generator) -> Floats:
        """Of images of these scenes, float32 [scenes, width], each of length 1."""
        meant = np.array([self._meant(scene, random) for scene in scenes])
        noise = random.normal(size=meant.shape) / np.sqrt(meant.shape[1])
        seen = (meant + self.settings.noise * noise) @ self._rotation
        return _units(seen + self.image_offset)

    def text_vectors(self, texts: list[str]) -> Floats:
        """Of texts, float32 [texts, width], each of length 1: the sum over their words, placed."""
        numbers = {word: number for number, word in enumerate(self.words)}
        said = np.array(
            [
                _unit(self.word_vectors[[numbers[word] for word in text.split()]].sum(0))
                for text in texts
            ]
        )
        return _units(said + self.text_offset)

    def _meant(self, scene: Scene, random: np.random.Generator) -> Floats:
        held = np.array([self._concepts[concept] for concept in scene.held.values()])
        return _unit(random.uniform(_LEAST_SEEN, 1, len(held)) @ held)

    def _offset(self, random: np.random.Generator) -> Floats:
        return (self.settings.gap * _unit(random.normal(size=self.settings.width))).astype(
            np.float32
        )


def _made_up_words(count: int, taken: list[str]) -> list[str]:
    """``count`` different words of four syllables: bababado, bababafi, ..."""
    used: set[str] = set(taken)
    made: list[str] = []
    number = 0
    while len(made) < count:
        rest, word = number, ""
        for _ in range(4):
            rest, syllable = divmod(rest, len(_SYLLABLES))
            word = _SYLLABLES[syllable] + word
        number += 1
        if word not in used:
            made.append(word)
    return made


def _unit(vector: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _units(vectors: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
