"""How a picture is prepared for the network: one definition for the build and the run time."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lsr_opensearch.encoders.basic.picture import NETWORK_SIDE, Picture


def cut_out(size: tuple[int, int]) -> Image.Image:
    """A red picture of which one corner is transparent."""
    image = Image.new("RGBA", size, "red")
    image.putpixel((0, 0), (0, 0, 0, 0))
    return image


@pytest.mark.parametrize("size", [(1, 1), (10, 700), (700, 10), (224, 224)])
def test_every_picture_fills_the_input_of_the_network(size: tuple[int, int]) -> None:
    prepared = Picture.load(Image.new("RGB", size)).network_input()
    assert prepared.shape == (NETWORK_SIDE, NETWORK_SIDE, 3)


def test_a_photo_is_squashed_to_the_edges() -> None:
    prepared = Picture.load(Image.new("RGB", (600, 200), "red")).network_input()
    assert np.array_equal(prepared[0, 0], [255, 0, 0])


def test_a_cut_out_lies_on_white() -> None:
    prepared = Picture.load(cut_out((600, 200))).network_input()
    assert np.array_equal(prepared[0, 0], [255, 255, 255])


def test_a_cut_out_keeps_its_shape() -> None:
    red = Picture.load(cut_out((600, 200))).network_input()[..., 1] < 128
    width, height = red.any(axis=0).sum(), red.any(axis=1).sum()
    assert width / height == pytest.approx(3, rel=0.05)


def test_a_cut_out_keeps_a_margin() -> None:
    red = Picture.load(cut_out((600, 200))).network_input()[..., 1] < 128
    assert red.any(axis=0).sum() == pytest.approx(NETWORK_SIDE / 1.12, abs=2)


def test_a_picture_without_transparent_pixels_is_no_cut_out() -> None:
    assert Picture.load(Image.new("RGBA", (50, 50), "red")).mask is None
