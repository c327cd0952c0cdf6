"""How well a rival does on a split."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.training.rivals.decoding import decoded
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.rivals.pairs import Pairs
from lsr_opensearch.training.validation import Validation, measured

# Rows whose logits at every position are held at once.
_ROWS = 8


@torch.no_grad()
def validate(
    rival: Rival, pairs: Pairs, picture: PictureInput, device: torch.device | str = "cpu"
) -> Validation:
    """Rank all pictures of a split for each of its captions.

    Raises:
        ImageError: a picture cannot be decoded.
    """
    was_training = rival.training
    rival.eval()
    files = [pairs.files[start : start + _ROWS] for start in range(0, len(pairs.files), _ROWS)]
    images = torch.cat([rival.images(pixels.to(device)) for pixels in decoded(files, picture)])

    def texts() -> Iterator[Tensor]:
        for start in range(0, len(pairs.tokens), _ROWS):
            rows = range(start, min(start + _ROWS, len(pairs.tokens)))
            ids, mask = pairs.text_batch(rows)
            yield rival.texts(ids.to(device), mask.to(device))

    found = measured(images, texts(), pairs.image_of_text.to(device))
    rival.train(was_training)
    return found
