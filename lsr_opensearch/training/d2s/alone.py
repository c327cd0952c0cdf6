"""Each word of a vocabulary as a text of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from tokenizers import Tokenizer
from torch import Tensor

from lsr_opensearch.dense import TextTower

_ROWS = 512
_CONTINUED = "##"


@dataclass(frozen=True)
class WordsAlone:
    """What a dense model makes of single words.

    Attributes:
        tower: turns texts into vectors; it may have other tokens than the vocabulary.
        words: the vocabulary, by number.
    """

    tower: TextTower
    words: Sequence[str]

    @torch.no_grad()
    def vectors(self, numbers: Tensor) -> Tensor:
        """Vectors of words by their numbers, [words, width]."""
        found = [torch.empty(0, self.tower.width)]
        for some in numbers.split(_ROWS):
            texts = [self.words[number].removeprefix(_CONTINUED) for number in some.tolist()]
            encoded = self._tokenizer.encode_batch(texts)
            ids = torch.tensor([one.ids for one in encoded], dtype=torch.long)
            mask = torch.tensor([one.attention_mask for one in encoded], dtype=torch.long)
            found.append(self.tower(ids, mask))
        return torch.cat(found)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self.tower.tokenizer_file))
        tokenizer.enable_truncation(self.tower.most_tokens)
        tokenizer.enable_padding()
        return tokenizer
