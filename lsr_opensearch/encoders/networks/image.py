"""Pictures -> words, through ``image.onnx``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsr_opensearch.encoders.networks.files import IMAGE_NETWORK
from lsr_opensearch.encoders.networks.heaviest import heaviest
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.encoders.networks.session import open_network
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource

# Pictures at once: a network of 384 x 384 pixels takes some 100 MB for each of them.
_ROWS = 8


class ImageNetwork:
    """``image.onnx`` with its ``picture.json``.

    Args:
        directory: the model directory.
        words: the vocabulary, by number.

    Raises:
        ModelError: a file is missing or damaged.
    """

    def __init__(self, directory: Path, words: Sequence[str]) -> None:
        self._words = words
        self._input = PictureInput.read(directory)
        self._session = open_network(directory, IMAGE_NETWORK)

    def encode(self, images: Sequence[ImageSource], kept: int) -> list[TermWeights]:
        """Term weights of each picture, its ``kept`` heaviest words.

        Raises:
            ImageError: one of them cannot be decoded.
        """
        found: list[TermWeights] = []
        for start in range(0, len(images), _ROWS):
            some = [self._input.pixels(image) for image in images[start : start + _ROWS]]
            (weights,) = self._session.run(None, {"pixel_values": self._input.batch(some)})
            found += heaviest(weights, self._words, kept)
        return found
