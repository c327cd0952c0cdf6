"""One picture on its way into the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    from lsr_opensearch.images import ImageSource

MetadataValue = str | int | float | Sequence[str]


@dataclass(frozen=True)
class Item:
    """A picture of the caller's, with the caller's own id.

    Attributes:
        id: any non-empty string; adding the same id again replaces the document.
        image: a path, the bytes of a file, a Pillow image, or an ``http(s)://`` URL; None for
            an item that has only captions.
        captions: what is said of it, any number.
        metadata: free values, stored under ``extra`` and usable in filters as ``extra.NAME``.
    """

    id: str
    image: ImageSource | None = None
    captions: Sequence[str] = ()
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Photo:
    """What the encoding of one picture starts from, wherever it came from.

    Attributes:
        id: of the document.
        label: how messages call the picture.
        content: the bytes of its file, a Pillow image, or None where there are only captions.
        captions: said of it outside of its file.
        stored: metadata that is already known: path, uri, source, modified_at, ...
        extra: free metadata.
    """

    id: str
    label: str
    content: bytes | Image.Image | None
    captions: tuple[str, ...]
    stored: Mapping[str, Any]
    extra: Mapping[str, MetadataValue]
