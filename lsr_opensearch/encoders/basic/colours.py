"""The share of each basic colour in a picture."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from lsr_opensearch.encoders.basic.picture import Picture

# The eleven basic colour terms of English (Berlin and Kay, 1969).
COLOURS = (
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
    "gray",
)
# Colours are counted in a picture of at most this side, pixels.
_SIDE = 96
# Pixels count by a Gaussian around the middle, with this deviation as a share of each side.
_CENTRE_DEVIATION = 0.35
_OPAQUE = 128

# Hue bounds in degrees of the saturated colours; red is what remains around 0.
_HUES = {
    "orange": (14, 42),
    "yellow": (42, 68),
    "green": (68, 165),
    "blue": (165, 255),
    "purple": (255, 295),
    "pink": (295, 345),
}
# Colours are looked up by the five upper bits of each channel.
_BITS = 5


def colour_shares(picture: Picture) -> npt.NDArray[np.float64]:
    """Centre-weighted share of each of `COLOURS` among the opaque pixels, float [11]."""
    small = picture.rgb.copy()
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    weights = _centre_weights(small.width, small.height)
    if picture.mask is not None:
        opacity = np.asarray(picture.mask.resize(small.size, Image.Resampling.BILINEAR))
        weights = weights * (opacity > _OPAQUE)
    red, green, blue = np.moveaxis(np.asarray(small) >> (8 - _BITS), 2, 0).astype(np.intp)
    colours = _colour_table()[red << 2 * _BITS | green << _BITS | blue]
    counts = np.bincount(colours.ravel(), weights.ravel(), len(COLOURS))
    return np.asarray(counts / max(float(weights.sum()), 1e-6))


@lru_cache(maxsize=64)
def _centre_weights(width: int, height: int) -> npt.NDArray[np.float64]:
    def profile(size: int) -> npt.NDArray[np.float64]:
        distance = (np.arange(size) / size - 0.5) / _CENTRE_DEVIATION
        return np.asarray(np.exp(-(distance**2) / 2))

    return np.outer(profile(height), profile(width))


@cache
def _colour_table() -> npt.NDArray[np.intp]:
    """Number of the colour of every quantised RGB value, [32768]."""
    steps = ((np.arange(1 << _BITS) + 0.5) * (256 >> _BITS)).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    return colour_numbers(cube.reshape(1, -1, 3)).ravel()


def colour_numbers(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """For each pixel of uint8 [h, w, 3] the number of its colour in `COLOURS`, [h, w].

    Bounds in hue, saturation and value were set by hand.
    """
    hsv = np.asarray(Image.fromarray(rgb).convert("HSV"), np.float64) / 255
    hue, saturation, value = hsv[..., 0] * 360, hsv[..., 1], hsv[..., 2]
    vivid = (value >= 0.2) & ((saturation >= 0.25) | (saturation >= 0.15) & (value > 0.8))
    reddish = (hue < 14) | (hue >= 345)
    # Later rules win over earlier ones.
    rules = [
        ("gray", np.ones_like(vivid)),
        ("black", value < 0.2),
        ("white", (saturation < 0.15) & (value > 0.8)),
        ("red", vivid & reddish),
        *((name, vivid & (hue >= low) & (hue < high)) for name, (low, high) in _HUES.items()),
        ("purple", vivid & (hue >= 295) & (hue < 325) & (value < 0.65)),
        ("brown", vivid & (hue >= 10) & (hue < 45) & (value < 0.6)),
        ("brown", vivid & reddish & (saturation < 0.8) & (value < 0.7)),
        ("pink", vivid & reddish & (saturation < 0.5) & (value > 0.7)),
    ]
    numbers = np.empty(vivid.shape, np.intp)
    for name, pixels in rules:
        numbers[pixels] = COLOURS.index(name)
    return numbers
