"""Pictures of nothing: plain, graded, noisy and patterned ones, drawn at random from a seed.

What the confidence of the network is learned from and, drawn anew, measured on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image

from lsr_opensearch.encoders.basic.picture import NETWORK_SIDE

Pixels = npt.NDArray[np.uint8]
_SIDE = NETWORK_SIDE


def _to_pixels(values: npt.NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _colour(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Any colour; in a third of the cases a shade of grey, black and white included."""
    if random.random() < 1 / 3:
        return np.full(3, random.choice([0.0, 255.0, random.uniform(0, 255)]))
    return random.uniform(0, 255, 3)


def _coordinates() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    axis = np.linspace(-1, 1, _SIDE)
    x, y = np.meshgrid(axis, axis)
    return x, y


def _blend(share: npt.NDArray[np.float64], random: np.random.Generator) -> Pixels:
    """Two colours, mixed by a share [side, side] over 0 to 1."""
    first, second = _colour(random), _colour(random)
    return _to_pixels(first + share[..., None] * (second - first))


def plain(random: np.random.Generator) -> Pixels:
    return _to_pixels(np.broadcast_to(_colour(random), (_SIDE, _SIDE, 3)))


def empty_page(random: np.random.Generator) -> Pixels:
    """White, or nearly, as a blank file or a scanned sheet is: the commonest nothing."""
    white = random.choice([255.0, random.uniform(230, 255)])
    shade = _coordinates()[random.integers(2)][..., None] * random.choice([0, 4])
    return _to_pixels(white + shade + random.normal(0, random.choice([0, 1.5]), (_SIDE, _SIDE, 3)))


def grainy(random: np.random.Generator) -> Pixels:
    """A plain colour with the grain of a sensor."""
    grain = random.normal(0, random.uniform(1, 12), (_SIDE, _SIDE, 1 + 2 * random.integers(2)))
    return _to_pixels(_colour(random) + grain)


def linear_gradient(random: np.random.Generator) -> Pixels:
    x, y = _coordinates()
    angle = random.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    return _blend((along - along.min()) / np.ptp(along), random)


def uniform_noise(random: np.random.Generator) -> Pixels:
    channels = 1 + 2 * random.integers(2)
    noise = random.uniform(0, 255, (_SIDE, _SIDE, channels))
    return _to_pixels(np.broadcast_to(noise, (_SIDE, _SIDE, 3)))


def gaussian_noise(random: np.random.Generator) -> Pixels:
    channels = 1 + 2 * random.integers(2)
    noise = random.normal(0, random.uniform(12, 80), (_SIDE, _SIDE, channels))
    return _to_pixels(_colour(random) + noise)


def block_noise(random: np.random.Generator) -> Pixels:
    """Noise of larger grains, blocky or smooth."""
    size = int(random.integers(4, 113))
    grains = random.uniform(0, 255, (size, size, 3)).astype(np.uint8)
    way = random.choice([Image.Resampling.NEAREST, Image.Resampling.BICUBIC])
    return np.asarray(Image.fromarray(grains).resize((_SIDE, _SIDE), Image.Resampling(int(way))))


def checkerboard(random: np.random.Generator) -> Pixels:
    size = int(random.integers(2, 57))
    rows, columns = np.indices((_SIDE, _SIDE)) // size
    return _blend(((rows + columns) % 2).astype(float), random)


def stripes(random: np.random.Generator) -> Pixels:
    x, y = _coordinates()
    angle = random.choice([0, np.pi / 2, random.uniform(0, np.pi)])
    along = x * np.cos(angle) + y * np.sin(angle)
    return _blend((np.sin(along * random.uniform(5, 150)) > 0).astype(float), random)


def radial_gradient(random: np.random.Generator) -> Pixels:
    x, y = _coordinates()
    centre = random.uniform(-0.7, 0.7, 2)
    distance = np.hypot(x - centre[0], y - centre[1])
    return _blend(distance / distance.max(), random)


def salt_and_pepper(random: np.random.Generator) -> Pixels:
    pixels = np.broadcast_to(_colour(random), (_SIDE, _SIDE, 3)).copy()
    dice = random.random((_SIDE, _SIDE))
    share = random.uniform(0.02, 0.4)
    pixels[dice < share / 2] = 0
    pixels[dice > 1 - share / 2] = 255
    return _to_pixels(pixels)


def two_halves(random: np.random.Generator) -> Pixels:
    x, y = _coordinates()
    edge = x if random.random() < 0.5 else y
    return _blend((edge > random.uniform(-0.6, 0.6)).astype(float), random)


def waves(random: np.random.Generator) -> Pixels:
    """A smooth wave in each direction."""
    x, y = _coordinates()
    product = np.sin(x * random.uniform(2, 40)) * np.sin(y * random.uniform(2, 40))
    return _blend(product / 2 + 0.5, random)


Kind = Callable[[np.random.Generator], Pixels]
KINDS: tuple[Kind, ...] = (
    plain,
    empty_page,
    grainy,
    linear_gradient,
    uniform_noise,
    gaussian_noise,
    block_noise,
    checkerboard,
    stripes,
    radial_gradient,
    salt_and_pepper,
    two_halves,
    waves,
)


def draw(kind: Kind, count: int, seed: int) -> npt.NDArray[np.uint8]:
    """``count`` different pictures of one kind, uint8 [count, 224, 224, 3]."""
    random = np.random.default_rng(seed)
    return np.stack([kind(random) for _ in range(count)])
