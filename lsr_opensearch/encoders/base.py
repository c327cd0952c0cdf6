"""What every encoder is: three methods, each a batch in and a list of term weights out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import ModelDescription
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource


class Encoder:
    """Turns images, captions and queries into term weights of one space.

    A family overrides the sides that its models have. All three methods are safe to call from
    several threads at once, and give the results in the order of the inputs.

    Attributes:
        description: the ``model.json`` that the encoder was made from.
    """

    def __init__(self, description: ModelDescription) -> None:
        self.description = description

    @property
    def space_id(self) -> str:
        """Names the vocabulary and the document-side weights; indexes store it."""
        return self.description.space_id

    def encode_images(self, images: Sequence[ImageSource]) -> list[TermWeights]:  # noqa: ARG002
        """Term weights of each image: a path, the bytes of a file, or a Pillow image.

        Raises:
            ImageError: one of them cannot be decoded. To keep the others, decode one by one with
                `lsr_opensearch.images.open_image` and pass what it returns.
            ModelError: the model has no image side.
        """
        raise self._lacks("image")

    def encode_captions(self, captions: Sequence[str]) -> list[TermWeights]:  # noqa: ARG002
        """Term weights of each caption, as a document holds them.

        Raises:
            ModelError: the model has no caption side.
        """
        raise self._lacks("caption")

    def encode_queries(self, queries: Sequence[str]) -> list[TermWeights]:  # noqa: ARG002
        """Term weights of each query; empty where a query has no word that could match.

        Raises:
            ModelError: the model has no query side.
        """
        raise self._lacks("query")

    def literal_terms(self, texts: Sequence[str]) -> list[list[tuple[str, ...]]]:
        """The terms that stand for the very words of each text, without any expansion.

        Each text in all the ways in which a document may say it ("hot dogs", "hot dog"), and each
        way as its terms: a document says the text where it has all terms of one way. Texts
        without a term have no way.

        A family whose captions are expanded, or have words in several forms, overrides this.
        """
        return [[tuple(terms)] if terms else [] for terms in self.encode_captions(texts)]

    def _lacks(self, side: str) -> ModelError:
        return ModelError(
            f"The model {self.description.name!r} cannot encode the {side} side.",
            "The bundled model `basic` has all three sides.",
        )
