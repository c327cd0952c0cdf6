"""The table of a D2S model that encodes queries without any network: token -> words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lsr_opensearch.training.d2s.alone import WordsAlone
from lsr_opensearch.training.d2s.head import D2SHead

# Words that a query's word brings along, at most.
ENTRIES = 32
_ROWS, _PART = 512, 2048


@dataclass(frozen=True)
class Rows:
    """The heaviest words of each token.

    Attributes:
        weights, words: heaviest first, 0 where there are fewer, [tokens, ENTRIES].
    """

    weights: Tensor
    words: Tensor

    def write(self, path: Path) -> None:
        """As `encoders.d2s.table` reads them."""
        kept = self.weights > 0
        np.savez(
            path,
            starts=np.concatenate([[0], kept.sum(1).cumsum(0).numpy()]).astype(np.int32),
            entries=self.words[kept].numpy().astype(np.int32),
            weights=self.weights[kept].numpy().astype(np.float32),
        )


@torch.no_grad()
def query_rows(head: D2SHead, texts: Tensor, literal: Tensor, alone: WordsAlone | None) -> Rows:
    """What each token stands for in a query.

    For a token that captions say: the mean of their weights, less the mean over all captions. (A
    word among others is what a query has; the head makes more of it than of the word alone.) For
    any other: what the head makes of it as a text of its own, where there is one to ask.

    Args:
        texts: vectors of captions, [captions, width].
        literal: numbers of the words of each, -1 where there is none, [captions, most].
        alone: what the dense model makes of a token as a text of its own.
    """
    size = head.vocab_projector.out_features
    count = torch.bincount(literal[literal >= 0], minlength=size)
    hidden = torch.cat([head.hidden(some) for some in texts.split(_ROWS)])
    best = Rows(torch.zeros(size, 0), torch.zeros(size, 0, dtype=torch.long))
    for start in range(0, size, _PART):
        total, mean = _sums(head, hidden, literal, slice(start, min(start + _PART, size)))
        above = total / count.clamp(min=1)[:, None] - mean
        best = _better(best, above.clamp(min=0) * (count > 0)[:, None], start)
    if alone is not None:
        _ask(head, alone, best, torch.nonzero(count == 0)[:, 0])
    best.weights[~head.is_word] = 0
    return best


def _sums(head: D2SHead, hidden: Tensor, literal: Tensor, words: slice) -> tuple[Tensor, Tensor]:
    """What a range of the words weighs in the captions with each token, and in all on average.

    In parts: the weights of half a million captions would fill any memory.

    Returns:
        The sums [tokens, words] and the means [words].
    """
    width = words.stop - words.start
    total, mean = torch.zeros(len(head.is_word), width), torch.zeros(width)
    for some, said in zip(hidden.split(_ROWS), literal.split(_ROWS), strict=True):
        weights = head.weights(some, words)
        rows, places = (said >= 0).nonzero(as_tuple=True)
        total.index_add_(0, said[rows, places], weights[rows])
        mean += weights.sum(0) / len(hidden)
    return total, mean


def _better(best: Rows, weights: Tensor, start: int) -> Rows:
    """The heaviest of those so far and of a range of the words."""
    top = weights.topk(min(ENTRIES, weights.shape[1]), 1)
    held = torch.cat([best.weights, top.values], 1)
    words = torch.cat([best.words, top.indices + start], 1)
    order = held.topk(min(ENTRIES, held.shape[1]), 1)
    return Rows(order.values, words.gather(1, order.indices))


def _ask(head: D2SHead, alone: WordsAlone, best: Rows, tokens: Tensor) -> None:
    """Fill in the rows of tokens that no caption says."""
    for some in tokens.split(_ROWS):
        top = head(alone.vectors(some)).topk(best.weights.shape[1], 1)
        best.weights[some], best.words[some] = top.values, top.indices
