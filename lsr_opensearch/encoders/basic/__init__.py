"""The family of the bundled model `basic`: small, offline, torch-free.

Pictures go through one small network and tables (numpy, Pillow and onnxruntime, all loaded on
first use); captions and queries need the word tables only.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.encoders.basic.text import TextEncoder
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import ModelDescription
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.encoders.basic.image import ImageEncoder
    from lsr_opensearch.images import ImageSource

__all__ = ["BasicEncoder"]


class BasicEncoder(Encoder):
    """The bundled model; any directory with the same files.

    Args:
        directory: the model directory.
        description: its ``model.json``.
        threads: cores that one call of `encode_images` may use. One is best where several
            threads call it, as indexing does.
    """

    def __init__(self, directory: Path, description: ModelDescription, *, threads: int = 1) -> None:
        super().__init__(description)
        self._directory = directory
        self._threads = threads
        self._loading = threading.Lock()
        self._image_encoder: ImageEncoder | None = None

    def encode_images(self, images: Sequence[ImageSource]) -> list[TermWeights]:
        """Term weights of each image: up to 128 words, and its colours."""
        return self._images().encode(images)

    def encode_captions(self, captions: Sequence[str]) -> list[TermWeights]:
        """Term weights of each caption: its words and their base forms."""
        return [self._text.caption(caption) for caption in captions]

    def encode_queries(self, queries: Sequence[str]) -> list[TermWeights]:
        """Term weights of each query: its words, their base forms, and related words."""
        return [self._text.query(query) for query in queries]

    def literal_terms(self, texts: Sequence[str]) -> list[list[tuple[str, ...]]]:
        """The words of each text as they are, without accents, and in their base forms."""
        return [self._text.literal(text) for text in texts]

    @cached_property
    def _text(self) -> TextEncoder:
        try:
            return TextEncoder(self._directory)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from error

    def _images(self) -> ImageEncoder:
        from lsr_opensearch.encoders.basic.image import ImageEncoder

        words = self._text.vocabulary.words
        with self._loading:
            if self._image_encoder is None:
                try:
                    self._image_encoder = ImageEncoder(self._directory, words, self._threads)
                # onnxruntime has a class of its own for each way in which a file can be bad, and
                # none in common.
                except Exception as error:
                    raise self._damaged(error) from error
            return self._image_encoder

    def _damaged(self, error: Exception) -> ModelError:
        return ModelError(
            f"The model directory {self._directory} is incomplete or damaged ({error}).",
            "Install lsr-opensearch again, or restore the directory.",
        )
