"""What a photo says of itself: size, date, camera, place, captions and keywords.

Only headers are read, no pixels. Metadata is written by a thousand programs, and much of it is
damaged: each field is read on its own, and one that makes no sense is left out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lsr_opensearch.images import open_header
from lsr_opensearch.indexing.captions.embedded import exif_text, read_embedded_texts

if TYPE_CHECKING:
    from PIL import Image

_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
_EXIF_IFD, _GPS_IFD, _DATE_TIME_ORIGINAL = 0x8769, 0x8825, 0x9003
_LATITUDE, _LONGITUDE = (1, 2), (3, 4)

_EXIF_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_FORMATS = {"MPO": "jpeg", "JPEG2000": "jp2"}


@dataclass(frozen=True)
class PhotoMetadata:
    """What is known of a photo from its own file; what is not known is None or empty.

    Attributes:
        width, height: pixels, as the photo is displayed (after its orientation).
        format: of the content, lower case: ``jpeg``, ``png``, ...
        taken_at: ISO 8601 to the second, local to where it was taken; cameras write no zone.
        camera: maker and model.
        location: ``{"lat": degrees, "lon": degrees}``.
        captions: descriptions, then titles, each once.
        keywords: each once.
    """

    width: int
    height: int
    format: str | None = None
    taken_at: str | None = None
    camera: str | None = None
    location: Mapping[str, float] | None = None
    captions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


def read_photo_metadata(source: bytes | Image.Image, *, name: str = "the image") -> PhotoMetadata:
    """The metadata of a photo: the bytes of its file, or a Pillow image (best one not loaded yet).

    Args:
        name: how errors call the photo; camera raw files are recognised by its suffix.

    Raises:
        ImageError: the bytes are not a picture. Damaged metadata is never an error.
        MissingExtraError: a HEIC or camera raw file, and the extra that reads it is not installed.
    """
    image = open_header(source, name=name) if isinstance(source, bytes) else source
    tags = _tags(image)
    width, height = _displayed_size(image, tags)
    texts = read_embedded_texts(image, tags)
    return PhotoMetadata(
        width=width,
        height=height,
        format=_FORMATS.get(image.format, image.format.lower()) if image.format else None,
        taken_at=_taken_at(_directory(image, _EXIF_IFD)),
        camera=_camera(tags),
        location=_location(_directory(image, _GPS_IFD)),
        captions=texts.captions,
        keywords=texts.keywords,
    )


def _tags(image: Image.Image) -> Mapping[int, Any]:
    """The tags of the main EXIF directory; Pillow's values, of whatever type the file says."""
    try:
        return dict(image.getexif())
    # Pillow's reader fails in many ways on damaged blocks, and says nothing about which.
    except Exception:
        return {}


def _directory(image: Image.Image, tag: int) -> Mapping[int, Any]:
    try:
        return image.getexif().get_ifd(tag)
    # As above: without a readable directory there are no tags.
    except Exception:
        return {}


def _displayed_size(image: Image.Image, tags: Mapping[int, Any]) -> tuple[int, int]:
    width, height = image.size
    # Pillow swaps the sides of TIFF pictures itself.
    turned = tags.get(_ORIENTATION) in (5, 6, 7, 8) and image.format != "TIFF"
    return (height, width) if turned else (width, height)


def _taken_at(tags: Mapping[int, Any]) -> str | None:
    match = _EXIF_DATE.fullmatch(exif_text(tags.get(_DATE_TIME_ORIGINAL)))
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second).isoformat()
    except ValueError:
        # 0000:00:00 00:00:00 from a camera whose clock was never set, for example.
        return None


def _camera(tags: Mapping[int, Any]) -> str | None:
    make, model = exif_text(tags.get(_MAKE)), exif_text(tags.get(_MODEL))
    if not make or not model:
        return make or model or None
    # "NIKON CORPORATION", "NIKON D750": one NIKON is enough.
    if make.split()[0].casefold() == model.split()[0].casefold():
        return model
    return f"{make} {model}"


def _location(tags: Mapping[int, Any]) -> Mapping[str, float] | None:
    latitude = _degrees(tags, *_LATITUDE, {"N": 1, "S": -1}, 90)
    longitude = _degrees(tags, *_LONGITUDE, {"E": 1, "W": -1}, 180)
    if latitude is None or longitude is None:
        return None
    # Nobody stands there: it is what cameras write that have no fix.
    if latitude == 0 and longitude == 0:
        return None
    return {"lat": latitude, "lon": longitude}


def _degrees(
    tags: Mapping[int, Any], hemisphere_tag: int, tag: int, signs: Mapping[str, int], limit: int
) -> float | None:
    sign = signs.get(exif_text(tags.get(hemisphere_tag)).upper())
    try:
        parts = [float(part) for part in tags[tag]]
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        # Not there, or no three numbers.
        return None
    if sign is None or len(parts) != 3:
        return None
    degrees, minutes, seconds = parts
    value = degrees + minutes / 60 + seconds / 3600
    # Not a number (a zero denominator) fails the comparison, too.
    return round(sign * value, 7) if 0 <= value <= limit else None
