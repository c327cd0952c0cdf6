"""From pictures to documents: decode, encode, and put together what the index stores.

`encode_photos` is the one place where a batch of pictures meets an encoder. It gives one result
a picture, in order, so that a bad one neither takes its neighbours along nor shifts them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Document, Schema, SparseField
from lsr_opensearch.errors import LsrError, ModelError
from lsr_opensearch.images import open_image
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.photo import Photo
from lsr_opensearch.indexing.photo_metadata import PhotoMetadata, read_photo_metadata
from lsr_opensearch.terms import (
    TermWeights,
    by_weight,
    check_terms,
    maximum,
    prune,
    scale,
    truncate_terms,
)

if TYPE_CHECKING:
    from PIL import Image

IMAGE_TERMS = "image_terms"
CAPTION_TERMS = "caption_terms"
# How many of a document's strongest terms can be aggregated and left out by `-word`.
TOP_TERMS = 16


@dataclass(frozen=True)
class EncodedPhoto:
    """A document, and the hash of the content that it was made from (empty without a file)."""

    document: Document
    sha256: str


def schema_for(encoder: Encoder) -> Schema:
    """The sparse fields that this library writes, in the encoder's space."""
    return Schema(
        model=encoder.description.name,
        fields={
            IMAGE_TERMS: SparseField("image", encoder.space_id),
            CAPTION_TERMS: SparseField("caption", encoder.space_id),
        },
    )


def encode_photos(
    photos: Iterable[Photo], encoder: Encoder, schema: Schema, cache: EncodingCache
) -> list[EncodedPhoto | LsrError]:
    """A document for each photo, or the error that kept it out, in the order of ``photos``.

    Each photo is taken when the one before it is decoded, and only small pictures are kept, so
    that a generator never has more than one file in memory.
    """
    opened = [_opened(photo, encoder, cache) for photo in photos]
    fresh = iter(_encode_images(opened, encoder, cache))
    said = iter(_encode_captions(opened, encoder))
    results: list[EncodedPhoto | LsrError] = []
    for one in opened:
        if isinstance(one, LsrError):
            results.append(one)
        else:
            image_terms = one.known_terms if one.image is None else next(fresh)
            document = _document(one, image_terms, next(said), schema)
            results.append(EncodedPhoto(document, one.sha256))
    return results


@dataclass(frozen=True)
class _OpenedPhoto:
    """A photo and what its file says, without the bytes of the file, which may be many.

    Attributes:
        photo: its ``content`` is None.
        sha256, size: of the file; empty and 0 without one.
        image: what has to be encoded, small; None where ``known_terms`` are the image terms.
    """

    photo: Photo
    sha256: str = ""
    size: int = 0
    metadata: PhotoMetadata | None = None
    image: Image.Image | None = None
    known_terms: TermWeights = field(default_factory=dict)

    @property
    def captions(self) -> list[str]:
        """Those given and those in the file, each once."""
        written = self.metadata.captions if self.metadata else ()
        return list(dict.fromkeys([*self.photo.captions, *written]))

    @property
    def keywords(self) -> list[str]:
        return list(self.metadata.keywords) if self.metadata else []

    @property
    def said(self) -> list[str]:
        """All that is said of it; the keywords count as one more caption."""
        return [*self.captions, ", ".join(self.keywords)] if self.keywords else self.captions


def _opened(photo: Photo, encoder: Encoder, cache: EncodingCache) -> _OpenedPhoto | LsrError:
    content = photo.content
    if content is None:
        return _OpenedPhoto(photo, known_terms=_as_stored(photo.known_terms, photo, encoder))
    sha256, size, known = "", 0, None
    if isinstance(content, bytes):
        sha256 = photo.sha256 or hashlib.sha256(content).hexdigest()
        size = len(content)
        known = cache.get(encoder.space_id, [sha256]).get(sha256)
    reads_pictures = "image" in encoder.description.sides
    if not reads_pictures:
        known = {}
    try:
        metadata = read_photo_metadata(content, name=photo.label)
        image = open_image(content, name=photo.label) if known is None else None
    except LsrError as error:
        return error
    bare = replace(photo, content=None)
    opened = _OpenedPhoto(bare, sha256, size, metadata, image, known or {})
    return opened if reads_pictures or opened.said else _unfindable(photo, encoder)


def _unfindable(photo: Photo, encoder: Encoder) -> ModelError:
    return ModelError(
        f"{photo.label}: the model {encoder.description.name!r} reads no pictures, and this one "
        "has no caption.",
        "Give it one (--captions FILE), or use a model that reads pictures: --model basic",
    )


def _encode_images(
    opened: Sequence[_OpenedPhoto | LsrError], encoder: Encoder, cache: EncodingCache
) -> list[TermWeights]:
    """The image terms of what has an image, as they are stored: pruned, and rounded as Lucene does.

    Those of files are remembered in the cache.
    """
    photos: list[Photo] = []
    images: list[Image.Image] = []
    hashes: list[str] = []
    for one in opened:
        if isinstance(one, _OpenedPhoto) and one.image is not None:
            photos.append(one.photo)
            images.append(one.image)
            hashes.append(one.sha256)
    encoded = [
        _as_stored(terms, photo, encoder)
        for photo, terms in zip(
            photos, encoder.encode_images(images) if images else [], strict=True
        )
    ]
    known = {sha256: terms for sha256, terms in zip(hashes, encoded, strict=True) if sha256}
    cache.put(encoder.space_id, known)
    return encoded


def _as_stored(terms: Mapping[str, float], photo: Photo, encoder: Encoder) -> TermWeights:
    """Image terms pruned, and rounded as Lucene does."""
    limit = encoder.description.pruning.get(IMAGE_TERMS)
    return truncate_terms(prune(check_terms(terms, photo.label), top_k=limit))


def _encode_captions(
    opened: Sequence[_OpenedPhoto | LsrError], encoder: Encoder
) -> list[TermWeights]:
    """The caption terms of what could be opened: the maximum over all that is said of it.

    All texts go to the encoder at once: a network takes many in little more time than one.
    """
    said = [one.said for one in opened if isinstance(one, _OpenedPhoto)]
    texts = list(chain.from_iterable(said))
    encoded = iter(encoder.encode_captions(texts) if texts else [])
    limit = encoder.description.pruning.get(CAPTION_TERMS)
    return [
        truncate_terms(
            prune(check_terms(maximum(islice(encoded, len(some))), CAPTION_TERMS), top_k=limit)
        )
        for some in said
    ]


def _document(
    opened: _OpenedPhoto, image_terms: TermWeights, caption_terms: TermWeights, schema: Schema
) -> Document:
    photo, metadata = opened.photo, opened.metadata
    terms = {IMAGE_TERMS: image_terms, CAPTION_TERMS: caption_terms}
    terms = {name: weights for name, weights in terms.items() if weights}
    stored: dict[str, Any] = dict(photo.stored)
    if opened.sha256:
        stored |= {"sha256": opened.sha256, "bytes": opened.size}
    if metadata is not None:
        stored |= _stored_metadata(metadata)
    stored |= {
        "captions": opened.captions,
        "keywords": opened.keywords,
        "top_terms": list(_top_terms(terms, schema)),
        "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if photo.extra:
        stored["extra"] = dict(photo.extra)
    return Document(photo.id, terms, stored, photo.revision)


def _top_terms(terms: Mapping[str, TermWeights], schema: Schema) -> TermWeights:
    weighted = (
        scale(weights, schema.fields[name].weight)
        for name, weights in terms.items()
        if schema.fields[name].weight > 0
    )
    return dict(list(by_weight(maximum(weighted)).items())[:TOP_TERMS])


def _stored_metadata(metadata: PhotoMetadata) -> dict[str, Any]:
    values = {
        "width": metadata.width,
        "height": metadata.height,
        "format": metadata.format,
        "taken_at": metadata.taken_at,
        "camera": metadata.camera,
        "location": metadata.location,
    }
    return {name: value for name, value in values.items() if value}
