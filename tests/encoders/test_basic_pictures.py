"""Pictures through the bundled model: what it finds, and what it must not make up."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lsr_opensearch.encoders import Encoder, load_encoder
from lsr_opensearch.encoders.basic.colours import COLOURS
from lsr_opensearch.errors import ImageError

ORIENTATION = 0x0112
ROTATED_LEFT = 6


@pytest.fixture(scope="module")
def basic() -> Encoder:
    return load_encoder("basic")


def encode(encoder: Encoder, image: Image.Image | bytes) -> dict[str, float]:
    return encoder.encode_images([image])[0]


def ball(size: tuple[int, int] = (300, 200)) -> Image.Image:
    """An orange ball on green."""
    image = Image.new("RGB", size, "green")
    width, height = size
    box = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    ImageDraw.Draw(image).ellipse(box, fill="orange", outline="black", width=4)
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def words_beside_colours(terms: dict[str, float]) -> dict[str, float]:
    return {term: weight for term, weight in terms.items() if term not in COLOURS}


@pytest.mark.parametrize(
    ("photo", "word"),
    [
        ("chelsea-cat.jpg", "cat"),
        ("coffee-cup.jpg", "coffee"),
        ("clownfish.jpg", "fish"),
        ("german-shepherd.jpg", "dog"),
        ("sailing-boat.png", "boat"),
    ],
)
def test_the_object_of_a_photo_is_among_its_strongest_words(
    basic: Encoder, photos: Path, photo: str, word: str
) -> None:
    assert word in list(basic.encode_images([photos / photo])[0])[:5]


def test_a_picture_has_its_colours(basic: Encoder) -> None:
    assert {"green", "orange"} <= encode(basic, ball()).keys()


def test_terms_come_heaviest_first(basic: Encoder) -> None:
    weights = list(encode(basic, ball()).values())
    assert weights == sorted(weights, reverse=True)


def test_a_picture_has_at_most_a_hundred_and_forty_terms(basic: Encoder, photos: Path) -> None:
    pictures = sorted(photos.glob("*.jpg"))[:8]
    assert max(map(len, basic.encode_images(pictures))) <= 140


def test_no_pictures_give_no_results(basic: Encoder) -> None:
    assert basic.encode_images([]) == []


def test_results_come_in_the_order_of_the_pictures(basic: Encoder) -> None:
    plain = [Image.new("RGB", (50, 50), COLOURS[n % 2]) for n in range(20)]
    strongest = [next(iter(terms)) for terms in basic.encode_images(plain)]
    assert strongest == [COLOURS[n % 2] for n in range(20)]


def test_a_path_its_bytes_and_the_open_image_are_one_picture(
    basic: Encoder, tmp_path: Path
) -> None:
    path = tmp_path / "ball.png"
    path.write_bytes(saved(ball(), "PNG"))
    path_terms, byte_terms, image_terms = basic.encode_images([path, path.read_bytes(), ball()])
    assert path_terms == byte_terms == image_terms


def test_a_photo_taken_sideways_is_the_same_upright(basic: Encoder) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED_LEFT
    sideways = ball().transpose(Image.Transpose.ROTATE_90)
    tagged = encode(basic, saved(sideways, "PNG", exif=exif))
    assert tagged == encode(basic, saved(ball(), "PNG"))


def test_what_lies_under_transparency_does_not_show(basic: Encoder) -> None:
    def cut_out(hidden: str) -> Image.Image:
        image = Image.new("RGBA", (200, 200), hidden)
        image.putalpha(0)
        ImageDraw.Draw(image).ellipse((50, 50, 150, 150), fill="orange")
        return image

    assert encode(basic, cut_out("purple")) == encode(basic, cut_out("blue"))


def test_the_colours_of_a_cut_out_are_those_of_its_opaque_part(basic: Encoder) -> None:
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((50, 50, 150, 150), fill="blue")
    terms = encode(basic, image)
    assert ("blue" in terms, "white" in terms) == (True, False)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "RGBA", "1", "I;16", "F"])
def test_a_picture_of_any_mode_has_terms(basic: Encoder, mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.asarray(ball().convert("L"), np.uint16) * 256)
    else:
        image = ball().convert(mode)
    assert encode(basic, image)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3000, 2000)])
def test_a_picture_of_any_size_has_terms(basic: Encoder, size: tuple[int, int]) -> None:
    assert encode(basic, Image.new("RGB", size, "red"))


def test_a_damaged_file_is_an_error_that_says_so(basic: Encoder) -> None:
    with pytest.raises(ImageError):
        encode(basic, saved(ball(), "JPEG")[:200])


@pytest.mark.parametrize("colour", ["white", "black", "gray", "red", "blue", "yellow"])
def test_a_blank_picture_has_its_colour_and_hardly_anything_else(
    basic: Encoder, colour: str
) -> None:
    terms = encode(basic, Image.new("RGB", (640, 480), colour))
    assert (next(iter(terms)), len(terms) <= 5) == (colour, True)


def gradient() -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 255, 400), np.linspace(0, 255, 300))
    return np.stack([x, y, 255 - x], axis=-1)


def noise(deviation: float) -> np.ndarray:
    return np.random.default_rng(7).normal(128, deviation, (300, 400, 3))


def uniform_noise() -> np.ndarray:
    return np.random.default_rng(7).uniform(0, 255, (300, 400, 3))


def checkerboard(size: int) -> np.ndarray:
    rows, columns = np.indices((300, 400)) // size
    return np.repeat(255.0 * ((rows + columns) % 2)[..., None], 3, axis=-1)


@pytest.mark.parametrize(
    "draw",
    [
        gradient,
        uniform_noise,
        lambda: noise(10),
        lambda: noise(60),
        lambda: checkerboard(8),
        lambda: checkerboard(40),
    ],
    ids=["gradient", "uniform", "faint-grain", "strong-grain", "fine-checks", "coarse-checks"],
)
def test_a_picture_of_nothing_gets_few_words_and_weak_ones(
    basic: Encoder, draw: Callable[[], np.ndarray]
) -> None:
    pixels = np.clip(draw(), 0, 255).astype(np.uint8)
    words = words_beside_colours(encode(basic, Image.fromarray(pixels)))
    assert (len(words) <= 10, max(words.values(), default=0) < 0.2) == (True, True), words


def test_a_photo_is_encoded_alike_every_time(photos: Path) -> None:
    photo = photos / "chelsea-cat.jpg"
    first, second = (load_encoder("basic").encode_images([photo]) for _ in range(2))
    assert first == second


def test_several_threads_get_what_one_gets(photos: Path) -> None:
    encoder = load_encoder("basic")
    batches = [[photo] for photo in sorted(photos.glob("*.jpg"))[:8]]
    with ThreadPoolExecutor(4) as executor:
        together = list(executor.map(encoder.encode_images, batches))
    assert together == [encoder.encode_images(batch) for batch in batches]
