"""The dense model of planted data sets: a text is the sum of its words."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import embedding, normalize

from lsr_opensearch.dense.tower import TextTower
from lsr_opensearch.errors import ModelError


class BagOfWords(TextTower):
    """The unit vector of the sum of the words' vectors, moved by what all texts have in common.

    Args:
        word_vectors: of each token, [tokens, width].
        text_offset: [width].
    """

    def __init__(self, tokenizer_file: Path, word_vectors: Tensor, text_offset: Tensor) -> None:
        super().__init__()
        self.tokenizer_file = tokenizer_file
        self.width = word_vectors.shape[1]
        self.register_buffer("word_vectors", word_vectors)
        self.register_buffer("text_offset", text_offset)

    @classmethod
    def load(cls, folder: Path) -> BagOfWords:
        """From ``model.safetensors`` and ``tokenizer.json``.

        Raises:
            ModelError: one of them is missing or damaged.
        """
        try:
            held = load_file(folder / "model.safetensors")
            return cls(folder / "tokenizer.json", held["word_vectors"], held["text_offset"])
        except (OSError, SafetensorError, KeyError) as error:
            raise ModelError(
                f"The dense model in {folder} is incomplete or damaged ({error}).",
                "Write the data set again.",
            ) from error

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        said = (embedding(input_ids, self.word_vectors) * attention_mask[..., None]).sum(1)
        return normalize(normalize(said) + self.text_offset)
