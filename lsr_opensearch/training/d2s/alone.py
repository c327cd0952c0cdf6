"""Each word of a vocabulary as a text of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lsr_opensearch.dense import TextTower
from lsr_opensearch.dense.running import Tokens

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
            found.append(self.tower(*self._tokens(texts)))
        return torch.cat(found)

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self.tower)
