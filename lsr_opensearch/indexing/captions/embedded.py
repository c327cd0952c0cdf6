"""Captions and keywords that people wrote into the photo itself: EXIF, IPTC, XMP, PNG text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsr_opensearch.indexing.captions.cleaning import clean_text, clean_texts

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from PIL import Image

_IMAGE_DESCRIPTION = 0x010E
_XP_TITLE, _XP_COMMENT, _XP_KEYWORDS, _XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
_IPTC_TAG, _XMP_TAG = 0x83BB, 0x02BC
_PHOTOSHOP_IPTC = 0x0404
# Record 2 of IPTC: what people wrote; data set 90 of record 1 names the encoding.
_KEYWORDS, _HEADLINE, _CAPTION = (2, 25), (2, 105), (2, 120)
_MAX_XMP_BYTES = 4 * 1024 * 1024
_DC, _RDF = "{http://purl.org/dc/elements/1.1/}", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

# No default is longer. On long texts the pattern of file names takes time cubed.
_LONGEST_DEFAULT = 64
# What cameras write into the description of every single photo.
_CAMERA_DEFAULT = re.compile(
    r"""
    (?-i:([A-Z]+[ ]){0,2} (DIGITAL[ ]CAMERA | Digital[ ]Still[ ]?Camera))   # OLYMPUS DIGITAL CAMERA
    | sony[ ]dsc | samsung([ ]\w+)? | exif[_ ]jpeg(_picture)? | minolta.* | dji.* | default
    | untitled | image | picture | photo | screenshot
    | cof | dav | edf | fbt | hdr | hdrpl | mde | nor | oznor(co|ff)? | rhdr | sdr | btr[fh]? | bty
    | [\w\\/:.-]*(img|dsc|dcim|pict|gopr|mvi)[\w\\/-]*\d+(\.\w{3,4})?    # a file's name
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class EmbeddedTexts:
    """Descriptions before titles, and the keywords; cleaned, each once."""

    captions: tuple[str, ...]
    keywords: tuple[str, ...]


def read_embedded_texts(image: Image.Image, tags: Mapping[int, Any]) -> EmbeddedTexts:
    """The texts in a photo; damaged ones are left out.

    Args:
        image: opened, its pixels need not be loaded.
        tags: of its main EXIF directory.
    """
    iptc = _iptc(_iptc_block(image, tags))
    xmp = _xmp(_xmp_packet(image, tags))
    descriptions = [
        *_language_texts(xmp, "description"),
        *iptc.get(_CAPTION, ()),
        _unless_default(exif_text(tags.get(_IMAGE_DESCRIPTION))),
        _xp_text(tags.get(_XP_COMMENT)),
        _xp_text(tags.get(_XP_SUBJECT)),
        _png_text(image, "Description"),
    ]
    titles = [
        *_language_texts(xmp, "title"),
        *iptc.get(_HEADLINE, ()),
        _xp_text(tags.get(_XP_TITLE)),
        _png_text(image, "Title"),
    ]
    keywords = [
        *_language_texts(xmp, "subject"),
        *iptc.get(_KEYWORDS, ()),
        *_xp_text(tags.get(_XP_KEYWORDS)).split(";"),
    ]
    return EmbeddedTexts(clean_texts(descriptions + titles), clean_texts(keywords))


def exif_text(value: object) -> str:
    """An EXIF value as clean text; empty where it is none. Text ends at the first NUL."""
    if isinstance(value, bytes):
        text = _utf8_or_latin1(value)
    elif isinstance(value, str):
        # Pillow reads text as latin-1; most programs write UTF-8.
        text = _utf8_or_latin1(value.encode("latin-1", "replace"))
    else:
        return ""
    return clean_text(text.partition("\0")[0])


def _unless_default(description: str) -> str:
    is_short = len(description) <= _LONGEST_DEFAULT
    return "" if is_short and _CAMERA_DEFAULT.fullmatch(description) else description


def _utf8_or_latin1(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _xp_text(value: object) -> str:
    """The text of a tag of Windows Explorer: UTF-16, little end first."""
    if isinstance(value, tuple):
        try:
            value = bytes(value)
        except (TypeError, ValueError):
            # Numbers that are no bytes.
            return ""
    return (
        value.decode("utf-16-le", "ignore").partition("\0")[0] if isinstance(value, bytes) else ""
    )


def _png_text(image: Image.Image, keyword: str) -> str:
    value = image.info.get(keyword)
    return str(value) if image.format == "PNG" and isinstance(value, str) else ""


def _iptc_block(image: Image.Image, tags: Mapping[int, Any]) -> bytes:
    photoshop = image.info.get("photoshop")
    block = photoshop.get(_PHOTOSHOP_IPTC) if isinstance(photoshop, dict) else tags.get(_IPTC_TAG)
    return block if isinstance(block, bytes) else b""


def _iptc(block: bytes) -> dict[tuple[int, int], list[str]]:
    """(record, data set) -> texts. IPTC-IIM 4.2, chapter 1: 0x1C, record, data set, length."""
    values: dict[tuple[int, int], list[str]] = {}
    position = 0
    while position + 5 <= len(block) and block[position] == 0x1C:
        key, length = (block[position + 1], block[position + 2]), block[position + 3 : position + 5]
        size, position = int.from_bytes(length, "big"), position + 5
        # A set highest bit means an extended length, which no text needs; or damage.
        if size & 0x8000 or position + size > len(block):
            break
        if key in (_KEYWORDS, _HEADLINE, _CAPTION):
            values.setdefault(key, []).append(_utf8_or_latin1(block[position : position + size]))
        position += size
    return values


def _xmp_packet(image: Image.Image, tags: Mapping[int, Any]) -> bytes:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or tags.get(_XMP_TAG)
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if not isinstance(packet, bytes) or len(packet) > _MAX_XMP_BYTES:
        return b""
    return packet.strip(b"\0 \t\r\n")


def _xmp(packet: bytes) -> Element | None:
    if not packet:
        return None
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        element: Element = fromstring(packet, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        # Damaged, in an unknown encoding, or an attack by entities: no texts.
        return None
    return element


def _language_texts(xmp: Element | None, name: str) -> list[str]:
    """The values of a Dublin Core property, the default language first."""
    if xmp is None:
        return []
    items = [item for found in xmp.iter(_DC + name) for item in _items(found)]
    return [text for _, text in sorted(items, key=lambda item: item[0] != "x-default")]


def _items(element: Element) -> Iterator[tuple[str, str]]:
    """(language, text) of a property: of the members of its list, or of itself."""
    members: Iterable[Element] = list(element.iter(_RDF + "li")) or [element]
    for member in members:
        yield member.get(_XML_LANGUAGE, ""), "".join(member.itertext())
