"""Pictures -> words, through ``image.onnx``."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from lsr_opensearch.cores import usable_cores
from lsr_opensearch.encoders.networks.files import IMAGE_NETWORK
from lsr_opensearch.encoders.networks.heaviest import heaviest
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.encoders.networks.session import open_network
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource

# Pictures at once: a network of 384 x 384 pixels takes some 100 MB for each of them.
ROWS = 8


class ImageNetwork:
    """``image.onnx`` with its ``picture.json``; safe to share between threads.

    A picture is one core's work from the file to its words: as many threads as cores keep all of
    them busy, and no decoding waits for a network. See benchmarks/encoding.py.

    Args:
        directory: the model directory.
        words: the vocabulary, by number.

    Raises:
        ModelError: a file is missing or damaged.
    """

    def __init__(self, directory: Path, words: Sequence[str]) -> None:
        self._words = words
        self._input = PictureInput.read(directory)
        self._session = open_network(directory, IMAGE_NETWORK, threads=1)

    def encode(self, images: Sequence[ImageSource], kept: int) -> list[TermWeights]:
        """Term weights of each picture, its ``kept`` heaviest words.

        Raises:
            ImageError: one of them cannot be decoded.
        """
        batches = [images[start : start + ROWS] for start in range(0, len(images), ROWS)]

        def encoded(batch: Sequence[ImageSource]) -> list[TermWeights]:
            pixels = self._input.batch([self._input.pixels(image) for image in batch])
            (weights,) = self._session.run(None, {"pixel_values": pixels})
            return heaviest(weights, self._words, kept)

        # One batch is what indexing gives to each of its own threads.
        if len(batches) == 1:
            return encoded(batches[0])
        with ThreadPoolExecutor(usable_cores(), thread_name_prefix="encode") as pool:
            return list(chain.from_iterable(pool.map(encoded, batches)))
