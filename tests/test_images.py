"""Whatever the file is: one small upright picture, or one clear error."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from lsr_opensearch.errors import ImageError, MissingExtraError
from lsr_opensearch.images import MAX_PIXELS, open_header, open_image, read_file
from tests.conftest import HEIC_HEADER

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
ORIENTATION = 0x0112


def corners(side: int = 32) -> Image.Image:
    """Red, green / blue, white: every flip and turn of it looks different."""
    image = Image.new("RGB", (2 * side, side))
    for position, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        column, row = position % 2, position // 2
        image.paste(colour, (column * side, row * side // 2, column * side + side, side))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header promises a size that its few bytes of pixels do not keep."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def looks_like(image: Image.Image, expected: Image.Image, tolerance: int = 40) -> bool:
    difference = ImageChops.difference(image.convert("RGB"), expected.convert("RGB"))
    return image.size == expected.size and float(np.asarray(difference).mean()) < tolerance / 10


# What is decoded


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000"])
def test_every_common_format_gives_the_same_picture(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    corners().save(path, kind)
    assert looks_like(open_image(path), corners())


def test_the_content_decides_and_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "really_png.jpg"
    corners().save(path, "PNG")
    assert looks_like(open_image(path), corners())


def test_one_single_pixel_is_a_picture() -> None:
    assert open_image(encoded(Image.new("RGB", (1, 1), RED), "PNG")).getpixel((0, 0)) == RED


def test_a_line_one_pixel_high_stays_a_picture_when_it_is_shrunk() -> None:
    assert open_image(encoded(Image.new("L", (5000, 1)), "PNG")).size == (1024, 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longer_side_is_at_most_the_working_side(kind: str) -> None:
    data = encoded(Image.new("RGB", (900, 1500)), kind)
    assert open_image(data, working_side=500).size == (300, 500)


def test_a_small_picture_is_not_enlarged() -> None:
    assert open_image(encoded(Image.new("RGB", (30, 20)), "PNG")).size == (30, 20)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, GREEN, BLUE)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    assert looks_like(open_image(data), frames[0])


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    data = encoded(corners().convert("CMYK"), "JPEG", quality=95)
    assert looks_like(open_image(data), corners())


def test_an_inverted_cmyk_jpeg_as_adobe_writes_it_keeps_its_colours() -> None:
    data = encoded(corners().convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data  # The marker that says that the values are inverted.
    assert looks_like(open_image(data), corners())


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_stretched_to_its_own_range(kind: str) -> None:
    ramp = np.tile(np.linspace(1000, 2000, 64).astype(np.uint16), (8, 1))
    image = open_image(encoded(Image.fromarray(ramp), kind))
    assert (image.mode, image.getpixel((0, 0)), image.getpixel((63, 0))) == ("RGB", (0,) * 3, WHITE)


def test_big_endian_16_bit_tiff_is_read() -> None:
    # Pillow keeps the byte order of the file in the mode of the image.
    ramp = np.tile(np.linspace(0, 65535, 64).astype(">u2"), (8, 1))
    image = Image.frombytes("I;16B", (64, 8), ramp.tobytes())
    assert open_image(encoded(image, "TIFF")).getpixel((63, 0)) == WHITE


def test_float_tiff_is_stretched_and_holes_are_dark() -> None:
    values = np.tile(np.linspace(-3, 5, 64, dtype=np.float32), (8, 1))
    values[0, 0], values[0, 1] = np.nan, np.inf
    image = open_image(encoded(Image.fromarray(values), "TIFF"))
    assert (image.getpixel((0, 0)), image.getpixel((63, 0))) == ((0,) * 3, WHITE)


def test_a_16_bit_picture_of_one_value_is_grey_and_not_black() -> None:
    flat = Image.fromarray(np.full((8, 8), 65535, np.uint16))
    assert open_image(encoded(flat, "PNG")).getpixel((0, 0)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_real_transparency_is_kept(mode: str) -> None:
    image = corners().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    if mode == "PA":
        image = image.quantize(64)
    elif mode == "LA":
        image = image.convert("LA")
    assert open_image(encoded(image, "PNG")).mode == "RGBA"


def test_a_palette_with_a_transparent_colour_is_transparent_there() -> None:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([*RED, *GREEN])
    image.paste(1, (10, 0, 20, 20))
    opened = open_image(encoded(image, "GIF", transparency=1))
    assert (opened.getpixel((15, 5)) or (0,))[-1] == 0


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    assert open_image(encoded(corners().convert("RGBA"), "PNG")).mode == "RGB"


def test_transparent_grey_is_shrunk_without_losing_its_transparency() -> None:
    data = encoded(Image.new("L", (3000, 3000), 7), "PNG", transparency=7)
    assert open_image(data).mode == "RGBA"


# Upright


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations_give_the_same_upright_picture(kind: str, orientation: int) -> None:
    undo = [None, 0, 3, 1, 5, 2, 6, 4]  # The transposition that makes it look wrong as stored.
    method = undo[orientation - 1]
    stored = corners() if method is None else corners().transpose(Image.Transpose(method))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
    assert looks_like(open_image(encoded(stored, kind, exif=exif, **options)), corners())


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(value: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    assert looks_like(open_image(encoded(corners(), "JPEG", exif=exif, quality=95)), corners())


def test_opening_the_result_again_does_not_turn_it_twice() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    once = open_image(encoded(corners(), "JPEG", exif=exif))
    assert open_image(once).tobytes() == once.tobytes()


@pytest.mark.parametrize("kept", range(7, 40, 3))
def test_damaged_exif_costs_nothing_but_the_metadata(kept: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010E] = 1, "a description"
    block = exif.tobytes()
    damaged = block[:kept] + b"\xff" * (len(block) - kept)
    assert looks_like(open_image(encoded(corners(), "JPEG", exif=damaged, quality=95)), corners())


# Errors


def message_of(source: object, **options: object) -> str:
    with pytest.raises(ImageError) as caught:
        open_image(source, **options)  # type: ignore[arg-type]
    assert caught.value.next_step
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"just text, and no picture at all\n" * 9, id="text"),
        pytest.param(b"\xff\xd8\xff" + bytes(range(256)), id="JPEG magic and noise"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), id="PNG magic and noise"),
        pytest.param(b"GIF89a", id="GIF magic alone"),
        pytest.param(b"II*\0" + bytes(50), id="TIFF magic and noise"),
        pytest.param(b"RIFF\x10\0\0\0WEBPVP8 ", id="WebP magic alone"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="EPS"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)
    assert message_of(path).startswith(str(path))


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert "the file is empty" in message_of(tmp_path / "empty.jpg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP"])
def test_a_truncated_picture_is_an_error_and_not_half_a_picture(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (99, 99, 3), np.uint8))
    data = encoded(noise, kind)
    assert "half.jpg" in message_of(data[: len(data) // 2], name="half.jpg")


def test_a_missing_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    assert "gone.jpg: the file cannot be read (No such file" in message_of(tmp_path / "gone.jpg")


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    assert "Is a directory" in message_of(tmp_path)


def test_a_name_with_strange_bytes_can_be_printed(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/bl\xffd.jpg")
    assert "bl\\xffd.jpg" in message_of(path).encode("utf-8").decode()


def test_a_file_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    corners().save(path)
    path.chmod(0)
    if not os.access(path, os.R_OK):
        assert "Permission denied" in message_of(path)
        return
    program = (
        "import os, sys; import PIL.Image; from lsr_opensearch.images import open_image\n"
        "from lsr_opensearch.errors import ImageError\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try: open_image(sys.argv[1])\n"
        "except ImageError as error: print(error)"
    )
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    if "PermissionError" in done.stderr or "ModuleNotFoundError" in done.stderr:
        pytest.skip("root cannot give up its rights here and still import the library")
    assert "Permission denied" in done.stdout


@pytest.mark.parametrize("suffix", [".dng", ".NEF"])
def test_a_raw_file_without_its_extra_names_the_extra(suffix: str) -> None:
    if "rawpy" in sys.modules or _installed("rawpy"):
        pytest.skip("the extra is installed")
    with pytest.raises(MissingExtraError, match=r"lsr-opensearch\[raw\]"):
        open_image(encoded(corners(), "TIFF"), name="photo" + suffix)


def test_heic_without_its_extra_names_the_extra() -> None:
    if _installed("pillow_heif"):
        pytest.skip("the extra is installed")
    with pytest.raises(MissingExtraError, match=r"lsr-opensearch\[heif\]"):
        open_image(HEIC_HEADER, name="photo.heic")


def test_avif_is_not_mistaken_for_heic() -> None:
    if not Image.registered_extensions().get(".avif"):
        pytest.skip("this Pillow cannot write AVIF")
    data = bytearray(encoded(corners(), "AVIF", quality=95))
    data[8:12] = b"mif1"
    assert looks_like(open_image(bytes(data)), corners())


def _installed(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


# Sizes


def test_a_header_that_claims_too_much_is_refused_before_decoding() -> None:
    message = message_of(png_claiming(20_000, 20_000), name="bomb.png")
    assert "bomb.png: too many pixels" in message
    assert "20000 x 20000" in message


def test_a_real_picture_of_20000_by_20000_is_refused() -> None:
    message = message_of(encoded(Image.new("1", (20_000, 20_000)), "PNG"))
    assert f"{MAX_PIXELS:,}" in message


def test_the_limit_can_be_lowered() -> None:
    assert "the limit is 100" in message_of(encoded(corners(), "PNG"), max_pixels=100)


def test_the_limit_holds_for_pillow_images_too() -> None:
    assert "too many pixels" in message_of(corners(), max_pixels=100)


def test_a_picture_past_pillows_warning_limit_opens_without_a_warning() -> None:
    data = encoded(Image.new("1", (10_000, 9_500)), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_image(data).size == (1024, 973)


def test_the_application_keeps_its_own_decompression_bomb_warning() -> None:
    data = encoded(Image.new("1", (10_000, 9_500)), "PNG")
    open_image(data)
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(io.BytesIO(data))


def test_an_animation_of_many_frames_needs_the_memory_of_one() -> None:
    frame = Image.new("P", (3000, 3000))
    others = [Image.new("P", (3000, 3000), value) for value in range(1, 30)]
    data = encoded(frame, "GIF", save_all=True, append_images=others)
    # A frame with four bytes a pixel is 36 MB; all of the frames would be a gigabyte.
    assert _peak_megabytes(data) < 150


def test_a_16_bit_picture_is_shrunk_before_it_is_stretched() -> None:
    data = encoded(Image.fromarray(np.zeros((8000, 8000), np.uint16)), "PNG")
    # Two bytes a pixel as stored and four as integers are 384 MB; as float64 it would be 896 MB.
    assert _peak_megabytes(data) < 450


def _peak_megabytes(data: bytes) -> float:
    """How much memory opening takes beyond that of opening one pixel."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of memory is read from /proc")
    program = (
        "import sys; from lsr_opensearch.images import open_image\n"
        "open_image(sys.stdin.buffer.read())\n"
        "print(*(line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line))"
    )
    peaks = [
        subprocess.run([sys.executable, "-c", program], input=content, capture_output=True)
        for content in (data, encoded(Image.new("I;16", (1, 1)), "PNG"))
    ]
    large, small = (float(done.stdout) / 1024 for done in peaks)
    return large - small


# Pillow images, headers and threads


@pytest.mark.parametrize("make", [corners, lambda: corners().convert("P"), lambda: corners(2000)])
def test_the_callers_image_is_left_as_it_is(make: Callable[[], Image.Image]) -> None:
    image = make()
    image.info["note"] = "mine"
    before = (image.mode, image.size, image.tobytes(), dict(image.info))
    open_image(image)
    assert (image.mode, image.size, image.tobytes(), dict(image.info)) == before


def test_a_lazily_opened_jpeg_of_the_callers_keeps_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (4000, 3000)).save(path)
    with Image.open(path) as image:
        open_image(image)
        assert image.size == (4000, 3000)


def test_the_result_is_a_picture_of_its_own() -> None:
    image = corners()
    open_image(image).paste(BLUE, (0, 0, 64, 32))
    assert image.tobytes() == corners().tobytes()


def test_a_damaged_pillow_image_is_an_image_error() -> None:
    data = encoded(corners(99), "PNG")
    image = Image.open(io.BytesIO(data[:-60]))
    assert "the image: not a picture that can be decoded" in message_of(image)


def test_a_header_knows_the_size_without_the_pixels() -> None:
    assert open_header(png_claiming(20_000, 20_000)).size == (20_000, 20_000)


def test_read_file_takes_names_that_are_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    assert read_file(os.fsencode(tmp_path / "a")) == b"content"


def test_a_nul_in_a_path_is_an_image_error() -> None:
    assert "cannot be read" in message_of("a\0b.jpg")


def test_many_threads_get_the_same_pictures_as_one() -> None:
    kinds = [encoded(corners(300), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF")] * 20
    with ThreadPoolExecutor(8) as threads:
        parallel = [image.tobytes() for image in threads.map(open_image, kinds)]
    assert parallel == [open_image(data).tobytes() for data in kinds]
