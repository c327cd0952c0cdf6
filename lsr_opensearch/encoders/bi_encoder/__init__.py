"""The family of two networks, one for pictures and one for texts: LexLIP, STAIR, VDR.

A model directory of this family holds the files of `encoders.networks`, and nothing else but its
``model.json`` and card; `training.rivals` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.encoders.networks.both import Networks
from lsr_opensearch.models import ModelDescription
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource

__all__ = ["BiEncoder"]


class BiEncoder(Encoder):
    """A model of two networks; safe to use from several threads.

    Args:
        directory: the model directory.
        description: its ``model.json``; ``sides`` says which networks there are.
    """

    def __init__(self, directory: Path, description: ModelDescription) -> None:
        super().__init__(description)
        self._networks = Networks(directory)

    def encode_images(self, images: Sequence[ImageSource]) -> list[TermWeights]:
        """Term weights of each image.

        Raises:
            ImageError: one of them cannot be decoded.
            ModelError: the model has no image side, or a file of it is missing or damaged.
        """
        self._check("image")
        return self._networks.image.encode(images, self._kept("image_terms"))

    def encode_captions(self, captions: Sequence[str]) -> list[TermWeights]:
        """Term weights of each caption; none for an empty one.

        Raises:
            MissingExtraError: the packages for it are not installed.
            ModelError: the model has no text side, or a file of it is missing or damaged.
        """
        self._check("caption")
        return self._networks.text.encode(captions, self._kept("caption_terms"))

    def encode_queries(self, queries: Sequence[str]) -> list[TermWeights]:
        """Term weights of each query, by the same network as captions; none for an empty one."""
        self._check("query")
        return self._networks.text.encode(queries, self._kept("query_terms"))

    def literal_terms(self, texts: Sequence[str]) -> list[list[tuple[str, ...]]]:
        """The tokens of each text that are words, each once."""
        self._check("query")
        left_out = self._networks.not_words
        found = [
            tuple(token for token in tokens if token not in left_out)
            for tokens in self._networks.text.tokens(texts)
        ]
        return [[tokens] if tokens else [] for tokens in found]

    def _check(self, side: str) -> None:
        if side not in self.description.sides:
            raise self._lacks(side)

    def _kept(self, name: str) -> int:
        return self.description.pruning.get(name, len(self._networks.words))
