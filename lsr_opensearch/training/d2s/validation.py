"""How well the captions of a split find their images, in torch; expansion is never controlled."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.d2s.head import D2SHead

_ROWS = 512


@dataclass(frozen=True)
class Validation:
    """Text to image; ties count against.

    Attributes:
        recall_at_1, recall_at_5, recall_at_10, mrr_at_10: in percent.
        flops: expected words in common of a random caption and image.
        image_terms, text_terms: mean number of words with a weight.
    """

    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr_at_10: float
    flops: float
    image_terms: float
    text_terms: float


@torch.no_grad()
def validate(head: D2SHead, examples: Examples) -> Validation:
    """Rank all images of a split for each of its captions."""
    images = torch.cat([head(some) for some in examples.images.split(_ROWS)])
    image_counts = (images > 0).sum(0, dtype=torch.float64)
    text_counts = torch.zeros_like(image_counts)
    ranks = []
    for rows in torch.arange(len(examples.texts), device=images.device).split(_ROWS):
        texts = head(examples.texts[rows])
        text_counts += (texts > 0).sum(0)
        ranks.append(_ranks(texts @ images.T, examples.image_of_text[rows]))
    rank = torch.cat(ranks).double()

    def percent(values: Tensor) -> float:
        return 100 * float(values.double().mean())

    pairs = len(examples.images) * len(examples.texts)
    return Validation(
        recall_at_1=percent(rank <= 1),
        recall_at_5=percent(rank <= 5),
        recall_at_10=percent(rank <= 10),
        mrr_at_10=percent((rank <= 10) / rank),
        flops=float(image_counts @ text_counts) / pairs,
        image_terms=float(image_counts.sum()) / len(examples.images),
        text_terms=float(text_counts.sum()) / len(examples.texts),
    )


def _ranks(scores: Tensor, relevant: Tensor) -> Tensor:
    """The rank of the relevant column of each row, from 1."""
    own = scores.gather(1, relevant[:, None])
    return (scores >= own).sum(1)
