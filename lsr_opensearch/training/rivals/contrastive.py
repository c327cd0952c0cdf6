"""The loss of the rivals: the right one among all texts, and among all pictures, of a batch."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

# CLIP's limit (arXiv 2103.00020, 2.5), without which a learned temperature may run away.
_LARGEST_SCALE = 100.0


def info_nce(images: Tensor, texts: Tensor, log_scale: Tensor, image_numbers: Tensor) -> Tensor:
    """L = (CE(S, i) + CE(S^T, i)) / 2 with S = images texts^T / tau (InfoNCE, arXiv 1807.03748).

    Where a batch has two captions of one picture, neither is a wrong answer for the other's.

    Args:
        images, texts: weights of the pairs, [batch, vocabulary].
        log_scale: log(1 / tau); tau is never below 0.01.
        image_numbers: which picture each pair is of, [batch].
    """
    scores = images @ texts.T * log_scale.exp().clamp(max=_LARGEST_SCALE)
    is_own = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    is_same = image_numbers[:, None] == image_numbers[None, :]
    scores = scores.masked_fill(is_same & ~is_own, -torch.inf)
    right = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2
