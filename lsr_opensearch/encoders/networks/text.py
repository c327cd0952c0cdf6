"""Texts -> words, through ``text.onnx``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lsr_opensearch.encoders.networks.files import TEXT_NETWORK, TOKENIZER
from lsr_opensearch.encoders.networks.heaviest import heaviest
from lsr_opensearch.encoders.networks.session import open_network
from lsr_opensearch.errors import MissingExtraError, ModelError
from lsr_opensearch.terms import TermWeights

# Tokens at once, padding counted: some 64 captions, or two of the longest texts.
_TOKENS = 1024
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
        self._tokenizer.no_padding()

    def tokens(self, texts: Sequence[str]) -> list[list[str]]:
        """The different tokens of each text, special ones left out."""
        special = set(self._special)
        return [
            list(
                dict.fromkeys(
                    token
                    for number, token in zip(one.ids, one.tokens, strict=True)
                    if number not in special
                )
            )
            for one in self._tokenizer.encode_batch(list(texts))
        ]

    def encode(self, texts: Sequence[str], kept: int) -> list[TermWeights]:
        """Term weights of each text, its ``kept`` heaviest words; none for an empty text."""
        tokens = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        found: list[TermWeights] = [{}] * len(texts)
        for places in alike([len(ids) for ids in tokens]):
            encoded = self._encoded([tokens[place] for place in places], kept)
            for place, terms in zip(places, encoded, strict=True):
                found[place] = terms
        return found

    def _encoded(self, tokens: Sequence[Sequence[int]], kept: int) -> list[TermWeights]:
        """Those of one batch, padded to the longest."""
        longest = max(map(len, tokens))
        ids = np.array([[*row, *[0] * (longest - len(row))] for row in tokens], np.int64)
        mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in tokens], np.int64)
        (weights,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        # A text of nothing but special tokens, unknown ones among them, says nothing.
        weights[~((mask > 0) & ~np.isin(ids, self._special)).any(1)] = 0
        return heaviest(weights, self._words, kept)


def alike(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Batches of texts of nearly one length, as their places; empty texts are left out.

    A batch is padded to its longest text: one long text among short ones would cost as much as if
    all of them were long.

    Args:
        lengths: tokens of each text.
    """
    batch: list[int] = []
    # The longest first: each batch is as long as its first text.
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if not lengths[place]:
            break
        if batch and (len(batch) + 1) * lengths[batch[0]] > _TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
