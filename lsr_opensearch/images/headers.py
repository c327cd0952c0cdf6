"""From the bytes of a file to a Pillow image that is not decoded yet: format, size, metadata."""

from __future__ import annotations

import io
import re
import struct
import warnings
from typing import TYPE_CHECKING

from lsr_opensearch.errors import ImageError, LsrError, MissingExtraError
from lsr_opensearch.images.failures import not_decodable, reason_of
from lsr_opensearch.images.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from PIL import Image

# The formats of those suffixes, by their names in Pillow. Nothing else is tried: some of Pillow's
# readers start other programs (EPS), and a suffix says nothing about the content.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "JPEG2000", "PPM")
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_ANY_CODEC_BRANDS = frozenset({b"mif1", b"msf1", b"heif"})

# Pillow's remarks on damaged metadata, as an entry of `warnings.filters`.
_PILLOW_REMARKS = ("ignore", None, UserWarning, re.compile(r"PIL\."), 0)


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
        raise not_decodable(name, error) from error
    if header is None:
        raise ImageError(
            f"{name}: the content is not in a picture format that is known here{reason}.",
            "Convert it to JPEG or PNG, or leave it out.",
        )
    return header


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
                reason = f" (damaged {name}: {reason_of(error)})"
    return None, reason


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
