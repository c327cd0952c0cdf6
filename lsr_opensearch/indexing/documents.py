"""From pictures to documents: decode, encode, and put together what the index stores.

`encode_photos` is the one place where a batch of pictures meets an encoder. It gives one result
a picture, in order, so that a bad one neither takes its neighbours along nor shifts them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Document, Schema, SparseField
from lsr_opensearch.errors import LsrError
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
    photos: Sequence[Photo], encoder: Encoder, schema: Schema, cache: EncodingCache
) -> list[EncodedPhoto | LsrError]:
    """A document for each photo, or the error that kept it out, in the order of ``photos``."""
    hashes = [
        hashlib.sha256(photo.content).hexdigest() if isinstance(photo.content, bytes) else ""
        for photo in photos
    ]
    cached = cache.get(encoder.space_id, [key for key in hashes if key])
    metadata: list[PhotoMetadata | None] = []
    decoded: dict[int, Image.Image] = {}
    errors: dict[int, LsrError] = {}
    for position, (photo, key) in enumerate(zip(photos, hashes, strict=True)):
        try:
            metadata.append(_read_metadata(photo))
            if photo.content is not None and key not in cached:
                decoded[position] = open_image(photo.content, name=photo.label)
        except LsrError as error:
            errors[position] = error
            if len(metadata) == position:
                metadata.append(None)
    encoded = _encode_images(decoded, photos, encoder)
    cache.put(encoder.space_id, {hashes[i]: terms for i, terms in encoded.items() if hashes[i]})
    results: list[EncodedPhoto | LsrError] = []
    for position, photo in enumerate(photos):
        if position in errors:
            results.append(errors[position])
            continue
        key = hashes[position]
        image_terms = encoded[position] if position in encoded else cached.get(key, {})
        document = _document(photo, key, metadata[position], image_terms, encoder, schema)
        results.append(EncodedPhoto(document, key))
    return results


def _read_metadata(photo: Photo) -> PhotoMetadata | None:
    return None if photo.content is None else read_photo_metadata(photo.content, name=photo.label)


def _encode_images(
    decoded: Mapping[int, Image.Image],
    photos: Sequence[Photo],
    encoder: Encoder,
) -> dict[int, TermWeights]:
    """Position -> image terms as they are stored: pruned, and rounded as Lucene rounds them."""
    limit = encoder.description.pruning.get(IMAGE_TERMS)
    encoded = encoder.encode_images(list(decoded.values()))
    return {
        position: truncate_terms(prune(check_terms(terms, photos[position].label), top_k=limit))
        for position, terms in zip(decoded, encoded, strict=True)
    }


def _document(
    photo: Photo,
    sha256: str,
    metadata: PhotoMetadata | None,
    image_terms: TermWeights,
    encoder: Encoder,
    schema: Schema,
) -> Document:
    captions = list(dict.fromkeys([*photo.captions, *(metadata.captions if metadata else ())]))
    keywords = list(metadata.keywords) if metadata else []
    terms = {IMAGE_TERMS: image_terms, CAPTION_TERMS: _caption_terms(captions, keywords, encoder)}
    terms = {field: weights for field, weights in terms.items() if weights}
    stored: dict[str, Any] = dict(photo.stored)
    if sha256:
        stored["sha256"] = sha256
    if isinstance(photo.content, bytes):
        stored["bytes"] = len(photo.content)
    if metadata is not None:
        stored |= _stored_metadata(metadata)
    stored |= {
        "captions": captions,
        "keywords": keywords,
        "top_terms": list(_top_terms(terms, schema)),
        "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if photo.extra:
        stored["extra"] = dict(photo.extra)
    return Document(photo.id, terms, stored)


def _caption_terms(
    captions: Sequence[str], keywords: Sequence[str], encoder: Encoder
) -> TermWeights:
    """The maximum over the captions, the keywords counting as one more of them."""
    said = [*captions, ", ".join(keywords)] if keywords else list(captions)
    combined = maximum(encoder.encode_captions(said))
    limit = encoder.description.pruning.get(CAPTION_TERMS)
    return truncate_terms(prune(check_terms(combined, CAPTION_TERMS), top_k=limit))


def _top_terms(terms: Mapping[str, TermWeights], schema: Schema) -> TermWeights:
    weighted = (
        scale(weights, schema.fields[field].weight)
        for field, weights in terms.items()
        if schema.fields[field].weight > 0
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
