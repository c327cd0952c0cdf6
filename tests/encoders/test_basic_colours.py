"""The basic colours: which colour a pixel has, and how much of a picture each has."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lsr_opensearch.encoders.basic.colours import COLOURS, colour_numbers, colour_shares
from lsr_opensearch.encoders.basic.picture import Picture


def shares(image: Image.Image) -> dict[str, float]:
    return dict(zip(COLOURS, colour_shares(Picture.load(image)), strict=True))


@pytest.mark.parametrize("colour", [*COLOURS, "crimson", "navy", "gold", "lightblue"])
def test_a_pixel_has_the_colour_that_people_call_it(colour: str) -> None:
    basic = {"crimson": "red", "navy": "blue", "gold": "yellow", "lightblue": "blue"}
    pixel = np.asarray(Image.new("RGB", (1, 1), colour))
    assert COLOURS[colour_numbers(pixel)[0, 0]] == basic.get(colour, colour)


def test_the_shares_of_a_picture_add_up_to_one() -> None:
    assert sum(shares(Image.effect_noise((90, 60), 80)).values()) == pytest.approx(1)


def test_the_middle_of_a_picture_counts_more_than_its_edges() -> None:
    image = Image.new("RGB", (100, 100), "blue")
    image.paste("red", (25, 25, 75, 75))
    assert shares(image)["red"] > 0.25


def test_transparent_pixels_have_no_colour() -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 255, 0))
    image.paste((255, 0, 0, 255), (0, 0, 50, 100))
    assert shares(image)["red"] == pytest.approx(1)
