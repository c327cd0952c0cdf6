"""The projection head: dense vector -> weights of the vocabulary's words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Of the distance to the mean word, in units of a logit's deviation: how unlike a word a vector has
# to be at first for the word to be off.
_FIRST_THRESHOLD = 1.0


class D2SHead(nn.Module):
    """s(x) = log(1 + relu(vocab_projector(vocab_layer_norm(proj(x)))))  (arXiv 2402.17535).

    One head serves images and texts. The names of the parts are those of the published
    checkpoints, so that either loads the other's weights.

    Args:
        width: numbers in a dense vector.
        hidden: numbers in a word vector.
        special: numbers of the tokens that are no words ([CLS], [PAD], ...); they weigh nothing.
    """

    def __init__(self, width: int, hidden: int, vocabulary: int, special: Sequence[int]) -> None:
        super().__init__()
        self.proj = nn.Linear(width, hidden)
        self.vocab_layer_norm = nn.LayerNorm(hidden, eps=1e-12)
        self.vocab_projector = nn.Linear(hidden, vocabulary)
        is_word = torch.ones(vocabulary, dtype=torch.bool)
        is_word[list(special)] = False
        self.register_buffer("is_word", is_word, persistent=False)

    def hidden(self, vectors: Tensor) -> Tensor:
        """Dense vectors [..., width] -> what the vocabulary is compared with, [..., hidden]."""
        return self.vocab_layer_norm(self.proj(vectors))

    def forward(self, vectors: Tensor) -> Tensor:
        """Dense vectors [..., width] -> weights of all words, at least 0, [..., vocabulary]."""
        return self.weights(self.hidden(vectors), slice(None))

    def weights(self, hidden: Tensor, words: slice) -> Tensor:
        """What `hidden` gave -> weights of a range of the words, at least 0, [..., words]."""
        projector = self.vocab_projector
        logits = nn.functional.linear(hidden, projector.weight[words], projector.bias[words])
        return torch.log1p(torch.relu(logits)) * self.is_word[words]

    @torch.no_grad()
    def start_from_word_vectors(self, vectors: Tensor) -> None:
        """Start the vocabulary as nearest words, where there is no masked language model.

        Args:
            vectors: of each word, of any length, float32 [vocabulary, hidden]; zeros for tokens
                without a meaning.
        """
        known = vectors.norm(dim=1) > 0
        centred = vectors - vectors[known].mean(0)
        self.vocab_projector.weight.copy_(nn.functional.normalize(centred) * known[:, None])
        # A normed hidden vector and a unit vector in no relation: deviation 1.
        self.vocab_projector.bias.fill_(-_FIRST_THRESHOLD)
        nn.init.orthogonal_(self.proj.weight, gain=math.sqrt(self.proj.out_features))
        nn.init.zeros_(self.proj.bias)
