"""Probabilistic expansion control: how far a caption may say more than its own words.

With E ~ Bernoulli(p), drawn anew for each caption and each word (arXiv 2402.17535):

- caption level: ``s' = E_c s + (1 - E_c) (s * bow)``: where E_c = 0, only the caption's own words
  are left;
- word level: ``s'_w = E_w s_w + (1 - E_w) (s_w * bow_w)``: a word with E_w = 0 is left only where
  the caption says it;
- both: a word that the caption does not say is left where both allow it.

p grows from 0 to 1 while training (`schedules.expansion_probability`). Validation never draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lsr_opensearch.training.d2s.names import Level


@dataclass(frozen=True)
class ExpansionControl:
    """What was drawn for one batch of captions; gives the mask of any range of the vocabulary.

    Attributes:
        literal: numbers of the words in each caption, -1 where there is none, int64 [batch, most].
        caption_expands: E_c of each caption, bool [batch].
        word_probability: p of the words; 1 where they are not controlled.
        seed: of the words' draws: the same range gets the same draws again.
    """

    literal: Tensor
    caption_expands: Tensor
    word_probability: float
    seed: int

    @classmethod
    def draw(cls, level: Level, literal: Tensor, probability: float, seed: int) -> ExpansionControl:
        """Draw E_c for each caption of a batch, and fix the draws of E_w.

        Args:
            probability: p, over 0 to 1.
            seed: the same seed draws the same.
        """
        captions = len(literal)
        if level in ("caption", "both"):
            random = torch.Generator().manual_seed(seed)
            expands = torch.rand(captions, generator=random) < probability
        else:
            expands = torch.ones(captions, dtype=torch.bool)
        controls_words = level in ("word", "both")
        return cls(
            literal=literal,
            caption_expands=expands.to(literal.device),
            word_probability=probability if controls_words else 1.0,
            seed=seed,
        )

    def mask(self, start: int, end: int) -> Tensor | None:
        """Which of the words ``start`` to ``end`` each caption may say, bool [batch, end - start].

        None where every caption may say all of them.
        """
        expands = self.caption_expands[:, None]
        if self.word_probability >= 1.0:
            if bool(expands.all()):
                return None
            return expands | self._says(start, end)
        random = torch.Generator(self.literal.device).manual_seed(self.seed * 1_000_003 + start + 1)
        drawn = torch.rand(
            len(self.literal), end - start, generator=random, device=self.literal.device
        )
        return (expands & (drawn < self.word_probability)) | self._says(start, end)

    def _says(self, start: int, end: int) -> Tensor:
        """bow: the caption's own words in the range, bool [batch, end - start]."""
        width = end - start
        place = self.literal - start
        place = torch.where((place >= 0) & (place < width), place, width)
        says = torch.zeros(len(place), width + 1, dtype=torch.bool, device=place.device)
        return says.scatter_(1, place, True)[:, :width]
