"""Open a picture safely: whatever the file is, one small upright RGB or RGBA picture, or an error.

Nothing here knows about models. What comes out is no larger than ``working_side``, so the memory
of everything after it is bounded by a setting and not by the files.
"""

from __future__ import annotations

import io
import os
import re
import struct
import warnings
from typing import TYPE_CHECKING, TypeAlias

from lsr_opensearch.errors import ImageError, LsrError, MissingExtraError

if TYPE_CHECKING:
    from PIL import Image

    ImageSource: TypeAlias = str | os.PathLike[str] | bytes | Image.Image

# Longer side of what `open_image` returns, pixels. Every encoder looks at less than that.
WORKING_SIDE = 1024
# Pictures of more pixels are refused: Pillow takes four bytes a pixel for colour, and up to as many
# again while converting. Twice Pillow's own warning limit, where its users expect an error.
MAX_PIXELS = 178_956_970

HEIF_SUFFIXES = frozenset({".heic", ".heif"})
RAW_SUFFIXES = frozenset({".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"})
_EVERYDAY_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp"})
_OTHER_SUFFIXES = frozenset({".avif", ".bmp", ".tif", ".tiff", ".jp2", ".ppm", ".pgm"})
PHOTO_SUFFIXES = _EVERYDAY_SUFFIXES | _OTHER_SUFFIXES | HEIF_SUFFIXES | RAW_SUFFIXES

# The formats of those suffixes, by their names in Pillow. Nothing else is tried: some of Pillow's
# readers start other programs (EPS), and a suffix says nothing about the content.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "JPEG2000", "PPM")
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_ANY_CODEC_BRANDS = frozenset({b"mif1", b"msf1", b"heif"})

# Pillow's remarks on damaged metadata, as an entry of `warnings.filters`.
_PILLOW_REMARKS = ("ignore", None, UserWarning, re.compile(r"PIL\."), 0)

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
        name = name or _printable(source)
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
        raise _not_decodable(name, error) from error


def open_header(data: bytes, *, name: str = "the image") -> Image.Image:
    """The bytes of a file as a Pillow image whose pixels are not decoded yet: size and metadata.

    Raises:
        ImageError: the bytes are in no picture format that is known here.
        MissingExtraError: a HEIC or camera raw file, and the extra that reads it is not installed.
    """
    if not data:
        raise ImageError(f"{name}: the file is empty (0 bytes).", "Restore it, or remove it.")
    _silence_pillow()
    try:
        if _is_heif(data):
            return _heif_header(data, name)
        header, reason = _identified(data)
        if name.lower().endswith(tuple(RAW_SUFFIXES)) and (
            header is None or header.format == "TIFF"
        ):
            return _raw_preview(data, name)
    except LsrError:
        raise
    except Exception as error:
        raise _not_decodable(name, error) from error
    if header is None:
        raise ImageError(
            f"{name}: the content is not in a picture format that is known here{reason}.",
            "Convert it to JPEG or PNG, or leave it out.",
        )
    return header


def read_file(path: str | bytes | os.PathLike[str], *, name: str | None = None) -> bytes:
    """The bytes of a file; ``name`` is how errors call it, the path by default.

    Raises:
        ImageError: it does not exist, is no file, or may not be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(
            f"{name or _printable(path)}: the file cannot be read ({reason or error}).",
            "Check that it is still there and that you may read it.",
        ) from error


def _silence_pillow() -> None:
    """Keep Pillow's remarks on damaged metadata off stderr: metadata never matters here.

    ``warnings.catch_warnings`` would change the filters of all threads for a moment. One filter
    that stays, and that only meets Pillow's own remarks, is safe. Its decompression bomb warning
    is a RuntimeWarning, and stays as the application wants it.
    """
    if _PILLOW_REMARKS not in warnings.filters:
        warnings.filterwarnings("ignore", category=UserWarning, module=_PILLOW_REMARKS[3].pattern)


def _identified(data: bytes) -> tuple[Image.Image | None, str]:
    """The picture, or None and what its likely format had to complain about.

    The loop of ``Image.open`` without its check of the size, which warns where ours raises, and
    whose warning could only be silenced for the whole application.
    """
    from PIL import Image

    Image.init()
    reason = ""
    for name in _FORMATS:
        factory, accept = Image.OPEN[name]
        accepted = accept is None or accept(data[:16])
        if isinstance(accepted, str):
            reason = f" ({accepted})"
        elif accepted:
            try:
                return factory(io.BytesIO(data), ""), ""
            except (SyntaxError, IndexError, TypeError, struct.error) as error:
                reason = f" (damaged {name}: {_reason(error)})"
    return None, reason


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


def _is_heif(data: bytes) -> bool:
    """By the brands of the file: the same container holds AVIF pictures and videos, too."""
    if data[4:8] != b"ftyp":
        return False
    box = data[: min(int.from_bytes(data[:4], "big"), 256)]
    brands = {box[at : at + 4] for at in range(8, len(box), 4)}
    any_codec = data[8:12] in _ANY_CODEC_BRANDS and not brands & _AVIF_BRANDS
    return any_codec or data[8:12] in _HEIF_BRANDS


def _heif_header(data: bytes, name: str) -> Image.Image:
    try:
        import pillow_heif
    except ImportError:
        raise MissingExtraError(f"{name}: reading HEIC pictures", "heif") from None
    return pillow_heif.HeifImageFile(io.BytesIO(data))  # type: ignore[no-any-return]


def _raw_preview(data: bytes, name: str) -> Image.Image:
    """The JPEG preview that cameras put into a raw file, else a half-size development."""
    try:
        import rawpy
    except ImportError:
        raise MissingExtraError(f"{name}: reading camera raw files", "raw") from None
    from PIL import Image

    with rawpy.imread(io.BytesIO(data)) as raw:
        try:
            preview = raw.extract_thumb()
        except rawpy.LibRawError:
            return Image.fromarray(raw.postprocess(half_size=True))
        if preview.format == rawpy.ThumbFormat.JPEG:
            header, reason = _identified(preview.data)
            if header is None:
                raise ValueError(f"its preview cannot be read{reason}")
            return header
        return Image.fromarray(preview.data)


def _printable(path: str | bytes | os.PathLike[str]) -> str:
    """A file name is bytes; what an error says of it must be text that can be printed."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _not_decodable(name: str, error: Exception) -> ImageError:
    return ImageError(
        f"{name}: not a picture that can be decoded ({_reason(error)}).",
        "Open it in a viewer: if it is damaged, restore it from a backup.",
    )


def _reason(error: Exception) -> str:
    # Some of Pillow's messages show the object in memory; an address tells nobody anything.
    message = re.sub(r" <_?io\.\S+ object at \S+>", "", str(error))
    return message.strip().rstrip(".") or type(error).__name__
