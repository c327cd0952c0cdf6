"""The distillation loss of D2S: sparse similarities of a batch imitate the dense ones.

Source: arXiv 2402.17535. What else is in the total loss stands in `trainer`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def distillation_loss(scores: Tensor, dense_scores: Tensor, temperature: float) -> Tensor:
    """L = (CE(S_i2t, softmax(D_i2t / tau)) + CE(S_t2i, softmax(D_t2i / tau))) / 2.

    Args:
        scores: sparse similarities S, image i with text j, [batch, batch]; no temperature.
        dense_scores: dense similarities D, likewise; no gradient.
        temperature: tau.
    """
    with torch.no_grad():
        images_want = torch.softmax(dense_scores / temperature, dim=1)
        texts_want = torch.softmax(dense_scores.T / temperature, dim=1)
    return (F.cross_entropy(scores, images_want) + F.cross_entropy(scores.T, texts_want)) / 2
