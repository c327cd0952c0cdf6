"""From the logits of every position to the weights of a picture or text: small named functions."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

# logits [..., vocabulary] -> weights of at least 0, [..., vocabulary]
Activation = Callable[[Tensor], Tensor]


def strongest(logits: Tensor, mask: Tensor | None = None) -> Tensor:
    """The largest logit of each word over the positions: m_j = max_i l_ij.

    Args:
        logits: [batch, positions, vocabulary].
        mask: which positions count, not 0 where they do, [batch, positions]; all by default.

    Returns:
        [batch, vocabulary]; -inf where no position counts.
    """
    if mask is not None:
        logits = logits.masked_fill(mask[..., None] == 0, -torch.inf)
    return logits.amax(-2)


def log1p_relu(logits: Tensor) -> Tensor:
    """w = log(1 + relu(l)); as it never falls, it may stand before the maximum or after it."""
    return torch.log1p(torch.relu(logits))


def elu1p(logits: Tensor) -> Tensor:
    """w = elu(l) + 1, which is e^l below 0 and l + 1 above: never 0, so only pruning makes it
    sparse."""
    return F.elu(logits) + 1


def unit(weights: Tensor) -> Tensor:
    """w / |w|_2 for each row; a row of zeros stays one."""
    return F.normalize(weights, dim=-1)
