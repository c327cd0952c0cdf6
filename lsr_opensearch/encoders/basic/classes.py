"""The network's ImageNet posterior -> words, through the WordNet ancestors of the classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

TABLES_FILE = "tables.npz"

# Synsets less probable than this say nothing.
_LEAST_PROBABILITY = 0.01
# Probabilities count as log1p(k P) / log1p(k): an unsure class still counts.
_SATURATION = 30.0
# A synset's weight is this plus the rest times its information content.
_GENERAL_SHARE = 0.35

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ClassWords:
    """Which words each class and its ancestors stand for.

    Attributes:
        information: information content of each synset over 0 to 1, [synsets].
        classes: the classes below each synset, one synset after the other.
        class_starts: where in ``classes`` each synset begins, [synsets].
        word_numbers: the words that any synset stands for, [words].
        entry_synsets, entry_weights: the synsets of each word and how well the word fits them,
            one word after the other.
        entry_starts: where in the entries each word begins, [words].
    """

    information: Floats
    classes: npt.NDArray[np.int16]
    class_starts: npt.NDArray[np.int32]
    word_numbers: npt.NDArray[np.int32]
    entry_synsets: npt.NDArray[np.int16]
    entry_weights: Floats
    entry_starts: npt.NDArray[np.int32]

    @classmethod
    def load(cls, directory: Path) -> ClassWords:
        with np.load(directory / TABLES_FILE, allow_pickle=False) as tables:
            return cls(**{name: tables[name] for name in cls.__dataclass_fields__})

    def weights(self, posterior: Floats) -> Floats:
        """Posteriors [regions, classes] -> the weights of ``word_numbers``, [regions, words]."""
        probability = np.add.reduceat(posterior[:, self.classes], self.class_starts, axis=1)
        strength = np.log1p(_SATURATION * probability) / np.log1p(_SATURATION)
        strength *= _GENERAL_SHARE + (1 - _GENERAL_SHARE) * self.information
        strength[probability <= _LEAST_PROBABILITY] = 0
        entries = strength[:, self.entry_synsets] * self.entry_weights
        weights: Floats = np.maximum.reduceat(entries, self.entry_starts, axis=1)
        return weights
