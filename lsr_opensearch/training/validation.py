"""How well texts find their images by their weights, in torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor


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
def measured(images: Tensor, texts: Iterable[Tensor], image_of_text: Tensor) -> Validation:
    """Rank all images for each text.

    Args:
        images: weights, [images, vocabulary].
        texts: weights, some texts at a time, [some, vocabulary].
        image_of_text: row of the image that each text belongs to, [texts].
    """
    image_counts = (images > 0).sum(0, dtype=torch.float64)
    text_counts = torch.zeros_like(image_counts)
    ranks: list[Tensor] = []
    done = 0
    for some in texts:
        text_counts += (some > 0).sum(0)
        ranks.append(_ranks(some @ images.T, image_of_text[done : done + len(some)]))
        done += len(some)
    rank = torch.cat(ranks).double()

    def percent(values: Tensor) -> float:
        return 100 * float(values.double().mean())

    return Validation(
        recall_at_1=percent(rank <= 1),
        recall_at_5=percent(rank <= 5),
        recall_at_10=percent(rank <= 10),
        mrr_at_10=percent((rank <= 10) / rank),
        flops=float(image_counts @ text_counts) / (len(images) * done),
        image_terms=float(image_counts.sum()) / len(images),
        text_terms=float(text_counts.sum()) / done,
    )


def _ranks(scores: Tensor, relevant: Tensor) -> Tensor:
    """The rank of the relevant column of each row, from 1."""
    own = scores.gather(1, relevant[:, None])
    return (scores >= own).sum(1)
