"""What keeps sparse vectors sparse: functions of the sums of each word's weights over a batch."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

# sums [vocabulary], batch size -> penalty
Regulariser = Callable[[Tensor, int], Tensor]

# Of DF-FLOPS, alpha and beta: the document frequency that pays half, and how sharply it rises.
_DF_HALF, _DF_STEEPNESS = 0.1, 10.0


def l1(sums: Tensor, batch: int) -> Tensor:
    """|s|_1, mean over the batch: the regulariser of D2S."""
    return sums.sum() / batch


def flops(sums: Tensor, batch: int) -> Tensor:
    """sum_j (mean_i s_ij)^2 (FLOPS regulariser, Paria et al. 2020, arXiv 2004.05665)."""
    return (sums / batch).square().sum()


def df_flops(frequency: Tensor) -> Regulariser:
    """sum_j (act(DF_j / |C|) mean_i s_ij)^2: words pay by how common they are.

    ``act(x) = 1 / (1 + (x^(log 2 / log alpha) - 1)^beta)``: rare words go free, common ones pay in
    full, those in the share alpha of all documents half. Source: Porco et al. 2025, "An Alternative
    to FLOPS Regularization to Effectively Productionize SPLADE-Doc" (arXiv 2505.15070). The
    frequencies are to be taken anew every hundred steps or so.

    Args:
        frequency: DF_j / |C|, over 0 to 1, [vocabulary].
    """
    rarity = frequency.clamp(min=1e-9) ** (math.log(2) / math.log(_DF_HALF))
    price = 1 / (1 + (rarity - 1) ** _DF_STEEPNESS)

    def penalty(sums: Tensor, batch: int) -> Tensor:
        return (price * sums / batch).square().sum()

    return penalty
