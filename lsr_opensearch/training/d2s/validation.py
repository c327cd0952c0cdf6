"""How well a head does on a split; expansion is never controlled."""

from __future__ import annotations

import torch

from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.validation import Validation, measured

_ROWS = 512


@torch.no_grad()
def validate(head: D2SHead, examples: Examples) -> Validation:
    """Rank all images of a split for each of its captions."""
    images = torch.cat([head(some) for some in examples.images.split(_ROWS)])
    texts = (head(some) for some in examples.texts.split(_ROWS))
    return measured(images, texts, examples.image_of_text)
