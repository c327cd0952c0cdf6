"""What every text tower is."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn


class TextTower(nn.Module):
    """Tokens -> a vector of length 1, frozen.

    Attributes:
        tokenizer_file: the ``tokenizer.json`` that makes the tokens.
        width: numbers in a vector.
    """

    tokenizer_file: Path
    width: int

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Token numbers and which count, int64 [batch, length] -> float32 [batch, width]."""
        raise NotImplementedError
