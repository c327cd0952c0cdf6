"""Backbone -> logits of all words at every position -> weights: what all rivals have in common."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from lsr_opensearch.training.rivals.pooling import Activation, strongest, unit

# Logits that are held at once while training (128 MiB of float32). A picture of 197 positions has
# 6 million of them; a batch at once would take more memory than all else together.
_MOST_LOGITS = 2**25


class LexicalHead(nn.Module):
    """Hidden vectors of all positions -> weights of all words.

    Args:
        logits: hidden vectors [..., hidden] -> logits [..., vocabulary].
        words: how many there are.
        special: numbers of the tokens that are no words; they weigh nothing.
        activation: from the largest logit of each word to its weight.
        normalises: whether weights are brought to length 1.
    """

    def __init__(
        self,
        logits: nn.Module,
        words: int,
        special: Sequence[int],
        activation: Activation,
        *,
        normalises: bool,
    ) -> None:
        super().__init__()
        self.logits = logits
        self.activation = activation
        self.normalises = normalises
        is_word = torch.ones(words, dtype=torch.bool)
        is_word[list(special)] = False
        self.register_buffer("is_word", is_word, persistent=False)

    def forward(self, hidden: Tensor, mask: Tensor | None = None) -> Tensor:
        """Hidden vectors [batch, positions, hidden] -> weights, [batch, vocabulary].

        Args:
            mask: which positions count, [batch, positions]; all by default.
        """
        largest = self._in_parts(hidden, mask) if self.training else self._largest(hidden, mask)
        weights = self.activation(largest.float()) * self.is_word
        return unit(weights) if self.normalises else weights

    def _largest(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        return strongest(self.logits(hidden), mask)

    def _in_parts(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """The same for a few rows at a time, whose logits are made anew for the gradient."""
        rows = max(1, _MOST_LOGITS // (hidden.shape[1] * len(self.is_word)))
        masks = [None] * len(hidden) if mask is None else mask.split(rows)
        return torch.cat(
            [
                checkpoint(self._largest, some, which, use_reentrant=False)
                for some, which in zip(hidden.split(rows), masks, strict=False)
            ]
        )


class LexicalTexts(nn.Module):
    """Tokens -> weights of all words."""

    def __init__(self, backbone: nn.Module, head: LexicalHead) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Token numbers and which count, int64 [batch, length] -> [batch, vocabulary]."""
        found = self.backbone(input_ids=input_ids, attention_mask=attention_mask)
        weights: Tensor = self.head(found.last_hidden_state, attention_mask)
        return weights


class LexicalImages(nn.Module):
    """Pixels -> weights of all words."""

    def __init__(self, backbone: nn.Module, head: LexicalHead) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, pixel_values: Tensor) -> Tensor:
        """Normalised pixels, float32 [batch, 3, height, width] -> [batch, vocabulary]."""
        found = self.backbone(pixel_values=pixel_values)
        weights: Tensor = self.head(found.last_hidden_state)
        return weights


class Rival(nn.Module):
    """The two networks of a bi-encoder, and the scale of its similarities.

    Args:
        temperature: by which similarities are divided; where it starts, if it is learned.
        learns_temperature: whether it is trained with the rest.
    """

    def __init__(
        self,
        images: nn.Module,
        texts: nn.Module,
        *,
        temperature: float = 1.0,
        learns_temperature: bool = False,
    ) -> None:
        super().__init__()
        self.images, self.texts = images, texts
        scale = torch.tensor(1 / temperature).log()
        self.log_scale = nn.Parameter(scale, requires_grad=learns_temperature)
