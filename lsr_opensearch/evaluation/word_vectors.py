"""Static word vectors: what words mean by themselves, for Semantic@k."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lsr_opensearch.datasets.parquet import read_vectors
from lsr_opensearch.errors import DatasetError, MissingExtraError, ModelError

Floats = npt.NDArray[np.float32]

_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
# What the input embeddings of the families are called, whatever stands before it.
_EMBEDDINGS = ("word_embeddings.weight", "embed_tokens.weight", "tok_embeddings.weight")


@dataclass(frozen=True)
class WordVectors:
    """Vectors of length 1, by word.

    Attributes:
        name: where they are from.
    """

    name: str
    vectors: Mapping[str, Floats]


def read_word_vectors(path: Path) -> WordVectors:
    """From a Parquet file (``id`` is the word, ``emb``), or the folder of a language model.

    Of a model, such as all-MiniLM-L6-v2, the input embeddings of its tokens
    (``model.safetensors`` with ``tokenizer.json``); a word of several tokens means their mean.

    Raises:
        DatasetError: there is neither, or the file cannot be used.
        ModelError: the folder cannot be.
        MissingExtraError: the packages that read it are not installed.
    """
    if not path.exists():
        raise DatasetError(
            f"There are no word vectors {path}.",
            "Name a Parquet file with the columns id and emb, or the folder of a language model "
            f"with {_WEIGHTS} and {_TOKENIZER}.",
        )
    if path.is_dir():
        return _of_model(path)
    words, vectors = read_vectors(path)
    return WordVectors(str(path), dict(zip(words, _unit(vectors), strict=True)))


class _TokenVectors(Mapping[str, Floats]):
    """The vectors of tokens, and of words that are made of several."""

    def __init__(self, tokenizer: Any, vectors: Floats) -> None:
        self._tokenizer = tokenizer
        self._vectors = vectors
        self._numbers: dict[str, int] = tokenizer.get_vocab()
        special = tokenizer.get_added_tokens_decoder().items()
        self._special = {number for number, token in special if token.special}
        self._made: dict[str, Floats | None] = {}

    def __getitem__(self, word: str) -> Floats:
        if word not in self._made:
            self._made[word] = self._mean(self._pieces(word))
        vector = self._made[word]
        if vector is None:
            raise KeyError(word)
        return vector

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def _pieces(self, word: str) -> list[int]:
        """The word's own token, which may be a piece of longer words, else what it is made of."""
        if word in self._numbers:
            return [self._numbers[word]]
        ids: list[int] = self._tokenizer.encode(word, add_special_tokens=False).ids
        return ids

    def _mean(self, numbers: list[int]) -> Floats | None:
        known = [number for number in numbers if number not in self._special]
        # An unknown character is a special token, and the word then unknown.
        if not known or len(known) < len(numbers):
            return None
        mean: Floats = _unit(self._vectors[known].mean(0, keepdims=True))[0]
        return mean


def _of_model(folder: Path) -> WordVectors:
    try:
        from safetensors import SafetensorError, safe_open
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError("Reading the word vectors of a model", "models") from None
    try:
        with safe_open(folder / _WEIGHTS, framework="numpy") as held:
            every: list[str] = list(held.keys())
            names = [name for name in every if name.endswith(_EMBEDDINGS)]
            if len(names) != 1:
                raise ModelError(
                    f"{folder / _WEIGHTS} has {len(names)} tensors that could be word vectors"
                    f"{': ' if names else ''}{', '.join(names)}.",
                    f"One is needed, whose name ends with {' or '.join(_EMBEDDINGS)}.",
                )
            vectors = held.get_tensor(names[0]).astype(np.float32)
    except (OSError, SafetensorError, TypeError) as error:
        raise ModelError(
            f"The word vectors in {folder} cannot be read ({error}).",
            f"Name a folder with {_WEIGHTS} and {_TOKENIZER}, such as that of all-MiniLM-L6-v2.",
        ) from error
    try:
        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
    # tokenizers raises plain Exception for everything.
    except Exception as error:
        raise ModelError(
            f"The tokenizer in {folder} cannot be read ({error}).", "Fetch the folder again."
        ) from error
    if tokenizer.get_vocab_size() > len(vectors):
        raise ModelError(
            f"{folder}: the tokenizer has {tokenizer.get_vocab_size():,} tokens, and {names[0]} "
            f"vectors for {len(vectors):,}.",
            "They must be of one model: fetch the folder again.",
        )
    return WordVectors(f"{folder}: {names[0]}", _TokenVectors(tokenizer, vectors))


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, 1e-12)
    return unit
