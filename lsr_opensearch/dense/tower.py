"""What every tower of a dense model is."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from lsr_opensearch.encoders.networks.picture_input import PictureInput


class TextTower(nn.Module):
    """Tokens -> a vector of length 1, frozen.

    Attributes:
        tokenizer_file: the ``tokenizer.json`` that makes the tokens.
        width: numbers in a vector.
        most_tokens: that it reads of a text.
    """

    tokenizer_file: Path
    width: int
    most_tokens: int = 512

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Token numbers and which count, int64 [batch, length] -> float32 [batch, width]."""
        raise NotImplementedError


class ImageTower(nn.Module):
    """Pixels -> a vector of length 1, frozen.

    Attributes:
        picture_input: how a picture becomes pixels.
        width: numbers in a vector.
    """

    picture_input: PictureInput
    width: int

    def forward(self, pixel_values: Tensor) -> Tensor:
        """Normalised pixels, float32 [batch, 3, height, width] -> float32 [batch, width]."""
        raise NotImplementedError
