"""How a picture becomes what the network sees: one definition for the build and for run time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from lsr_opensearch.images import open_image

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource

# Counts up when anything here or in colours.py changes what a picture turns into.
PREPARATION_VERSION = 1

# Side of the network's input, pixels. Its feature map is then 7 x 7, which the regions rely on.
NETWORK_SIDE = 224
# A cut-out is centred in a white square of this many times its longer side.
CUTOUT_MARGIN = 1.12
_WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Picture:
    """A decoded picture with its transparency laid over white.

    Attributes:
        rgb: mode RGB.
        mask: mode L, same size, opacity; None for a picture without transparent parts.
    """

    rgb: Image.Image
    mask: Image.Image | None

    @classmethod
    def load(cls, source: ImageSource) -> Picture:
        """Open and flatten a picture.

        Raises:
            ImageError: it cannot be decoded.
        """
        image = open_image(source)
        if image.mode != "RGBA":
            return cls(image, None)
        white = Image.new("RGBA", image.size, (*_WHITE, 255))
        white.alpha_composite(image)
        return cls(white.convert("RGB"), image.getchannel("A"))

    def network_input(self) -> npt.NDArray[np.uint8]:
        """uint8 [224, 224, 3]; photographs are squashed, cut-outs padded to a square first."""
        image = self.rgb if self.mask is None else _centred_on_white(self.rgb)
        small = image.resize((NETWORK_SIDE, NETWORK_SIDE), Image.Resampling.BICUBIC)
        return np.asarray(small, dtype=np.uint8)


def _centred_on_white(image: Image.Image) -> Image.Image:
    width, height = image.size
    side = int(max(width, height) * CUTOUT_MARGIN) + 1
    square = Image.new("RGB", (side, side), _WHITE)
    square.paste(image, ((side - width) // 2, (side - height) // 2))
    return square
