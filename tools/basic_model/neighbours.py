"""The table of related words that queries are widened with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lsr_opensearch.encoders.basic.vocabulary import BYTE_SCALE, NEIGHBOURS
from tools.basic_model.head import SparseHead

_LEAST_STRENGTH = 0.15
_LEAST_OWN_WEIGHT = 0.5


@torch.no_grad()
def neighbour_bytes(head: SparseHead, texts: Tensor) -> bytes:
    """The strongest other words that the head says for each of its words alone.

    Args:
        texts: each word as a text of the dense space, [words, 384].

    Returns:
        Word numbers and strengths, relative to the word's own weight, in the format of
        `lsr_opensearch.encoders.basic.vocabulary`.
    """
    weights = head(texts)
    own = weights.diagonal().clone().clamp(min=_LEAST_OWN_WEIGHT)[:, None]
    weights.fill_diagonal_(0)
    strengths, numbers = (weights / own).topk(NEIGHBOURS, 1)
    strengths = strengths.clamp(max=1) * (strengths > _LEAST_STRENGTH)
    stored: npt.NDArray[np.uint8] = (strengths * BYTE_SCALE).round().numpy().astype(np.uint8)
    return numbers.numpy().astype("<u2").tobytes() + stored.tobytes()
