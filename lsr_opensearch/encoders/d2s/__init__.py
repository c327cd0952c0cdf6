"""The family of D2S heads: the vector of a frozen dense model -> words.

What a model directory of this family holds (`training.d2s.export` writes it):

- ``head.safetensors``: the head; vectors of the dense model go through it (numpy).
- the files of `encoders.networks`, each network the dense model's side and the head in one; the
  image network only where the dense model has an image side.
- ``query_terms.npz``: word -> words, for queries without any network.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.encoders.d2s.table import QueryTable
from lsr_opensearch.encoders.networks.both import Networks
from lsr_opensearch.encoders.networks.files import IMAGE_NETWORK, TEXT_NETWORK
from lsr_opensearch.errors import ModelError, UsageError
from lsr_opensearch.models import ModelDescription
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.encoders.d2s.head import Head, Vectors
    from lsr_opensearch.images import ImageSource

__all__ = ["QUERIES_VARIABLE", "D2SEncoder"]

# How queries are encoded: "network" (what the head was trained for) or "table".
QUERIES_VARIABLE = "LSR_OS_QUERIES"
_WAYS = ("network", "table")


class D2SEncoder(Encoder):
    """A D2S model; safe to use from several threads.

    Args:
        directory: the model directory.
        description: its ``model.json``.
        queries: ``network`` or ``table``; by default what the environment variable
            ``LSR_OS_QUERIES`` says, then the network where the model has one.
    """

    def __init__(
        self, directory: Path, description: ModelDescription, *, queries: str | None = None
    ) -> None:
        super().__init__(description)
        self._directory = directory
        self._networks = Networks(directory)
        self._queries = queries or os.environ.get(QUERIES_VARIABLE) or _WAYS[not self.has_network]
        if self._queries not in _WAYS:
            raise UsageError(
                f"{QUERIES_VARIABLE} is {self._queries!r}.", "It may be 'network' or 'table'."
            )

    @property
    def has_network(self) -> bool:
        """Whether texts can be encoded by the network that the head was trained for."""
        return (self._directory / TEXT_NETWORK).exists()

    def with_queries(self, queries: str) -> D2SEncoder:
        """The same model with the other way, ``network`` or ``table``, for queries."""
        return D2SEncoder(self._directory, self.description, queries=queries)

    def encode_vectors(self, vectors: Vectors) -> list[TermWeights]:
        """Term weights of dense vectors of the model that the head was trained for.

        Args:
            vectors: float32 [count, width], of images or texts.

        Raises:
            ModelError: they are of another width; the head is missing or damaged.
            EncodingError: one of them holds NaN or infinity.
            MissingExtraError: the package that reads the head is not installed.
        """
        kept = max(self.description.pruning.values(), default=len(self._networks.words))
        return self._head.encode(vectors, self._networks.words, kept)

    def encode_images(self, images: Sequence[ImageSource]) -> list[TermWeights]:
        """Term weights of each image, through the network.

        Raises:
            ImageError: one of them cannot be decoded.
            ModelError: the model has no image network.
        """
        if not (self._directory / IMAGE_NETWORK).exists():
            raise self._lacks("image")
        return self._networks.image.encode(images, self._kept("image_terms"))

    def encode_captions(self, captions: Sequence[str]) -> list[TermWeights]:
        """Term weights of each caption, through the network.

        Raises:
            ModelError: the model has no text network.
            MissingExtraError: the packages for it are not installed.
        """
        # The network of a model for queries alone may be a smaller one than documents want.
        if not self.has_network or "caption" not in self.description.sides:
            raise self._lacks("caption")
        return self._networks.text.encode(captions, self._kept("caption_terms"))

    def encode_queries(self, queries: Sequence[str]) -> list[TermWeights]:
        """Term weights of each query, through the network or by the table.

        Raises:
            UsageError: it should be the network, and the model has none.
            MissingExtraError: the packages for the network are not installed.
        """
        if self._queries == "network":
            if not self.has_network:
                raise UsageError(
                    f"{QUERIES_VARIABLE} is 'network', and the model {self.description.name!r} "
                    "has no network for texts.",
                    f"Unset {QUERIES_VARIABLE}, or write the networks of its dense model: lsr-os "
                    "models export MODEL --precision fp32 --dense-model DIR --out NEW",
                )
            return self._networks.text.encode(queries, self._kept("query_terms"))
        return [self._table.encode(query, self._kept("query_terms")) for query in queries]

    def literal_terms(self, texts: Sequence[str]) -> list[list[tuple[str, ...]]]:
        """The tokens of each text."""
        found = [tuple(self._table.literal(text)) for text in texts]
        return [[tokens] if tokens else [] for tokens in found]

    def _kept(self, name: str) -> int:
        return self.description.pruning.get(name, len(self._networks.words))

    @cached_property
    def _table(self) -> QueryTable:
        try:
            return QueryTable.load(self._directory, self._networks.words)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"The model directory {self._directory} is incomplete or damaged ({error}).",
                "Restore the directory, or train the model again.",
            ) from error

    @cached_property
    def _head(self) -> Head:
        from lsr_opensearch.encoders.d2s.head import Head

        return Head.load(self._directory)
