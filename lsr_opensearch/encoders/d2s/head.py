"""The projection head in numpy, for vectors that are there already; see `training.d2s.head`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lsr_opensearch.encoders.d2s.files import HEAD
from lsr_opensearch.encoders.d2s.tensors import Tensors, read_tensors
from lsr_opensearch.encoders.networks.files import SPECIAL, VOCABULARY, read_lines
from lsr_opensearch.encoders.networks.heaviest import heaviest
from lsr_opensearch.errors import EncodingError, ModelError
from lsr_opensearch.terms import TermWeights

Vectors = npt.NDArray[np.float32]

_EPSILON = 1e-12
_ROWS = 256


@dataclass(frozen=True)
class Head:
    """s(x) = log(1 + relu(vocab_projector(vocab_layer_norm(proj(x)))))  (arXiv 2402.17535).

    Attributes:
        tensors: by the names of the published checkpoints.
        special: numbers of the tokens that are no words.
    """

    tensors: Tensors
    special: npt.NDArray[np.intp]

    @classmethod
    def load(cls, directory: Path) -> Head:
        """From the files of a model directory.

        Raises:
            MissingExtraError: safetensors is not installed.
            ModelError: a file is missing or damaged, or the files are not of one model.
        """
        try:
            words, special = read_lines(directory / VOCABULARY), read_lines(directory / SPECIAL)
            numbers = [words.index(token) for token in special]
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The model directory {directory} is incomplete or damaged ({error}).",
                "Restore the directory, or train the model again.",
            ) from error
        tensors = read_tensors(directory / HEAD, len(words))
        return cls(tensors, np.array(numbers, np.intp))

    @property
    def width(self) -> int:
        """Numbers in a dense vector."""
        return int(self.tensors["proj.weight"].shape[1])

    def encode(self, vectors: Vectors, words: Sequence[str], kept: int) -> list[TermWeights]:
        """Term weights of each vector, its ``kept`` heaviest words.

        Args:
            vectors: float32 [count, width].

        Raises:
            ModelError: they are of another width.
            EncodingError: one of them is not finite.
        """
        self._check(vectors)
        return [
            terms
            for start in range(0, len(vectors), _ROWS)
            for terms in heaviest(self._weights(vectors[start : start + _ROWS]), words, kept)
        ]

    def _check(self, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self.width:
            raise ModelError(
                f"The model takes vectors of {self.width} numbers, and these have "
                f"{vectors.shape[-1]}.",
                "Use vectors of the dense model that it was trained for.",
            )
        odd = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(odd):
            others = f"; so do {len(odd) - 1:,} others" * (len(odd) > 1)
            raise EncodingError(
                f"The vector in row {odd[0]} holds NaN or infinity{others}.",
                "Encode those again: mixed precision overflows now and then, full precision does "
                "not.",
            )

    def _weights(self, vectors: Vectors) -> Vectors:
        """Dense vectors [count, width] -> weights of all words, [count, vocabulary]."""
        held = self.tensors
        hidden = vectors @ held["proj.weight"].T + held["proj.bias"]
        hidden -= hidden.mean(-1, keepdims=True)
        hidden /= np.sqrt(np.square(hidden).mean(-1, keepdims=True) + _EPSILON)
        hidden = hidden * held["vocab_layer_norm.weight"] + held["vocab_layer_norm.bias"]
        weights = hidden @ held["vocab_projector.weight"].T + held["vocab_projector.bias"]
        np.maximum(weights, 0, out=weights)
        weights[:, self.special] = 0
        return np.log1p(weights, out=weights)
