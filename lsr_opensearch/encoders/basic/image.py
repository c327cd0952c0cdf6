"""Pictures -> term weights: one small network and table look-ups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lsr_opensearch.encoders.basic.classes import ClassWords
from lsr_opensearch.encoders.basic.colours import COLOURS, colour_shares
from lsr_opensearch.encoders.basic.length import even_out
from lsr_opensearch.encoders.basic.picture import Picture
from lsr_opensearch.encoders.runtime import onnxruntime
from lsr_opensearch.terms import TermWeights, prune

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource

NETWORK_FILE = "image.onnx"
# For the whole picture and its four corners: the strongest words of the sparse head, the ImageNet
# posterior, and how sure it is that there is anything to see.
NETWORK_OUTPUTS = ("word_weights", "word_numbers", "posterior", "confidence")
REGION_WORDS = 64

# Strongest words of the class tables that count in one region.
_CLASS_WORDS = 96
# What a corner's words weigh against those of the whole picture.
_CORNER_SHARE = 0.7
# Words kept of one picture, colours aside.
_MOST_WORDS = 128
_COLOUR_WEIGHT = 0.9
_LEAST_COLOUR_SHARE = 0.08
# Words that weigh less say nothing: those of a picture of nothing.
_LEAST_WEIGHT = 0.03
_BATCH = 8
_ERRORS_ONLY = 3

Floats = npt.NDArray[np.float32]


class ImageEncoder:
    """The picture side of one model directory; safe to share between threads."""

    def __init__(self, directory: Path, words: Sequence[str], threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait would otherwise keep the cores busy that decoding needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = _ERRORS_ONLY
        self._network = onnxruntime.InferenceSession(
            str(directory / NETWORK_FILE), options, providers=["CPUExecutionProvider"]
        )
        self._class_words = ClassWords.load(directory)
        self._words = words

    def encode(self, images: Sequence[ImageSource]) -> list[TermWeights]:
        """Term weights of each picture.

        Raises:
            ImageError: one of them cannot be decoded.
        """
        encoded: list[TermWeights] = []
        for first in range(0, len(images), _BATCH):
            pictures = [Picture.load(image) for image in images[first : first + _BATCH]]
            inputs = np.stack([picture.network_input() for picture in pictures])
            outputs = self._network.run(list(NETWORK_OUTPUTS), {"pictures": inputs})
            for picture, *regions in zip(pictures, *outputs, strict=True):
                encoded.append(self._terms(self._word_weights(*regions), colour_shares(picture)))
        return encoded

    def _word_weights(
        self,
        weights: Floats,
        numbers: npt.NDArray[np.int64],
        posterior: Floats,
        confidence: Floats,
    ) -> Floats:
        """The network's outputs for one picture -> the weight of every word, [words].

        In each region the strongest words of the sparse head and of the class tables add up,
        times how sure the network is of the region; the picture has the strongest region's.
        """
        regions = np.zeros((len(weights), len(self._words)), np.float32)
        np.put_along_axis(regions, numbers, weights, axis=1)
        class_weights = self._class_words.weights(posterior)
        # Most are 0: sorting copes with that, partitioning is twenty times slower.
        least = np.sort(class_weights, axis=1)[:, -_CLASS_WORDS, np.newaxis]
        class_weights[class_weights < least] = 0
        regions[:, self._class_words.word_numbers] += class_weights
        shares = np.full(len(regions), _CORNER_SHARE, np.float32)
        shares[0] = 1
        regions *= (shares * confidence)[:, np.newaxis]
        strongest: Floats = regions.max(axis=0)
        return strongest

    def _terms(self, weights: Floats, colours: npt.NDArray[np.float64]) -> TermWeights:
        """The strongest words and the colours, their length evened out."""
        found = np.flatnonzero(weights)
        if len(found) > _MOST_WORDS:
            found = found[np.argpartition(weights[found], -_MOST_WORDS)[-_MOST_WORDS:]]
        terms = {self._words[number]: float(weights[number]) for number in found.tolist()}
        for colour, share in zip(COLOURS, colours, strict=True):
            if share > _LEAST_COLOUR_SHARE:
                terms[colour] = terms.get(colour, 0.0) + _COLOUR_WEIGHT * math.sqrt(share)
        return prune(even_out(terms), threshold=_LEAST_WEIGHT)
