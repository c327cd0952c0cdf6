"""Distinct photographs of any size and number, made from the example photos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

PHOTOS = Path(__file__).parents[1] / "examples" / "photos"


def make_pictures(folder: Path, count: int, size: tuple[int, int], seed: int = 0) -> None:
    """Write ``count`` JPEG files of ``size`` (width, height), no two alike.

    Each is a random crop of an example photo, enlarged, with sensor-like noise, so that files
    have about the bytes of a camera's and decoding costs what it costs in life.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    photos = _photos()
    noise = Image.fromarray(
        random.normal(128, 9, (size[1], size[0])).clip(0, 255).astype(np.uint8)
    ).convert("RGB")
    for number in range(count):
        photo = photos[number % len(photos)]
        left, top = (int(random.integers(0, side // 5)) for side in photo.size)
        box = (left, top, left + photo.width * 4 // 5, top + photo.height * 4 // 5)
        picture = photo.resize(size, Image.Resampling.BILINEAR, box=box)
        Image.blend(picture, noise, 0.12).save(folder / f"{number:06}.jpg", quality=88)


def _photos() -> list[Image.Image]:
    return list(_load(sorted(PHOTOS.glob("*.jpg"))))


def _load(paths: list[Path]) -> Iterator[Image.Image]:
    for path in paths:
        with Image.open(path) as image:
            yield image.convert("RGB")
