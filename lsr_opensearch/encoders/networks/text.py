"""Texts -> words, through ``text.onnx``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lsr_opensearch.encoders.networks.files import TEXT_NETWORK, TOKENIZER
from lsr_opensearch.encoders.networks.heaviest import heaviest
from lsr_opensearch.encoders.networks.session import open_network
from lsr_opensearch.errors import MissingExtraError, ModelError
from lsr_opensearch.terms import TermWeights

_ROWS = 64
# Longer texts are cut, unless the tokenizer says where: no network reads more.
_MOST_TOKENS = 512


class TextNetwork:
    """``text.onnx`` with its tokenizer.

    Args:
        directory: the model directory.
        words: the vocabulary, by number.

    Raises:
        MissingExtraError: tokenizers is not installed.
        ModelError: a file is missing or damaged.
    """

    def __init__(self, directory: Path, words: Sequence[str]) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise MissingExtraError("Encoding texts with a network", "models") from None

        self._words = words
        try:
            self._tokenizer = Tokenizer.from_file(str(directory / TOKENIZER))
        # tokenizers raises plain Exception for everything.
        except Exception as error:
            raise ModelError(
                f"The model directory {directory} is incomplete or damaged ({error}).",
                "Restore the directory, or write the model again.",
            ) from error
        # Its tokens are the dense model's, which need not be the words.
        added = self._tokenizer.get_added_tokens_decoder()
        self._special = [number for number, token in added.items() if token.special]
        self._session = open_network(directory, TEXT_NETWORK)
        if self._tokenizer.truncation is None:
            self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str], kept: int) -> list[TermWeights]:
        """Term weights of each text, its ``kept`` heaviest words; none for an empty text."""
        found: list[TermWeights] = []
        for start in range(0, len(texts), _ROWS):
            tokens = self._tokenizer.encode_batch(list(texts[start : start + _ROWS]))
            ids = np.array([one.ids for one in tokens], np.int64).reshape(len(tokens), -1)
            mask = np.array([one.attention_mask for one in tokens], np.int64).reshape(ids.shape)
            if not ids.shape[1]:
                found += [{}] * len(tokens)
                continue
            given = {"input_ids": ids, "attention_mask": mask}
            (weights,) = self._session.run(None, given)
            # A text of nothing but special tokens, unknown ones among them, says nothing.
            weights[~((mask > 0) & ~np.isin(ids, self._special)).any(1)] = 0
            found += heaviest(weights, self._words, kept)
        return found
