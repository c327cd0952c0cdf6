"""From a picture to its pixels: upright, 8 bits a channel, and small.

What comes out is no larger than ``working_side``, so the memory of everything after it is bounded
by a setting and not by the files.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from lsr_opensearch.errors import ImageError, LsrError
from lsr_opensearch.images.failures import not_decodable
from lsr_opensearch.images.files import printable, read_file
from lsr_opensearch.images.headers import open_header

if TYPE_CHECKING:
    from PIL import Image

ImageSource: TypeAlias = "str | os.PathLike[str] | bytes | Image.Image"

# Longer side of what `open_image` returns, pixels. Every encoder looks at less than that.
WORKING_SIDE = 1024
# Pictures of more pixels are refused: Pillow takes four bytes a pixel for colour, and up to as many
# again while converting. Twice Pillow's own warning limit, where its users expect an error.
MAX_PIXELS = 178_956_970

# An alpha channel whose least opaque pixel is at least this (of 255) is no real transparency.
_OPAQUE = 250
_ORIENTATION_TAG = 0x0112


def open_image(
    source: ImageSource,
    *,
    name: str | None = None,
    working_side: int = WORKING_SIDE,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Decode a picture: upright, 8 bits a channel, RGB, or RGBA where it is really transparent.

    JPEG files are decoded at a reduced scale, animations by their first frame, 16-bit and float
    grey is stretched to its own range, CMYK and palettes are converted, and the EXIF orientation
    is applied. The longer side of the result is at most ``working_side`` pixels. The result
    carries no metadata, so that opening it again changes nothing.

    Args:
        source: a path, the bytes of a file, or a Pillow image (which is left as it is).
        name: how errors call the picture; the path by default. Camera raw files are recognised
            by its suffix.

    Raises:
        ImageError: the file cannot be read or decoded, or has more than ``max_pixels`` pixels.
        MissingExtraError: a HEIC or camera raw file, and the extra that reads it is not installed.
    """
    from PIL import Image

    if not isinstance(source, bytes | Image.Image):
        name = name or printable(source)
        source = read_file(source, name=name)
    name = name or "the image"
    try:
        if isinstance(source, Image.Image):
            return _decoded(source, name, working_side, max_pixels)
        header = open_header(source, name=name)
        _check_pixels(header, name, max_pixels)
        if header.format in ("JPEG", "MPO"):
            header.draft("RGB", (working_side, working_side))
        return _decoded(header, name, working_side, max_pixels)
    except LsrError:
        raise
    # Decoders fail in many ways on damaged files (OSError, SyntaxError, struct.error, ...); all
    # of them mean the same here: this one picture cannot be read.
    except Exception as error:
        raise not_decodable(name, error) from error


def on_white(image: Image.Image) -> Image.Image:
    """What `open_image` gives, as RGB: transparent parts are white."""
    from PIL import Image

    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    white.alpha_composite(image)
    return white.convert("RGB")


def _check_pixels(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(
            f"{name}: too many pixels to decode safely ({width} x {height} pixels, the limit is "
            f"{max_pixels:,}).",
            "Index a smaller copy of it.",
        )


def _decoded(image: Image.Image, name: str, working_side: int, max_pixels: int) -> Image.Image:
    _check_pixels(image, name, max_pixels)
    image.load()
    # Not earlier: Pillow turns TIFF pictures itself while loading, and removes the tag.
    orientation = _orientation(image)
    small = _to_8_bits(_shrunk(_shrinkable(image), working_side))
    if small.mode == "RGBA" and small.getchannel("A").getextrema()[0] >= _OPAQUE:  # type: ignore[operator]
        small = small.convert("RGB")
    upright = small.copy() if orientation is None else small.transpose(orientation)
    upright.info.clear()
    return upright


def _shrinkable(image: Image.Image) -> Image.Image:
    """The image in a mode that can be averaged, and whose transparency survives that."""
    if image.mode.startswith("I;"):
        return image.convert("I")
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode == "P":
        return image.convert("RGB")
    return image.convert("L") if image.mode == "1" else image


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    from PIL import Image as PillowImage

    factor = side / max(image.size)
    if factor >= 1:
        return image
    width, height = (max(1, round(length * factor)) for length in image.size)
    return image.resize((width, height), PillowImage.Resampling.BICUBIC, reducing_gap=2.0)


def _to_8_bits(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "RGBA"):
        return image
    if image.mode in ("I", "F"):
        image = _stretched(image)
    return image.convert("RGBA" if image.mode == "LA" else "RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float grey as 8-bit grey, its own darkest value black, lightest white.

    A picture of one single value becomes mid-grey.
    """
    import numpy as np
    from PIL import Image

    values = np.asarray(image, np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return Image.new("L", image.size)
    low, high = float(values[finite].min()), float(values[finite].max())
    if high == low:
        return Image.new("L", image.size, 128)
    values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    return Image.fromarray(((values - low) * (255 / (high - low))).astype(np.uint8))


def _orientation(image: Image.Image) -> Image.Transpose | None:
    """How to turn the picture so that it stands upright, by its EXIF or XMP."""
    from PIL.Image import Transpose

    try:
        value = image.getexif().get(_ORIENTATION_TAG)
    # A damaged EXIF block says nothing about the pixels, which are there.
    except Exception:
        return None
    # EXIF 2.32, tag Orientation: 1 is upright.
    turns = (
        *(Transpose.FLIP_LEFT_RIGHT, Transpose.ROTATE_180, Transpose.FLIP_TOP_BOTTOM),
        *(Transpose.TRANSPOSE, Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90),
    )
    return turns[value - 2] if isinstance(value, int) and 2 <= value <= 8 else None
