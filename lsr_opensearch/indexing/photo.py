"""One picture on its way into the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MetadataValue = str | int | float | Sequence[str | int | float]


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
        sha256: of the bytes, where it is known already.
        known_terms: image terms of a picture that is not there itself.
        revision: when its content began to be read (`engines.port.Document.revision`).
    """

    id: str
    label: str
    content: bytes | Image.Image | None
    captions: tuple[str, ...]
    stored: Mapping[str, Any]
    extra: Mapping[str, MetadataValue]
    sha256: str = ""
    revision: int = 0
    known_terms: Mapping[str, float] = field(default_factory=dict)
