"""Any SparseEncoder of sentence-transformers: SPLADE, inference-free SPLADE, V-SPLADE.

The model directory is what ``SparseEncoder.save_pretrained`` writes; `models.sparse_encoder` says
what is read from it without loading it. The terms are the tokens of its tokenizer, as they are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.errors import EncodingError
from lsr_opensearch.models import ModelDescription
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.encoders.sparse_encoder.tokens import Tokens
    from lsr_opensearch.images import ImageSource

__all__ = ["SparseEncoderModel"]

# Inputs at once: their vectors are dense for a moment, 50,000 numbers each.
_ROWS = 32


class SparseEncoderModel(Encoder):
    """A SparseEncoder; safe to use from several threads, which take turns.

    Args:
        directory: where it was saved.
        description: see `models.sparse_encoder.describe`.
        asked_for: what the user calls the model (`loading.TRUST_VARIABLE`).
    """

    def __init__(self, directory: Path, description: ModelDescription, asked_for: str) -> None:
        super().__init__(description)
        self._directory = directory
        self._asked_for = asked_for
        # The tokenizer keeps state, and torch uses all cores for one call.
        self._turn = threading.RLock()

    def encode_images(self, images: Sequence[ImageSource]) -> list[TermWeights]:
        """Term weights of each image, as a document.

        Raises:
            ImageError: one of them cannot be decoded.
            MissingExtraError: the packages for it are not installed.
            ModelError: the model reads no pictures, or cannot be loaded.
            EncodingError: the memory of the GPU is too small for one of them.
        """
        if "image" not in self.description.sides:
            raise self._lacks("image")
        from lsr_opensearch.images import on_white, open_image

        pictures = [on_white(open_image(image)) for image in images]
        with self._turn:
            if not self._model.supports("image"):
                raise self._lacks("image")
        return self._encode("encode_document", pictures, "image_terms")

    def encode_captions(self, captions: Sequence[str]) -> list[TermWeights]:
        """Term weights of each caption, as a document; none for an empty one.

        Raises:
            MissingExtraError: the packages for it are not installed.
            ModelError: the model cannot be loaded.
            EncodingError: the memory of the GPU is too small for one of them.
        """
        return self._encode_texts("encode_document", captions, "caption_terms")

    def encode_queries(self, queries: Sequence[str]) -> list[TermWeights]:
        """Term weights of each query; none for an empty one.

        Raises:
            MissingExtraError: the packages for it are not installed.
            ModelError: the model cannot be loaded.
            EncodingError: the memory of the GPU is too small for one of them.
        """
        return self._encode_texts("encode_query", queries, "query_terms")

    def literal_terms(self, texts: Sequence[str]) -> list[list[tuple[str, ...]]]:
        """The tokens of each text, at the beginning of a sentence and within one."""
        with self._turn:
            return [self._tokens.literal(text) for text in texts]

    def _encode_texts(self, way: str, texts: Sequence[str], pruned: str) -> list[TermWeights]:
        with self._turn:
            says = [bool(self._tokens.literal(text)) for text in texts]
            given = [_as_text(text) for text, is_said in zip(texts, says, strict=True) if is_said]
            found = iter(self._encode(way, given, pruned))
        return [next(found) if is_said else {} for is_said in says]

    def _encode(self, way: str, things: Sequence[Any], pruned: str) -> list[TermWeights]:
        from lsr_opensearch.encoders.networks.heaviest import heaviest

        found: list[TermWeights] = []
        with self._turn:
            for start in range(0, len(things), _ROWS):
                for encoded in self._encoded(way, list(things[start : start + _ROWS])):
                    weights = self._tokens.of_words(encoded.float().numpy())
                    found += heaviest(weights, self._tokens.names, self.description.pruning[pruned])
        return found

    def _encoded(self, way: str, things: list[Any]) -> list[Any]:
        """Weights [things, tokens], in parts where a GPU has too little memory for all at once.

        Raises:
            EncodingError: it has too little for one.
        """
        from lsr_opensearch.device import gpu_memory
        from lsr_opensearch.encoders.sparse_encoder.loading import ON_THE_PROCESSOR

        try:
            with gpu_memory("a single input of the model", ON_THE_PROCESSOR, EncodingError):
                return [
                    getattr(self._model, way)(
                        things,
                        batch_size=_ROWS,
                        show_progress_bar=False,
                        convert_to_sparse_tensor=False,
                        save_to_cpu=True,
                    )
                ]
        except EncodingError:
            if len(things) == 1:
                raise
        # Not while the error is at hand, whose frames hold what filled the memory.
        half = len(things) // 2
        return self._encoded(way, things[:half]) + self._encoded(way, things[half:])

    @cached_property
    def _model(self) -> Any:
        from lsr_opensearch.encoders.sparse_encoder.loading import load

        return load(self._directory, self._asked_for)

    @cached_property
    def _tokens(self) -> Tokens:
        from lsr_opensearch.encoders.sparse_encoder.tokens import Tokens

        return Tokens(self._model.tokenizer)


def _as_text(text: str) -> str:
    """A text that stays one: sentence-transformers would open a picture that it names."""
    is_address = text.lower().startswith(("http://", "https://"))
    return f"{text} " if is_address or os.path.isfile(text) else text
